"""Tariffs: what customers pay, by hand; what is wrong with a row; revenue beside the cost of service."""

import csv
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.town import Rows, write_town
from twin import load_scenario
from twin.demand.growth import Growth
from twin.errors import InvalidInput
from twin.results.summary import summary
from twin.scenario.warnings import warnings
from twin.simulation import clock as simulation
from twin.utilities.demand import Demand, Sold
from twin.works.tariffs import worth

HEADER = ("utility", "demand_class", "from_hour", "to_hour", "price_kzt_per_unit", "unit")
FLAT: Rows = tuple(
    (utility, name, 0, 24, price, "")
    for utility, names, price in (
        ("power", ("residential", "commercial", "industrial"), 20),
        ("water", ("domestic", "industrial"), 100),
    )
    for name in names
)
KWH = Sold("kWh", 1000.0, "served", "lost")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("tariffs") / "town")


@pytest.fixture
def town(pristine: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(pristine, tmp_path / "town"))
    with (folder / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "finance: {discount_rate_percent: 0}\nservice_prices: {unserved_energy_kzt_per_kwh: 500}\n"
        )
    return folder


def write(town: Path, rows: Rows) -> Path:
    with (town / "tariffs.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return town


def mistakes(town: Path, *rows: tuple[object, ...]) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load_scenario(write(town, rows))
    return [str(mistake) for mistake in caught.value.mistakes]


def test_two_rates_by_hand() -> None:
    """3 MW by day and 1 MW by night, at 20 a kWh from 8 to 20 h and at 5 else."""
    factors = np.where((np.arange(24) >= 8) & (np.arange(24) < 20), 3.0, 1.0)[:, None]
    price = np.where((np.arange(24) >= 8) & (np.arange(24) < 20), 20.0, 5.0)[:, None]
    demand = Demand(np.array([[0.25], [0.75]]), factors, np.ones(24))
    assert worth(demand, price, KWH) == pytest.approx(1000.0 * (3 * 12 * 20 + 12 * 5))


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=24, max_size=24),
    st.sampled_from([1, 2, 4]),
)
def test_quarters_of_an_hour_pay_what_their_hours_do(rows: list[tuple[float, float]], parts: int) -> None:
    factors, price = (np.array([[row[i]] for row in rows]) for i in (0, 1))
    base = np.array([[2.0]])
    whole = worth(Demand(base, factors, np.ones(24)), price, KWH)
    fine = np.repeat(factors, parts, axis=0)
    by_step = np.ones((24 * parts, 1, 1)) * base
    assert worth(Demand(base, fine, np.ones(len(fine))), price, KWH) == pytest.approx(whole)
    assert worth(Demand(by_step, fine, np.ones(len(fine))), price, KWH) == pytest.approx(whole)


def test_revenue_of_a_run_is_its_demand_at_its_price_less_what_was_not_served(town: Path) -> None:
    scenario = load_scenario(write(town, FLAT), ["outages=[]"])
    run = simulation.run(scenario)
    assert run.metrics["unserved_energy_mwh"] == 0.0
    asked = {"power": 0.0, "water": 0.0}
    growth = Growth(scenario)
    for day in range(3):
        demands = growth.demand(scenario.start.replace(day=4 + day), [])
        for name, demand in ((own, demands[own]) for own in asked):
            by_class = (demand.base.sum(axis=-2) * demand.factors).sum(axis=0)
            sold = by_class if name == "power" else by_class[[0, 2]]
            asked[name] += float(sold.sum())
    assert run.metrics["revenue_power_bn_kzt"] == pytest.approx(asked["power"] * 1000 * 20 / 1e9)
    served = run.metrics["water_served_m3"] / (
        run.metrics["water_served_m3"] + run.metrics["unserved_water_m3"]
    )
    assert run.metrics["revenue_water_bn_kzt"] == pytest.approx(asked["water"] * 3600 * 100 / 1e9 * served)
    parts = run.metrics["revenue_power_bn_kzt"] + run.metrics["revenue_water_bn_kzt"]
    assert run.metrics["revenue_bn_kzt"] == pytest.approx(parts)
    (line,) = (text for what, text in summary(run) if what == "revenue")
    assert line.endswith("; service not given costs 0.000 bn KZT")
    assert run.told["revenue_bn_kzt"]["better"] == "more"


def test_without_tariffs_there_is_no_revenue(town: Path) -> None:
    run = simulation.run(load_scenario(town))
    assert not any("revenue" in name for name in run.metrics)
    assert not any(what == "revenue" for what, _ in summary(run))


def test_what_is_wrong_with_a_row_is_told_with_its_line(town: Path) -> None:
    assert mistakes(
        town,
        ("roads", "domestic", 0, 24, 1, ""),
        ("wastewater", "domestic", 0, 24, 1, ""),
        ("water", "residential", 0, 24, 1, ""),
        ("water", "leakage", 0, 24, 1, ""),
        ("water", "domestic", 0, 12, 1, "kWh"),
        ("water", "domestic", 11, 24, 1, "m3"),
        ("power", "residential", 22, 6, 1, "kWh"),
    ) == [
        "tariffs.csv:2: roads sells nothing (one of power, water, gas)",
        "tariffs.csv:3: wastewater sells nothing (one of power, water, gas)",
        "tariffs.csv:4: residential is no class of customers of water (one of domestic, industrial)",
        "tariffs.csv:5: leakage is no class of customers of water (one of domestic, industrial)",
        "tariffs.csv:6: a price per kWh of water (per m3)",
        "tariffs.csv:7: domestic of water has two prices at 11 h (one; the other stands in line 6)",
        "tariffs.csv:8: a tariff from 22 to 6 h (two rows if it goes over midnight)",
    ]


def test_hours_without_a_tariff_are_told(town: Path) -> None:
    rows = [row for row in FLAT if row[1] != "commercial"]
    rows += [("power", "commercial", 0, 6, 5, ""), ("power", "commercial", 8, 22, 30, "")]
    told = [str(warning) for warning in warnings(load_scenario(write(town, rows)))]
    assert told == [
        "tariffs.csv:1: commercial of power has no tariff from 6 to 8 h: it is sold for nothing",
        "tariffs.csv:1: commercial of power has no tariff from 22 to 24 h: it is sold for nothing",
    ]


def test_the_tariffs_of_the_page_are_good_ones(town: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "orders.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"```csv\n(utility.*?)```", page, re.DOTALL)
    (town / "tariffs.csv").write_text(table, encoding="utf-8")
    scenario = load_scenario(town)
    assert len(scenario.tariffs) == 6
    assert not [line for line in map(str, warnings(scenario)) if "tariff" in line]
