from pathlib import Path

from tests.report.folders import write_run
from twin.report.causes import chains
from twin.report.folder import Folder


def test_chains_count_what_happened_alike(tmp_path: Path) -> None:
    outage, shed = chains(Folder(write_run(tmp_path / "run")))
    assert (outage["kind"], outage["then"][0]["subject"]) == ("outage", "water/PU-1")
    lost = outage["then"][0]["then"][0]
    assert (lost["kind"], lost["count"], lost["last"]) == ("pressure lost", 2, "2026-12-02")
    assert (shed["then"], shed["loss"], shed["missing"]) == ([], True, [])


def test_a_loss_says_for_want_of_which_site(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    with (folder / "events.csv").open("a", encoding="utf-8") as file:
        file.write("7,2026-12-03T10:00,load shed,power/T-1,,\n")
    shed = next(node for node in chains(Folder(folder)) if node["subject"] == "power/T-1" and node["loss"])
    assert (shed["loss"], shed["missing"]) == (True, ["SS1"])
