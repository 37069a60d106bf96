"""Interpolation rules, and that shares and classes add up to the district's demand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.demand.growth import Growth
from twin.demand.years import by_year, geometric, linear, year_position
from twin.scenario.schema import Scenario
from twin.utilities.demand import Basis, Demand
from twin.utilities.registry import utilities

ROWS = by_year({2025: 10.0, 2030: 20.0})


def city(**changes: object) -> Scenario:
    fields: dict[str, object] = {
        "name": "two points",
        "start": date(2026, 1, 1),
        "end": date(2027, 1, 1),
        "networks": {name: {"file": "none"} for name in ("power", "water", "wastewater")},
        "districts": {"Old": {}},
        "population": {"Old": {2025: {"population_k": 10}}},
        "norms": {
            "power_kw_per_person": {2025: {"value": 0.33}},
            "water_l_per_person_day": {2025: {"value": 150}},
            "water_loss_share": {2025: {"value": 0.25}},
            "sewered_share": {2025: {"value": 0.5}},
        },
        "demand_points": [
            {"asset": "power/A", "district": "Old", "weight": 1},
            {"asset": "power/B", "district": "Old", "weight": 3, "from_site": "S"},
            {"asset": "water/J", "district": "Old", "weight": 1},
        ],
        "profiles": {
            hour: {
                "residential_power": 1.0 if hour == 19 else 0.5,
                "commercial_power": 0.8 if hour == 19 else 0.4,
                "industrial_power": 1.0,
                "water": 1.5 if hour < 12 else 0.5,
            }
            for hour in range(24)
        },
        **changes,
    }
    return Scenario.model_validate(fields)


def test_a_year_ends_where_its_row_holds() -> None:
    assert year_position(date(2026, 1, 1)) == 2026.0
    assert linear(ROWS, 2026.0) == geometric(ROWS, 2026.0) == 10.0


def test_half_way_is_the_mean_of_its_kind() -> None:
    assert linear(ROWS, 2028.5) == pytest.approx(15.0)
    assert geometric(ROWS, 2028.5) == pytest.approx(np.sqrt(200.0))


def test_growth_from_zero_is_linear() -> None:
    assert geometric(by_year({2025: 0.0, 2030: 10.0}), 2028.5) == pytest.approx(5.0)


@given(st.floats(2020.0, 2040.0))
def test_interpolation_stays_between_its_rows(position: float) -> None:
    assert 10.0 <= linear(ROWS, position) <= 20.0
    assert 10.0 - 1e-9 <= geometric(ROWS, position) <= 20.0 + 1e-9


def test_demand_is_made_of_what_is_simulated_alone() -> None:
    assert list(Growth(city()).demand(date(2026, 1, 1), [])) == ["power", "water", "wastewater"]
    power = Growth(city(networks={"power": {"file": "none"}})).demand(date(2026, 1, 1), [])
    assert list(power) == ["power"]


def test_domestic_power_peaks_at_the_norm() -> None:
    growth = Growth(city())
    power = growth.demand(date(2026, 1, 1), [])["power"]
    by_hour = power.factors @ power.base.sum(axis=0)
    assert by_hour.max() == pytest.approx(10 * 0.33)


def test_a_districts_demand_is_shared_by_weight_among_what_stands() -> None:
    growth = Growth(city())
    day = date(2026, 1, 1)
    assert growth.demand(day, [])["power"].base[1].sum() == 0.0
    before = growth.demand(day, [])["power"].base.sum()
    growth.commission(["S"])
    after = growth.demand(day, [])["power"].base
    assert after.sum() == pytest.approx(before)
    assert after[1].sum() == pytest.approx(3 * after[0].sum())


def test_losses_are_a_share_of_supply() -> None:
    domestic, leakage, _ = Growth(city()).demand(date(2026, 1, 1), [])["water"].base[0]
    assert domestic * 86400 == pytest.approx(1500)
    assert leakage / (domestic + leakage) == pytest.approx(0.25)


def test_sewage_is_what_average_domestic_water_returns() -> None:
    domestic, industrial = Growth(city()).demand(date(2026, 7, 1), [])["wastewater"].base[0]
    assert domestic * 86400 == pytest.approx(1500 * 0.9 * 0.5 * 1.08)
    assert industrial == 0.0


def test_a_development_draws_its_coincident_power_at_the_evening_hour() -> None:
    scenario = city(
        population={},
        developments={"P": {"name": "P", "district": "Old", "power_mw": 10, "request_year": 2026}},
    )
    growth = Growth(scenario)
    power = growth.demand(date(2026, 1, 1), ["P"])["power"]
    assert (power.factors @ power.base.sum(axis=0))[19] == pytest.approx(6.5)


MISREAD: dict[str, Callable[[Basis], object]] = {
    "reads the norm power_kw, which": lambda basis: basis.norm("power_kw"),
    "reads the profile night, which": lambda basis: basis.shape("night"),
    "reads seasons.heat, which": lambda basis: basis.season("heat"),
    "reads seasons.cold, which": lambda basis: basis.peak_season("cold"),
    "reads developments.heat_mw, which": lambda basis: basis.contracted("heat_mw"),
    "reads other_demand.heat_mw, which": lambda basis: basis.other("heat_mw"),
}


@pytest.mark.parametrize("problem", MISREAD)
def test_what_no_utility_declares_is_not_read_as_nothing(
    problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    power = type(utilities()["power"])
    monkeypatch.setattr(power, "demand", lambda self, basis: MISREAD[problem](basis))
    with pytest.raises(ValueError, match=f"^power {problem} no utility declares") as refused:
        Growth(city()).demand(date(2026, 1, 1), [])
    assert refused.value.__notes__ == ["in the demand of power on 2026-01-01"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: replace(d, base=d.base[:, 0]), r"`base` has shape \(2,\), not \(2, 3\)"),
        (lambda d: replace(d, factors=d.factors[:, 0]), r"`factors` has shape \(24,\), not \(24, 3\)"),
        (lambda d: replace(d, native=d.native[:1]), r"`native` has shape \(1,\), not \(24,\)"),
        (lambda d: None, "none, and it has classes"),
    ],
)
def test_a_demand_of_the_wrong_shape_is_refused(
    change: Callable[[Demand], object], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    power, own = type(utilities()["power"]), type(utilities()["power"]).demand
    monkeypatch.setattr(power, "demand", lambda self, basis: change(own(self, basis)))
    with pytest.raises(ValueError, match=f"demand of power: {problem}"):
        Growth(city()).demand(date(2026, 1, 1), [])
