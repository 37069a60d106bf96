"""Exit codes mean the same for every command: docs/pipelines.md has them in one table."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.orders_town import write_orders_town
from tests.town import write_town
from twin.cli.main import app

SHORT = ("--set", "end=2026-05-05", "--set", "outages=[]")
UNSOLVABLE = (
    *("--set", "norms.power_kw_per_person.2025.value=100"),
    *("--set", "networks.power.shedding=false"),
)
HOLDS = 'checks:\n  - {name: lights, metric: unserved_energy_mwh, is: "<= 0"}\n'
FAILS = 'checks:\n  - {name: dark, metric: energy_served_mwh, is: "<= 0"}\n'
MISSPELT = 'checks:\n  - {name: lights, metric: unserved_energy, is: "<= 0"}\n'
SWEEP = "name: One day\nscenario: town\nset: {end: 2026-05-05, outages: []}\n"
UNCERTAIN = """uncertain:
  samples: 4
  variables:
    use: {set: demand.coincidence, uniform: {low: 0.7, high: 0.9}}
"""
pytestmark = pytest.mark.xdist_group("exit codes")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a town, a result, an unsolved one, a sweep, and checks."""
    place = tmp_path_factory.mktemp("codes")
    write_town(place / "town")
    write_orders_town(place / "orders")
    for name, text in (("holds", HOLDS), ("fails", FAILS), ("misspelt", MISSPELT)):
        (place / f"{name}.yaml").write_text(text)
    (place / "sweep.yaml").write_text(SWEEP)
    unsolvable = "norms.power_kw_per_person.2025.value: 100, networks.power.shedding: false"
    (place / "unsolvable.yaml").write_text(SWEEP.replace("{end", f"{{{unsolvable}, end"))
    (place / "broken.yaml").write_text("name: One day\nscenrio: town\n")
    water = (place / "town" / "water.inp").read_text()
    (place / "town" / "broken.inp").write_text(
        water.replace("P-HIGH T-HILL J-HIGH 1000", "P-HIGH T-HILL J-HIGH x")
    )
    (place / "failing.yaml").write_text(SWEEP.replace("{end", "{networks.water.file: broken.inp, end"))
    (place / "uncertain.yaml").write_text(SWEEP + UNCERTAIN)
    made = {
        "done": ("run", "town", *SHORT, "--set", "record=[{assets: [power/T-TOWN]}]"),
        "unsolved": ("run", "town", *SHORT, *UNSOLVABLE),
        "swept": ("sweep", "sweep.yaml"),
        "swept-unsolved": ("sweep", "unsolvable.yaml"),
        "swept-failed": ("sweep", "failing.yaml"),
        "swept-uncertain": ("sweep", "uncertain.yaml"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for out, words in made.items():
            assert CliRunner().invoke(app, [*words, "--out", out]).exit_code in (0, 3, 4)
    return place


@pytest.fixture(autouse=True)
def there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    shutil.rmtree("out", ignore_errors=True)


PLAN = ("--held-back", "0", "--set", "build_order=small_first", "--out", "out")
CODES = {
    "run": {
        0: (*("town", *SHORT), "--out", "out", "--checks", "holds.yaml"),
        1: (*("town", *SHORT), "--out", "out", "--checks", "fails.yaml"),
        2: ("town", "--out", "out", "--checks", "misspelt.yaml"),
        3: (*("town", *SHORT, *UNSOLVABLE), "--out", "out"),
    },
    "sweep": {
        0: ("sweep.yaml", "--out", "out", "--checks", "holds.yaml"),
        1: ("sweep.yaml", "--out", "out", "--checks", "fails.yaml"),
        2: ("broken.yaml", "--out", "out"),
        3: ("unsolvable.yaml", "--out", "out"),
        4: ("failing.yaml", "--out", "out"),
    },
    "merge": {
        0: ("out", "swept"),
        1: ("out", "swept", "--checks", "fails.yaml"),
        2: ("out", "town"),
        3: ("out", "swept-unsolved"),
        4: ("out", "swept-failed"),
    },
    "check": {
        0: ("done", "--checks", "holds.yaml"),
        1: ("done", "--checks", "fails.yaml"),
        2: ("done", "--checks", "misspelt.yaml"),
        3: ("unsolved", "--checks", "holds.yaml"),
        4: ("swept-failed", "--checks", "holds.yaml"),
    },
    "validate": {0: ("town",), 2: ("town", "--set", "dayz=every")},
    "compare": {0: ("done", "done"), 2: ("done", "town")},
    "plan": {0: ("orders", "--budget", "2", *PLAN), 2: ("nowhere", "--budget", "2")},
    "diff": {0: ("town", "town"), 2: ("town", "nowhere")},
    "report": {0: ("done",), 2: ("nowhere",)},
    "query": {0: ("done", "SELECT 1"), 2: ("done", "SELECT x")},
    "sensitivity": {
        0: ("swept-uncertain", "--metric", "peak_power_mw"),
        2: ("nowhere", "--metric", "x"),
    },
    "show": {0: ("done", "power/T-TOWN"), 2: ("nowhere", "power/T")},
    "export": {0: ("done", "--headroom", "out.csv"), 2: ("nowhere", "--xlsx", "x.xlsx")},
    "snapshot": {
        0: ("done", "--at", "2026-05-04T18:00", "--out", "out"),
        2: ("nowhere", "--at", "worst", "--out", "out"),
    },
    "serve": {0: ("done", "--port", "0"), 2: ("nowhere",)},
    "demo": {0: ("out",), 2: ("town",)},
    "new": {0: ("out", "--power", "town/power.json", "--water", "town/water.inp"), 2: ("out",)},
    "schema": {0: (), 2: ("--answer",)},
}
CASES = [(command, code) for command, codes in CODES.items() for code in codes]


@pytest.mark.parametrize(("command", "code"), CASES, ids=[f"{name} {code}" for name, code in CASES])
def test_a_command_ends_with_its_code(command: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # a server ends when it is asked to: here as soon as it listens
    monkeypatch.setattr("twin.serve.server.serve", lambda served, bound, token: bound.close())
    done = CliRunner().invoke(app, [command, *CODES[command][code]])
    assert done.exit_code == code, done.output


ASKED = {
    "run": "twin.scenario.variants.load_changed",
    "sweep": "twin.sweep.Plan",
    "merge": "twin.sweep.merging.merge",
    "check": "twin.sweep.judging.judge_saved",
    "validate": "twin.scenario.variants.load_changed",
    "compare": "twin.orders.commands.compare",
    "plan": "twin.orders.commands.plan",
    "diff": "twin.scenario.difference.load_either",
    "report": "twin.results.folders.settled",
    "query": "twin.sweep.querying.query",
    "sensitivity": "twin.sweep.sensitivity.report",
    "show": "twin.results.folders.settled",
    "export": "twin.report.exports.write.export",
    "snapshot": "twin.results.folders.settled",
    "serve": "twin.serve.server.bind",
    "new": "twin.cli.new.begin",
    "demo": "twin.scenario.demo.write_demo",
    "schema": "twin.scenario.Scenario.model_json_schema",
}
"""By command, something that it calls."""


@pytest.mark.parametrize("command", ASKED)
@pytest.mark.parametrize(("error", "code"), [(KeyError("heat"), 4), (KeyboardInterrupt(), 130)])
def test_what_is_not_the_users_is_4_and_an_interruption_130(
    command: str, error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(ASKED[command], raising)
    words = CODES[command][0]
    done = CliRunner().invoke(app, [command, *words])
    assert done.exit_code == code, done.output
    said = "internal error: KeyError: 'heat'" if code == 4 else "interrupted"
    assert said in done.output


def test_every_command_is_here() -> None:
    told = CliRunner().invoke(app, ["--help"]).output
    assert [name for name in CODES if f" {name} " not in told] == []
    groups = [app, *(group.typer_instance for group in app.registered_groups)]
    commands = [command for group in groups if group for command in group.registered_commands]
    known = {own.name or own.callback.__name__ for own in commands if own.callback}
    assert known == CODES.keys()


def test_a_wrong_option_is_2() -> None:
    assert CliRunner().invoke(app, ["run", "town", "--jbos", "2"]).exit_code == 2


def test_the_versions_of_the_engines_are_told() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert done.exit_code == 0
    told = dict(line.split(" ") for line in done.output.splitlines())
    assert {"twin", "pandapower", "owa-epanet"} <= told.keys()


def test_the_table_of_the_page_has_each_code_once() -> None:
    page = (Path(__file__).parents[2] / "docs" / "pipelines.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    rows = [row for row in rows if row.split("`")[1].isdecimal()]
    codes = [row.split("`")[1] for row in rows]
    assert codes == ["0", "1", "2", "3", "4", "130"]
    told = {int(code): row.split("|")[3].strip() for code, row in zip(codes, rows, strict=True)}
    for code, commands in told.items():
        tested = {command for command, own in CODES.items() if code in own}
        if code in (4, 130):  # an error within, and an interruption, of each command that is tested so
            tested = {*ASKED}
        assert tested == (
            {*CODES} if commands == "every command" else {*commands.replace("`", "").split(", ")}
        )
