"""The board without its page: variants are kept whole, the city answers, and nothing else is written."""

import csv
import json
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.orders_town import write_orders_town
from tests.report.folders import write_run
from twin.errors import InvalidInput
from twin.orders.compare import FUTURES
from twin.scenario import load_scenario
from twin.scenario.reach import WITHIN
from twin.serve.answers import Answers
from twin.serve.board import MOST_BODY, Board
from twin.serve.desk import Desk
from twin.serve.futures import Futures
from twin.serve.opening import opened
from twin.serve.server import application

pytestmark = pytest.mark.xdist_group("board")
TOKEN = "secret"
HERE = {"Origin": "http://127.0.0.1:8400", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_orders_town(tmp_path_factory.mktemp("pristine") / "town")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    with Answers(tmp_path_factory.mktemp("results") / "board") as answers:
        yield answers


@pytest.fixture(scope="module")
def futures() -> Iterator[Futures]:
    with Futures() as futures:
        yield futures


@pytest.fixture
def town(pristine: Path, tmp_path: Path) -> Path:
    shutil.copytree(pristine, tmp_path / "town")
    return tmp_path / "town"


@pytest.fixture
def client(town: Path, answers: Answers, futures: Futures) -> TestClient:
    board = Board(Desk(town, town / "variants", WITHIN), answers, futures)
    made = application(answers.results, TOKEN, board)
    return TestClient(made, base_url="http://127.0.0.1:8400", headers=HERE)


def create(client: TestClient, **content: Any) -> dict[str, Any]:
    told = client.post(f"/{TOKEN}/variants", json={"content": {"name": "Late", **content}})
    assert told.status_code == 200, told.text
    return dict(told.json()["variant"])


def put(client: TestClient, own: dict[str, Any], **content: Any) -> Any:
    body = {"revision": own["revision"], "content": {"name": "Late", **content}}
    return client.put(f"/{TOKEN}/variants/{own['file']}", json=body)


def answer(client: TestClient, variant: str) -> dict[str, Any]:
    told = client.post(f"/{TOKEN}/answers", json={"variant": variant})
    assert told.status_code == 202, told.text
    for _ in range(300):
        own = client.get(f"/{TOKEN}/answers/{told.json()['key']}").json()
        if own["state"] != "running":
            assert own["state"] == "done", own
            return dict(own["answer"])
    raise AssertionError("no answer")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_change_is_kept_as_a_readable_file_and_nothing_else_is_written(
    client: TestClient, town: Path
) -> None:
    before = files(town)
    own = create(client, sites={"BIG": {"start": "2026-08-01"}})
    assert own["file"] == "variant-1"
    assert own["provisional"]["sites"]["BIG"]["commissioned"] == "2026-12-01"  # without a run
    text = (town / "variants" / "variant-1.yaml").read_text(encoding="utf-8")
    assert text.startswith("name: Late\nscenario: ..\nbase: ")
    assert "sites:\n  BIG:\n    start: '2026-08-01'\n" in text
    now = files(town)
    assert {name: now[name] for name in before} == before
    assert set(now) - set(before) == {"variants/variant-1.yaml"}
    assert client.get(f"/{TOKEN}/state.json").json()["variants"][0]["content"]["name"] == "Late"


def test_what_haste_costs_is_told_to_be_unknown(client: TestClient) -> None:
    longer = create(client, sites={"BIG": {"slip_months": 2}})
    assert longer["told"] == []
    (told,) = create(client, sites={"BIG": {"slip_months": -2}})["told"]
    assert "the works of BIG are cut short at no higher price" in told
    assert "sites.BIG.cost_bn_kzt" in told


def test_a_variant_that_was_answered_is_known_to_be(client: TestClient) -> None:
    own, other = create(client), create(client, note="other")
    answer(client, own["file"])
    told = {row["file"]: row["answered"] for row in client.get(f"/{TOKEN}/state.json").json()["variants"]}
    assert told[own["file"]]
    put(client, own, sites={"BIG": {"slip_months": 1}})
    now = {row["file"]: row["answered"] for row in client.get(f"/{TOKEN}/state.json").json()["variants"]}
    assert not now[own["file"]]
    assert other["file"] in now


def test_a_variant_of_another_order_shows_its_sites_as_that_order_plans_them(
    client: TestClient, town: Path
) -> None:
    orders = sorted(path.stem for path in (town / "build_orders").glob("*.csv"))
    assert create(client)["sites"] is None
    for name in orders:
        own = create(client, set={"build_order": name}, sites={"BIG": {"start": "2026-08-01"}})
        assert own["told"] == []
        rows = load_scenario(town, [f"build_order={name}"]).order
        assert [site["site"] for site in own["sites"]][: len(rows)] == [row.site for row in rows]
        starts = {site["site"]: site["start"] for site in own["sites"]}
        assert all(starts[row.site] == row.start.isoformat() for row in rows if row.start)


def test_a_variant_may_leave_every_build_order_aside(client: TestClient) -> None:
    own = create(client, set={"build_order": ""})
    assert own["problems"] == []
    assert client.get(f"/{TOKEN}/state.json").status_code == 200
    assert answer(client, own["file"])["status"] == "complete"


def test_a_start_before_the_run_is_told(client: TestClient) -> None:
    assert create(client, sites={"BIG": {"start": "2026-05-01"}})["told"] == []
    (told,) = create(client, sites={"BIG": {"start": "2025-05-01"}})["told"]
    assert (
        "BIG starts before the run does, 2026-05-01: what is built and paid until then is not counted" in told
    )


def test_what_another_tab_has_written_is_not_overwritten(client: TestClient) -> None:
    own = create(client)
    assert put(client, own, note="mine").status_code == 200
    second = put(client, own, note="theirs")
    assert second.status_code == 409
    assert second.json()["variant"]["content"]["note"] == "mine"
    assert put(client, second.json()["variant"], note="theirs").status_code == 200


def remove(client: TestClient, own: dict[str, Any]) -> Any:
    return client.request("DELETE", f"/{TOKEN}/variants/{own['file']}", json={"revision": own["revision"]})


def test_a_variant_is_removed_by_who_has_seen_it_as_it_is(client: TestClient, town: Path) -> None:
    before = files(town)
    own = create(client)
    now = put(client, own, note="mine").json()["variant"]
    told = remove(client, own)
    assert (told.status_code, told.json()["variant"]["content"]["note"]) == (409, "mine")
    assert remove(client, now).status_code == 200
    assert files(town) == before
    assert client.get(f"/{TOKEN}/state.json").json()["variants"] == []
    assert (remove(client, now).status_code, remove(client, now).json()) == (409, {"variant": None})
    assert put(client, now, note="theirs").status_code == 409  # of a tab that still shows it


def test_a_variant_that_cannot_be_run_is_kept_and_told(client: TestClient) -> None:
    own = create(client)
    gone = put(client, own, sites={"SS99": {"start": "2027-01-01"}}).json()["variant"]
    assert "unknown site SS99" in gone["problems"][0]
    told = client.post(f"/{TOKEN}/answers", json={"variant": own["file"]})
    assert (told.status_code, told.json()["problems"]) == (422, gone["problems"])
    wrong = put(client, gone, sites={"BIG": {"start": "soon"}})
    assert (wrong.status_code, len(wrong.json()["problems"])) == (422, 1)


def test_the_city_answers_and_the_commands_give_the_same_numbers(
    client: TestClient, town: Path, tmp_path: Path, answers: Answers
) -> None:
    own = create(client, sites={"BIG": {"start": "2026-07-01", "slip_months": 1}}, order=["SMALL"])
    base, late = answer(client, ""), answer(client, own["file"])
    assert base["metrics"] != late["metrics"]
    assert late["queue"]["waited"] == 1
    assert [row["capacity"] for row in late["headroom"]] == ["Town"]
    kept = client.post(f"/{TOKEN}/orders", json={"variant": own["file"], "name": "later"})
    assert kept.status_code == 201
    whole = json.loads((answers.results / late["folder"] / "metrics.json").read_text("utf-8"))
    for number, command in enumerate((own["command"], kept.json()["command"])):
        out = tmp_path / f"out{number}"
        words = [sys.executable, "-m", *shlex.split(command), "--out", str(out)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        again = json.loads((out / "metrics.json").read_text("utf-8"))
        assert again == whole
    with (town / "build_orders" / "later.csv").open(encoding="utf-8") as file:
        assert [row["site"] for row in csv.DictReader(file)] == ["SMALL", "BIG"]


@pytest.mark.parametrize("name", ["big_first", "", "../x", "a/b", ".x", "x" * 61, "a b"])
def test_an_order_that_is_there_or_has_no_name_is_refused(client: TestClient, town: Path, name: str) -> None:
    before = files(town)
    told = client.post(f"/{TOKEN}/orders", json={"variant": "", "name": name})
    assert (told.status_code, len(told.json()["problems"])) == (422, 1)
    assert files(town) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Content-Type": "text/plain"},
    ],
)
def test_what_writes_needs_the_same_origin(client: TestClient, town: Path, headers: dict[str, str]) -> None:
    before = files(town)
    for method, path in (("POST", "variants"), ("PUT", "variants/x"), ("POST", "orders"), ("POST", "answers"),
                         ("DELETE", "answers/x"), ("DELETE", "variants/x")):  # fmt: skip
        told = client.request(method, f"/{TOKEN}/{path}", content="{}", headers=headers)
        assert told.status_code in (403, 415), path
    assert files(town) == before
    assert client.post("/wrong/variants", json={}).status_code == 404


@pytest.mark.parametrize("content", ["[]", "{", "NaN", '{"a": NaN}', "[" * 100_000, "x" * (MOST_BODY + 1)])
def test_bad_bodies_are_refused(client: TestClient, content: str) -> None:
    assert client.post(f"/{TOKEN}/variants", content=content).status_code == 400


@pytest.mark.parametrize("name", ["..%2Fscenario", "a%2Fb", ".hidden", "x" * 61])
def test_names_lead_nowhere_else(client: TestClient, town: Path, name: str) -> None:
    before = files(town)
    for method in ("PUT", "DELETE"):
        body = {"revision": "", "content": {"name": "x"}}
        told = client.request(method, f"/{TOKEN}/variants/{name}", json=body)
        assert told.status_code in (404, 409, 422)
    assert files(town) == before


def test_a_variant_of_another_scenario_a_link_and_a_damaged_one(client: TestClient, town: Path) -> None:
    folder = town / "variants"
    folder.mkdir()
    (folder / "other.yaml").write_text("name: Other\nscenario: ../../elsewhere\n", encoding="utf-8")
    (folder / "link.yaml").symlink_to(town / "scenario.yaml")
    (folder / "damaged.yaml").write_text("name: [", encoding="utf-8")
    told = client.get(f"/{TOKEN}/state.json").json()["variants"]
    assert [own["file"] for own in told] == ["damaged"]
    assert told[0]["problems"]


def test_the_page_runs_nothing_from_elsewhere_and_keeps_names_as_text(client: TestClient) -> None:
    create(client, note="</script><script>alert(1)</script>")
    page = client.get(f"/{TOKEN}/").text
    assert "<script>alert" not in page
    policy = page.split('Content-Security-Policy" content="')[1].split('"')[0]
    assert "default-src &#39;none&#39;" in policy
    assert "unsafe-eval" not in policy
    assert client.get(f"/{TOKEN}/shelf").status_code == 200


def test_what_is_known_before_a_run_is_what_the_run_says_where_demand_is_the_same(
    client: TestClient, answers: Answers, town: Path
) -> None:
    plain = {"connection": "on-request"}  # whoever asks is connected: capacities decide nothing
    (town / "scenario.yaml").write_text(
        (town / "scenario.yaml").read_text("utf-8").replace("when-capacity", "on-request"), "utf-8"
    )
    assert create(client)["provisional"]["headroom"] == []  # nothing was run yet
    answer(client, "")
    answers.open(load_scenario(town))
    while answers.ratings is None:
        time.sleep(0.1)
    own = create(client, sites={"BIG": {"start": "2026-07-01", "slip_months": 1}}, set=plain)
    before, after = own["provisional"], answer(client, own["file"])
    known = {row["capacity"]: row for row in before["headroom"]}
    assert [row["capacity"] for row in after["headroom"]] == list(known)
    for row in after["headroom"]:
        assert known[row["capacity"]] == {**row, "left": pytest.approx(row["left"]), "unknown": []}
    assert any(row["short"] for row in before["headroom"])
    assert before["years"] == after["years"]
    assert {name: after["metrics"][name] for name in before["metrics"]} == before["metrics"]
    assert {name: dates["commissioned"] for name, dates in before["sites"].items()} == {
        row["site"]: row["commissioned"] or dates_beyond(before, row["site"]) for row in after["sites"]
    }


def dates_beyond(before: dict[str, Any], site: str) -> str:
    """Return the date that a forecast gives a site that a run does not reach."""
    day = str(before["sites"][site]["commissioned"])
    assert day >= "2027-01-01"
    return day


def test_a_stopped_run_is_asked_again(client: TestClient) -> None:
    own = create(client, set={"seed": 77})
    key = client.post(f"/{TOKEN}/answers", json={"variant": own["file"]}).json()["key"]
    assert client.request("DELETE", f"/{TOKEN}/answers/{key}", content="{}").status_code == 200
    for _ in range(300):
        state = client.get(f"/{TOKEN}/answers/{key}").json()["state"]
        if state != "running":
            break
    assert state in ("stopped", "done")
    assert answer(client, own["file"])["status"] == "complete"


def test_futures_are_the_same_for_both_and_tell_who_does_better(client: TestClient, town: Path) -> None:
    own = create(client, sites={"BIG": {"start": "2026-09-01"}})
    plans = {"plans": [own["file"], ""]}
    for _ in range(600):
        told = client.post(f"/{TOKEN}/futures", json=plans).json()
        if "bands" in told:
            break
        time.sleep(0.2)
    assert (told["done"], told["of"]) == (2 * FUTURES, 2 * FUTURES)
    late, planned = (told["bands"][name]["jobs_delayed_job_months"] for name in (own["file"], ""))
    assert (late["best"], planned["best"]) == (0.0, 1.0)
    assert planned["p10"] <= planned["p90"] < late["p90"]
    assert (planned["regret_max"], late["regret_max"] >= late["regret_mean"] > 0.0) == (0.0, True)
    third = create(client, sites={"BIG": {"start": "2026-12-01"}})
    every = {"plans": [own["file"], "", third["file"]]}
    for _ in range(600):
        three = client.post(f"/{TOKEN}/futures", json=every).json()
        if "bands" in three:
            break
        time.sleep(0.2)
    shares = [three["bands"][plan]["jobs_delayed_job_months"]["best"] for plan in every["plans"]]
    assert shares == [0.0, 1.0, 0.0]
    (town / "uncertainties.csv").unlink()
    refused = client.post(f"/{TOKEN}/futures", json=plans)
    assert refused.status_code == 422
    assert "nothing is uncertain" in refused.json()["problems"][0]


def test_what_can_be_served(town: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    write_run(results / "run")
    assert opened(results, None, None, False, WITHIN).desk is None
    assert opened(results / "run", None, None, False, WITHIN).desk is None  # its scenario is gone
    assert opened(town, None, None, True, WITHIN).desk is None
    desk = opened(town, tmp_path / "mine", None, False, WITHIN).desk
    assert desk is not None
    assert desk.folder == tmp_path / "mine"
    own = desk.write("late", {"name": "Late", "sites": {"BIG": {"slip_months": 2}}}, "")
    assert own.content is not None
    assert own.content["scenario"] == "../town"
    with pytest.raises(InvalidInput, match="nothing is written here"):
        opened(results, tmp_path / "mine", None, False, WITHIN)


def test_a_run_opens_the_board_of_its_scenario_as_it_was_run(town: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "twin", "run", str(town), "--set", "seed=5", "--out"]
    subprocess.run([*command, str(tmp_path / "run")], check=True, capture_output=True)
    desk = opened(tmp_path / "run", None, None, False, WITHIN).desk
    assert desk is not None
    assert desk.base().seed == 5
