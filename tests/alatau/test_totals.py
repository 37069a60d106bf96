"""The city's demand agrees with the published and planned totals, district by district."""

import csv
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from tests.alatau.conftest import ON_REQUEST, SCENARIO
from twin.demand.basis import DayBasis
from twin.demand.growth import Growth
from twin.report.provenance import standing
from twin.scenario import load_scenario
from twin.scenario.warnings import warnings
from twin.utilities.base import Vector
from twin.utilities.demand import FurtherDay
from twin.utilities.registry import utilities

YEARS = {
    2025: (37, 21, 4.8),
    2026: (52, 27, 7),
    2027: (75, 35, 11),
    2028: (106, 46, 16),
    2029: (152, 61, 26),
    2030: (217, 80, 41),
    2031: (249, 93, 48),
    2033: (328, 125, 67),
    2035: (434, 167, 92),
}
"""31 December: power MW, water on the maximum day and average sewage in thousand m3/day."""

AHEAD_OF_THE_CURVE = (2026, 2027, 2028)
"""The table runs smoothly from 2025 to 2030; the first developments' sewage comes in steps before it."""


@pytest.fixture(scope="module")
def growth() -> Growth:
    return Growth(load_scenario(ON_REQUEST))


def connected(year: int) -> list[str]:
    developments = load_scenario(ON_REQUEST).developments
    return [name for name, d in developments.items() if d.request_year <= year]


def power_mw(growth: Growth, year: int) -> list[float]:
    """Return each point's peak of the evening, at January's season, at the end of the year."""
    power = growth.demand(date(year + 1, 1, 1), connected(year))["power"]
    return list((power.factors @ power.base.T)[19])


def water_km3(growth: Growth, year: int) -> list[float]:
    base = growth.demand(date(year + 1, 1, 1), connected(year))["water"].base
    season = 0.88
    domestic = base[:, :2].sum(axis=1) / season * 1.20
    projects = growth.demand(date(year + 1, 7, 1), connected(year))["water"].base[:, 2]
    return list((domestic + projects) * 86.4)


def sewage_km3(growth: Growth, year: int) -> list[float]:
    return list(growth.demand(date(year + 1, 1, 1), connected(year))["wastewater"].base.sum(axis=1) * 86.4)


class Everywhere(DayBasis):
    """What is asked for by district, whether a network reaches it or not."""

    def share(self, by_district: Vector) -> Vector:
        return by_district


def gas_km3_per_h(growth: Growth, year: int) -> list[float]:
    """Return what each district asks for in its own highest hour of the cold day."""
    own, cold = utilities()["gas"], FurtherDay("cold", -20.1)
    basis = Everywhere(growth, own, date(year + 1, 1, 1), connected(year), further=cold)
    demand = own.demand(basis)
    assert demand is not None
    return [float(v) / 1000.0 for v in (demand.factors @ demand.base.T).max(axis=0)]


@pytest.mark.parametrize("year", YEARS)
def test_the_year_table_is_met(growth: Growth, year: int) -> None:
    power, water, sewage = YEARS[year]
    assert sum(power_mw(growth, year)) == pytest.approx(power, rel=0.20)
    assert sum(water_km3(growth, year)) == pytest.approx(water, rel=0.20)
    if year not in AHEAD_OF_THE_CURVE:
        assert sum(sewage_km3(growth, year)) == pytest.approx(sewage, rel=0.20)


def planned(year: int, column: str) -> dict[str, float]:
    """Return the planning totals of each district, between rows at a constant rate."""
    path = Path(SCENARIO) / "inputs" / "districts.csv"
    rows: dict[str, dict[int, float]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["district"], {})[int(row["year"])] = float(row[column])
    totals = {}
    for district, values in rows.items():
        low, high = next(p for p in pairwise(sorted(values)) if p[0] <= year <= p[1])
        share = (year - low) / (high - low)
        totals[district] = values[low] ** (1 - share) * values[high] ** share
    return totals


@pytest.mark.parametrize("year", [2025, 2030])
def test_districts_meet_their_totals(growth: Growth, year: int) -> None:
    """Within 20 %, or 1.5 MW and 1.5 thousand m3/day where a district is that small.

    A single development connected in a year is not on the smooth curve between the planning rows.
    """
    scenario = load_scenario(ON_REQUEST)
    district = {p.asset: p.district for p in scenario.demand_points}
    for column, points, values in (
        ("peak_mw", growth.points["power"], power_mw(growth, year)),
        ("max_day_water_km3", growth.points["water"], water_km3(growth, year)),
        ("average_sewage_km3", growth.points["water"], sewage_km3(growth, year)),
    ):
        own = dict.fromkeys(scenario.districts, 0.0)
        for point, value in zip(points, values, strict=True):
            own[district[point]] += value
        for name, value in planned(year, column).items():
            assert own[name] == pytest.approx(value, rel=0.20, abs=1.5), (name, column)


@pytest.mark.parametrize("year", [2025, 2030, 2040, 2050])
def test_districts_meet_their_totals_of_gas(growth: Growth, year: int) -> None:
    """Projects alone ask for 200 m3/h more than is planned for the SEZ in 2030."""
    own = dict(zip(growth.scenario.districts, gas_km3_per_h(growth, year), strict=True))
    assert own == pytest.approx(planned(year, "peak_gas_km3_per_h"), rel=0.011, abs=0.21)


def test_the_city_asks_for_sixty_thousand_m3_of_gas_in_2030(growth: Growth) -> None:
    assert sum(gas_km3_per_h(growth, 2030)) == pytest.approx(60.0, rel=0.01)


def test_every_site_and_every_development_says_what_of_it_is_published() -> None:
    scenario = load_scenario(ON_REQUEST)
    for row in (*scenario.sites.values(), *scenario.developments.values()):
        assert standing(row.source) == ["published", "assumption"], row


def test_nobody_but_green_is_without_gas() -> None:
    said = [str(warning) for warning in warnings(load_scenario(ON_REQUEST))]
    assert said[0] == "developments.csv:16: P15 asks for gas in Green, where none is planned: not served"
    assert all("gas in Green" in line for line in said[:4])
    assert said[4:] == [
        "population.csv:14: 210,000 people in Green have no demand point of gas: they draw none "
        "(demand_points.csv)",
        "other_demand.csv:14: other demand in Green has no demand point of gas: it draws none "
        "(demand_points.csv)",
    ]
