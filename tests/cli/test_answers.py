"""`--format json`: one document per command, of a schema that has a number."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from tests.orders_town import write_orders_town
from tests.town import write_town
from twin.cli.answer_schema import answer_schema
from twin.cli.answers import FORMAT
from twin.cli.main import app

SCHEMA = answer_schema()
SHORT = ("--set", "end=2026-05-05", "--set", "outages=[]")
CHECKS = 'checks:\n  - {name: lights, metric: unserved_energy_mwh, is: "<= 0"}\n'
BROKEN = 'checks:\n  - {name: dark, metric: energy_served_mwh, is: "<= 0"}\n'
pytestmark = pytest.mark.xdist_group("answers")
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a town, two results of it, a sweep file, and checks."""
    place = tmp_path_factory.mktemp("answers")
    write_town(place / "town")
    write_orders_town(place / "orders")
    (place / "checks.yaml").write_text(CHECKS)
    (place / "broken.yaml").write_text(BROKEN)
    (place / "sweep.yaml").write_text(
        "name: Two days\nscenario: town\nset: {end: 2026-05-05, outages: []}\n"
        "matrix: {people: {few: {population.Town.2025.population_k: 10}, many: {}}}\n"
    )
    for name, people in (("a", 12), ("b", 10)):
        key = f"population.Town.2025.population_k={people}"
        done = CliRunner().invoke(
            app, ["run", f"{place}/town", *SHORT, "--set", key, "--out", f"{place}/{name}"]
        )
        assert done.exit_code == 0, done.output
    return place


@pytest.fixture
def ask(place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    monkeypatch.chdir(place)

    def answer(*words: str, code: int = 0) -> dict[str, Any]:
        done = CliRunner().invoke(app, [*words, "--format", "json"])
        assert done.exit_code == code, done.output
        told: dict[str, Any] = json.loads(done.stdout, parse_constant=pytest.fail)
        jsonschema.validate(told, SCHEMA)
        assert (told["format"], told["command"], told["exit"]) == (FORMAT, words[0], code)
        assert_known(told["result"], SCHEMA["$defs"][words[0]])
        return told

    return answer


def assert_known(told: dict[str, Any], schema: dict[str, Any]) -> None:
    """Assert that the schema names every key."""
    assert told.keys() <= schema["properties"].keys()


def test_the_schema_is_what_the_program_prints() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(CliRunner().invoke(app, ["schema", "--answers"]).stdout) == SCHEMA


def test_validate(ask: Ask) -> None:
    told = ask("validate", "town")
    assert told["result"]["districts"] == 1
    (mistake,) = ask("validate", "town", "--set", "dayz=every", code=2)["mistakes"]
    assert mistake["file"].startswith("--set dayz=every")


def test_run(ask: Ask, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "out"))
    told = ask("run", "town", *SHORT, *out)["result"]
    assert told["status"] == "complete"
    assert told["metrics"]["energy_served_mwh"] > 0.0
    judged = ask("run", "town", *SHORT, *out, "--checks", "broken.yaml", code=1)["result"]["verdict"]
    assert [row["outcome"] for row in judged["verdicts"]] == ["pass", "fail"]


def test_check(ask: Ask) -> None:
    assert ask("check", "a", "--checks", "checks.yaml")["result"]["verdict"]["passed"] is True
    told = ask("check", "a", "--checks", "broken.yaml", code=1)
    assert (told["outcome"], told["result"]["verdict"]["passed"]) == ("check failed", False)


def test_sweep_and_merge(ask: Ask, tmp_path: Path) -> None:
    shards = [str(tmp_path / f"shard-{number}") for number in (1, 2)]
    for number, shard in enumerate(shards, 1):
        told = ask("sweep", "sweep.yaml", "--shard", f"{number}/2", "--out", shard)
        assert told["result"]["runs"] == {"complete": 1}
    merged = ask("merge", str(tmp_path / "all"), *shards, "--checks", "broken.yaml", code=1)["result"]
    assert [row["cell"] for row in merged["verdict"]["verdicts"]] == ["people=few"] * 2 + ["people=many"] * 2
    again = ask("check", str(tmp_path / "all"), "--checks", "broken.yaml", code=1)["result"]
    assert again["verdict"] == merged["verdict"]


def test_compare(ask: Ask) -> None:
    told = ask("compare", "a", "b")["result"]
    assert told["runs"] == ["a", "b"]
    first, second = told["metrics"]["energy_served_mwh"]
    assert first > second
    changed = ask("compare", "a", "b", "--changed-only")["result"]["changed"]
    ways = {row["metric"]: row["way"] for row in changed["metrics"]}
    assert ways["energy_served_mwh"] == "worse"
    assert "unserved_energy_mwh" not in ways
    assert changed["inputs"] == ["population Town 2025: population_k 12 -> 10"]


def test_plan(ask: Ask, tmp_path: Path) -> None:
    pytest.importorskip("ortools")
    words = ("--budget", "2", "--held-back", "0", "--set", "build_order=small_first")
    told = ask("plan", "orders", *words, "--out", str(tmp_path / "plan"))["result"]
    assert told["best"] <= told["given"]


def test_diff(ask: Ask) -> None:
    assert ask("diff", "town", "town")["result"]["changes"] == []
    told = ask("diff", "town", "orders")["result"]
    assert {"part": "sites", "key": "BIG", "kind": "new"}.items() <= told["changes"][-1].items() or any(
        change["part"] == "sites" and change["key"] == "BIG" for change in told["changes"]
    )


def test_what_fails_is_told_too(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("heat")

    monkeypatch.setattr("twin.scenario.variants.load_changed", broken)
    told = ask("validate", "town", code=4)
    assert (told["outcome"], told["error"]) == ("failed", "KeyError: 'heat'")


def test_a_form_that_there_is_not_is_refused(place: Path) -> None:
    done = CliRunner().invoke(app, ["validate", str(place / "town"), "--format", "xml"])
    assert done.exit_code == 2
    assert "xml is no form of validate (one of text, json, sarif, gitlab)" in done.output
