"""Days that a utility asks for: they count for peaks and shortages, and by their weight in volumes."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.town import write_town
from twin.demand.growth import Growth
from twin.errors import Unsolved
from twin.model import Model
from twin.results.run import Run
from twin.results.tables import EventRow, FurtherDayRow
from twin.scenario import load_scenario
from twin.scenario.schema import Scenario
from twin.simulation import clock as simulation
from twin.simulation.account import Account
from twin.simulation.calendar import calendar, with_further
from twin.simulation.day import DayRecord
from twin.utilities.base import Vector
from twin.utilities.demand import Basis, Demand, FurtherDay
from twin.utilities.water import Water

HORIZON = ["start=2026-05-01", "end=2026-07-01", "days=representative"]
HOT = FurtherDay("hot", 40.0)
SEASONS = (
    ("month", "water", "power", "mean_temperature_c"),
    *((month, 1, 1, 20 if month == 6 else 16) for month in range(1, 13)),
)


def ask(patch: pytest.MonkeyPatch, further: FurtherDay, more: float = 3.0) -> None:
    """Let water ask for a hot day in June, on which it draws so many times as much as at 20 C."""
    plain = Water.demand

    def further_days(self: Water, settings: Model, season: Model) -> Sequence[FurtherDay]:
        return (further,) if getattr(season, "mean_temperature_c", 0.0) >= 20.0 else ()

    def demand(self: Water, basis: Basis) -> Demand | None:
        own = plain(self, basis)
        by: Vector = 1.0 + (more - 1.0) * (basis.air_c > 30.0)
        return None if own is None else Demand(own.base, own.factors * by[:, None], own.native)

    patch.setattr(Water, "further_days", further_days)
    patch.setattr(Water, "demand", demand)


@pytest.fixture
def town(tmp_path: Path) -> Scenario:
    return load_scenario(folder(tmp_path), HORIZON)


def folder(path: Path) -> Path:
    written = write_town(path / "town")
    lines = "\n".join(",".join(map(str, row)) for row in SEASONS)
    (written / "seasons.csv").write_text(lines + "\n", encoding="utf-8")
    return written


def test_a_day_is_added_before_the_typical_one_where_it_is_asked_for(
    town: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = list(calendar(town, lambda day: day.toordinal()))
    assert with_further(town, days) == days
    ask(monkeypatch, HOT._replace(weight=2.0))
    found = with_further(town, days)
    assert [(d.day, d.weight, d.closes) for d in found] == [
        (date(2026, 5, 16), 30.0, False),
        (date(2026, 5, 31), 1.0, True),
        (date(2026, 6, 15), 2.0, False),
        (date(2026, 6, 16), 27.0, False),
        (date(2026, 6, 30), 1.0, True),
    ]
    assert [d.further for d in found if d.further] == [HOT._replace(weight=2.0)]


def test_there_is_none_with_every_day_or_where_no_day_is_free(
    town: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(monkeypatch, HOT)
    every = town.model_copy(update={"days": "every"})
    assert not any(day.further for day in with_further(every, list(calendar(every, lambda day: 0))))
    short = town.model_copy(update={"start": date(2026, 6, 29)})
    days = list(calendar(short, lambda day: 0))
    assert len(days) == 2
    assert with_further(short, days) == days


def test_the_air_is_as_the_day_says_and_swings_by_the_hour_on_others(town: Scenario) -> None:
    seasons = {6: town.seasons[6].model_copy(update={"daily_swing_c": 10.0})}
    growth = Growth(town.model_copy(update={"seasons": seasons}))
    seen = []

    class Watching(Water):
        def demand(self, basis: Basis) -> Demand | None:
            seen.append(basis.air_c)
            return super().demand(basis)

    for further in (None, HOT):
        growth._demand(Watching(), date(2026, 6, 10), (), further)
    plain, hot = seen
    assert plain.argmax() == 15
    assert plain.argmin() == 3
    assert (plain.max(), plain.min(), plain.mean()) == pytest.approx((25.0, 15.0, 20.0))
    assert set(hot) == {40.0}


def test_it_counts_for_peaks_and_shortages_and_not_for_volumes(
    town: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = simulation.run(town)
    ask(monkeypatch, HOT, more=30.0)
    after = simulation.run(town)
    assert {n: v for n, v in after.metrics.items() if n.endswith(("_m3", "_mwh"))} == {
        n: v for n, v in before.metrics.items() if n.endswith(("_m3", "_mwh"))
    }
    rows = after.rows(FurtherDayRow)
    assert {(r.month, r.day, r.network) for r in rows} == {("2026-06", "hot", "water")}
    assert sum(r.amount for r in rows) > 0.0
    assert FurtherDayRow not in before.tables
    # nothing begins or ends on it, and what its demand does not reach is as it was
    assert after.rows(EventRow) == before.rows(EventRow)


def peaks(run: Run, quantity: str, month: str) -> float:
    statistics = next(own for own in run.months if own.month == month)
    columns = [i for i, signal in enumerate(run.signals) if signal.quantity == quantity]
    return float(statistics.maximum[columns].max())


def test_peaks_are_those_of_the_day_and_others_months_are_as_they_were(
    town: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = simulation.run(town)
    ask(monkeypatch, HOT, more=2.0)
    after = simulation.run(town)
    asked = "required_m3_per_s"
    assert peaks(after, asked, "2026-06") == pytest.approx(2.0 * peaks(before, asked, "2026-06"), rel=1e-3)
    assert peaks(after, asked, "2026-05") == peaks(before, asked, "2026-05")
    assert after.rows(EventRow) == before.rows(EventRow)
    assert after.months[0].mean == pytest.approx(before.months[0].mean)
    assert after.months[1].mean == pytest.approx(before.months[1].mean)


def test_with_a_weight_it_stands_for_days(town: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = simulation.run(town).metrics["water_served_m3"]
    ask(monkeypatch, HOT._replace(weight=3.0), more=1.5)
    more = simulation.run(town).metrics["water_served_m3"]
    assert more == pytest.approx(plain * (31 + 27 + 3 * 1.5) / 61, rel=0.03)


def test_hours_without_a_solution_on_it_count_once() -> None:
    account, day = Account(), unsolved_day(Unsolved("too much", "water/network"))
    account.settled(day, 0.0)
    assert (account.unsolved_hours, account.hours) == (24.0, 0.0)
    account.settled(day, 2.0)
    assert (account.unsolved_hours, account.hours) == (72.0, 48.0)


def unsolved_day(reason: Unsolved) -> DayRecord:
    hours = np.arange(24)
    return DayRecord(
        times=3600 * hours,
        seconds=np.full(24, 3600),
        readings=np.zeros((24, 0)),
        active_from=np.zeros(1, dtype=np.int64),
        active=np.zeros((1, 0), dtype=bool),
        solved=np.zeros((24, 1), dtype=bool),
        rounds=np.ones(24, dtype=np.int64),
        residual_kw=np.zeros(24),
        unsettled=np.zeros(24, dtype=bool),
        held=(),
        unsolved=tuple((int(hour), {"water": reason}) for hour in hours),
        totals={},
        causes={},
        relief={},
        warnings=(),
    )
