"""The clock's order of things, told as short traces of a network that writes down what it is asked."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandapower as pp
import pytest

from tests.town import write_town
from twin.city import city as city_module
from twin.demand.growth import Growth
from twin.errors import Unsolved
from twin.results.tables import EventRow
from twin.scenario import load_scenario
from twin.scenario.schema import Scenario
from twin.simulation import clock as simulation
from twin.utilities.base import NOTHING, Cause, Change, Mask, Signal, Vector, WithoutStorage
from twin.utilities.demand import Demand


class Diary(WithoutStorage):
    """A network with a tank that fills 1,000 s after noon of each day."""

    name = "water"
    signals = (Signal("water/T", "level_m", "m"), Signal("water/network", "required_m3_per_s", "m3/s"))
    totals = ("supplied_m3", "served_m3", "leaked_m3", "stored_m3", "unserved_m3", "required_m3")
    warnings = ()
    ratings: ClassVar[dict[str, float]] = {}

    def __init__(self, fails: range = range(0)) -> None:
        self.now = 0
        self.fails = fails
        self.lines: list[tuple[int, str]] = []

    def write(self, line: str) -> None:
        self.lines.append((self.now, line))

    def apply(self, changes: Sequence[Change]) -> None:
        self.write("apply " + " ".join(c.asset for c in changes))

    def set_base(self, base: Vector) -> None: ...

    def set_demand(self, factors: Vector, native: float = 1.0, given: Vector = NOTHING) -> None:
        self.write("demand")

    def set_input(self, port: str, values: Vector) -> None: ...

    def solve(self) -> None:
        self.write("solve")
        if self.now // 3600 in self.fails:
            raise Unsolved("no way", "water/T")

    def read(self) -> Vector:
        return np.array([1.0, 2.0])

    def read_totals(self) -> Vector:
        return np.array([self.now, self.now, 0.0, 0.0, 0.0, self.now], dtype=float)

    def relief(self, assets: frozenset[str]) -> Vector:
        return np.zeros(0)

    def in_force(self) -> dict[str, Sequence[str]]:
        return {}

    def read_causes(self) -> dict[Cause, float]:
        return {}

    def active(self) -> Mask:
        return np.ones(2, dtype=bool)

    def next_change_s(self) -> int:
        to_event = 12 * 3600 + 1000 - self.now % 86400
        return to_event if to_event > 0 else 1 << 40

    def advance(self, seconds: int) -> None:
        self.write(f"advance {seconds}")
        self.now += seconds

    def reset(self) -> None: ...


def scenario(**changes: object) -> Scenario:
    fields: dict[str, object] = {
        "name": "diary",
        "start": date(2026, 1, 1),
        "end": date(2026, 1, 3),
        "days": "every",
        "networks": {"water": {}},
        **changes,
    }
    return Scenario.model_validate(fields)


@pytest.fixture
def diary(monkeypatch: pytest.MonkeyPatch) -> Diary:
    network = Diary()
    monkeypatch.setattr(city_module, "open_networks", lambda *_: {"water": network})
    monkeypatch.setattr(simulation, "opening_key", lambda _: "diary")
    return network


def test_hours_are_solved_once_and_a_tank_event_once_more(diary: Diary) -> None:
    run = simulation.run(scenario())
    noon = [(t - 43200, line) for t, line in diary.lines if 43200 <= t < 46800]
    assert noon == [
        (0, "demand"),
        (0, "solve"),
        (0, "advance 1000"),
        (1000, "solve"),
        (1000, "advance 2600"),
    ]
    assert run.coupled_hours == 48
    assert run.metrics["balance_error_water"] == 0.0


def test_an_outage_is_applied_at_its_instant_before_the_solution(diary: Diary) -> None:
    simulation.run(scenario(outages=[{"assets": "water/PU", "start": "2026-01-01T01:30", "hours": 0.25}]))
    hour = [(t, line) for t, line in diary.lines if 3600 <= t < 7200]
    assert [(t - 3600, line) for t, line in hour if line != "demand"] == [
        (0, "solve"),
        (0, "advance 1800"),
        (1800, "apply water/PU"),
        (1800, "solve"),
        (1800, "advance 900"),
        (2700, "apply water/PU"),
        (2700, "solve"),
        (2700, "advance 900"),
    ]


def test_representative_days_weigh_to_the_month(diary: Diary) -> None:
    run = simulation.run(scenario(end=date(2026, 2, 1), days="representative"))
    assert run.coupled_hours >= 2 * 24
    assert run.months[0].hours[0] == pytest.approx(31 * 24)
    assert run.metrics["water_served_m3"] == pytest.approx(31 * 86400)


def test_an_unsolved_hour_is_named_and_the_run_goes_on(diary: Diary) -> None:
    diary.fails = range(5, 7)
    run = simulation.run(scenario(end=date(2026, 1, 11)))
    assert run.status == "complete"
    assert [e.time for e in run.rows(EventRow) if e.kind == "unsolved"][:1] == ["2026-01-01T05:00"]
    assert run.metrics["unsolved_hours"] == pytest.approx(2.0)


def test_a_day_without_solution_ends_the_run_and_says_why(diary: Diary) -> None:
    diary.fails = range(2, 100)
    run = simulation.run(scenario(end=date(2026, 3, 1)))
    assert run.status == "unsolved"
    assert "no way" in run.reason
    assert run.coupled_hours == 48


def test_a_pump_whose_site_is_not_built_is_not_told_as_stopped(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    (folder / "outages.csv").unlink()
    net = pp.from_json(str(folder / "power.json"))
    net.load.loc[net.load.name == "L-LIFT", "in_service"] = False
    pp.to_json(net, str(folder / "power.json"))
    (folder / "sites.csv").write_text(
        "id,kind,name,build_months,stage\nS,sewage pumping station,Lift,0.04,1\n", encoding="utf-8"
    )
    (folder / "site_changes.csv").write_text(
        "site,asset,field,value\nS,power/L-LIFT,in_service,true\n", encoding="utf-8"
    )
    run = simulation.run(load_scenario(folder, ['stages={"1": 2026-05-04}']))
    events = [(row.kind, row.subject) for row in run.rows(EventRow)]
    assert ("site commissioned", "S") in events
    assert not [event for event in events if event[0] == "stopped"]


def test_the_day_that_draws_most_does_not_depend_on_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power falls by half within the month, in MW; water rises by a tenth, in m3/h."""

    def demand(self: Growth, day: date, requested: Sequence[str]) -> dict[str, Demand]:
        part = (day - date(2026, 5, 1)).days / 30
        drawn = {"power": 10.0 - 5.0 * part, "water": 1000.0 + 100.0 * part}
        return {
            name: Demand(np.full((1, 1), own), np.ones((24, 1)), np.ones(24)) for name, own in drawn.items()
        }

    loaded = load_scenario(
        write_town(tmp_path / "town"), ["start=2026-05-01", "end=2026-06-01", "days=representative"]
    )
    clock = simulation.Clock(loaded)
    monkeypatch.setattr(Growth, "demand", demand)
    assert [day.day for day in clock.days] == [date(2026, 5, 1), date(2026, 5, 16)]
