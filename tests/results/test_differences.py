"""Runs side by side: what a site that has no date in one of them means."""

from pathlib import Path

from twin.results.differences import Folder, site_lines


def folder(path: Path, scenario: str, **dates: str) -> Folder:
    path.mkdir()
    (path / "scenario.yaml").write_text(scenario, encoding="utf-8")
    sites = {site: {"commissioned": day, "waited_for": ""} for site, day in dates.items()}
    return Folder(path, path.name, {}, sites, {}, {}, [], [])


def test_a_site_that_a_scenario_never_had_is_not_called_cancelled(tmp_path: Path) -> None:
    built = folder(tmp_path / "built", "sites: {T1: {kind: substation}}", T1="2027-05-01")
    without = folder(tmp_path / "without", "name: as it stands")
    cancelled = folder(tmp_path / "cancelled", "sites: {T1: {kind: substation}}")
    late = folder(tmp_path / "late", "sites: {T1: {kind: substation}}", T1="")
    assert site_lines([built, without, cancelled, late])[1:] == [
        ("T1", "2027-05-01", "not in this scenario", "cancelled", "after the end")
    ]
