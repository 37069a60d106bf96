"""Resources by hand: what feeds in and draws by sun, heat, cars and months; a table of them through a run."""

import csv
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pvlib  # type: ignore[import-untyped]
import pytest

from tests.town import write_town
from twin.demand.growth import Growth
from twin.errors import InvalidInput
from twin.scenario.loading import load_scenario
from twin.simulation.clock import run
from twin.utilities.base import Vector
from twin.utilities.heat_pumps import heat_pump_cop
from twin.utilities.power.resources.fleet import arrivals, fleet_mw
from twin.utilities.power.resources.heat import heat_share, power_mw
from twin.utilities.power.resources.sun import Sky
from twin.utilities.power.resources.table import Resource
from twin.utilities.power.resources.wanted import wanted

ALMATY = 43.24, 76.89


def made(row: Resource, **parts: Any) -> Callable[[date, int], Vector]:
    """Return what gives a resource its power in a scenario with such parts."""
    scenario = SimpleNamespace(
        **{"districts": {}, "seasons": {}, "profiles": {}, "time_series": SimpleNamespace(time_zone="")}
        | parts
    )
    (own,) = wanted(scenario, {"R": row})
    assert callable(own.source)
    return own.source


# -- sun ---------------------------------------------------------------------------------------


def test_panels_under_a_clear_sky_are_as_pvlib_has_them() -> None:
    day = date(2030, 6, 21)
    own = Sky(*ALMATY, 30.0, 180.0, "Asia/Almaty").factor(day, 24)
    # the middle of each hour of standard time, five hours ahead of universal time
    times = pd.date_range("2001-06-21 00:30", periods=24, freq="h", tz="Etc/GMT-5")
    place = pvlib.location.Location(*ALMATY, tz="Etc/GMT-5")
    sun = place.get_solarposition(times)
    light = place.get_clearsky(times, model="simplified_solis")
    on_panel = pvlib.irradiance.get_total_irradiance(
        30.0, 180.0, sun.apparent_zenith, sun.azimuth, light.dni, light.ghi, light.dhi
    )
    expected = np.clip(on_panel.poa_global.fillna(0.0).to_numpy() / 1000.0 * 0.86, 0.0, 1.0)
    assert own == pytest.approx(expected, abs=5e-4)
    assert 0.75 < own.max() < 0.95
    assert own[[0, 1, 2, 22, 23]].max() == 0.0


def test_the_month_takes_its_clearness_and_the_place_is_the_districts() -> None:
    districts = {
        "A": SimpleNamespace(latitude=43.0, longitude=76.0),
        "B": SimpleNamespace(latitude=0.0, longitude=0.0),
    }
    seasons = {6: SimpleNamespace(clearness=0.6)}
    row = Resource(kind="pv", at="power/B", capacity=1.0)
    shaded = made(row, districts=districts, seasons=seasons)(date(2030, 6, 21), 24)
    clear = Sky(43.0, 76.0, 30.0, 180.0, "").factor(date(2030, 6, 21), 24)
    assert shaded == pytest.approx(0.6 * clear)


def test_quarters_of_an_hour_have_the_energy_of_the_hours() -> None:
    sky = Sky(*ALMATY, 20.0, 150.0, "")
    day = date(2030, 3, 1)
    assert sky.factor(day, 96).mean() == pytest.approx(sky.factor(day, 24).mean(), rel=2e-2)


# -- heat --------------------------------------------------------------------------------------


def test_a_heat_pump_by_hand() -> None:
    row = Resource(kind="heat_pump", at="power/B", capacity=600.0, unit="kW")
    # 0.6 MW of heat at -15 C, none from 15 C on; water of 45 C
    assert heat_share(np.array([-20.0, -15.0, 0.0, 15.0, 30.0]), -15.0, 15.0).tolist() == [1, 1, 0.5, 0, 0]
    assert heat_pump_cop(np.array([0.0]), 45.0) == pytest.approx([6.81 - 0.121 * 45 + 0.00063 * 2025])
    drawn = power_mw(row, np.array([-15.0, 0.0, 15.0]))
    assert drawn == pytest.approx([0.6 / (6.81 - 7.26 + 2.268), 0.3 / 2.64075, 0.0])
    # beyond the lifts it was measured for it is as at the bound
    assert heat_pump_cop(np.array([-40.0]), 45.0) == heat_pump_cop(np.array([-15.0]), 45.0)


def test_cogeneration_follows_the_heat_of_the_month() -> None:
    row = Resource(kind="chp", at="power/B", capacity=4.0, design_temperature_c=-25.0)
    seasons = {1: SimpleNamespace(mean_temperature_c=-5.0)}
    assert made(row, seasons=seasons)(date(2030, 1, 9), 24) == pytest.approx(np.full(24, -5.0))
    assert power_mw(row, np.array([-5.0])) == pytest.approx([2.0])


# -- cars --------------------------------------------------------------------------------------


def test_cars_by_hand() -> None:
    # 1000 cars of 36 kWh a day with chargers of 12 kW: 3 h each, all home between 18 and 19 o'clock
    row = Resource(kind="ev", at="power/B", cars=1000, km_per_day=180, kwh_per_km=0.18, charger_kw=12)
    evening = np.zeros(24)
    evening[18] = 1.0
    hours = fleet_mw(row, evening, 24)
    assert hours.sum() == pytest.approx(36.0)
    # they come evenly within the hour: half of them on average in the first, half in the last
    assert hours[18:22] == pytest.approx([6.0, 12.0, 12.0, 6.0], rel=0.02)
    assert hours[[17, 22]] == pytest.approx([0.0, 0.0], abs=0.2)
    smart = fleet_mw(row.model_copy(update={"rule": "smart"}), evening, 24)
    assert smart.sum() == pytest.approx(36.0)
    # each takes from its arrival to 7 o'clock: 12.5 h on average, none leaves later
    assert smart[20:24] == pytest.approx(np.full(4, 36.0 / 12.5), rel=0.01)
    assert smart[8:18].max() == 0.0


@pytest.mark.parametrize("rule", ["plain", "smart"])
@pytest.mark.parametrize("steps", [24, 48, 96])
def test_cars_draw_what_they_have_driven(rule: str, steps: int) -> None:
    row = Resource(kind="ev", at="power/B", cars=500, km_per_day=50, efficiency=0.85, rule=rule)
    drawn = fleet_mw(row, arrivals(None), steps)
    assert drawn.sum() * 24 / steps == pytest.approx(500 * 50 * 0.18 / 0.85 / 1000)
    assert drawn.min() >= 0.0


# -- months ------------------------------------------------------------------------------------


def test_a_data_centre_comes_by_and_by() -> None:
    row = Resource(kind="data_centre", at="power/B", capacity=40.0, start=date(2027, 1, 1), ramp_months=24)
    draws = made(row)
    assert draws(date(2026, 12, 31), 24).tolist() == [0.0] * 24
    assert draws(date(2028, 1, 1), 24) == pytest.approx(np.full(24, 40.0 * 365 / 730.5))
    assert draws(date(2030, 1, 1), 48).tolist() == [40.0] * 48


# -- the table ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"kind": "battery", "capacity": 1.0}, "a battery needs energy_mwh"),
        ({"kind": "wind", "capacity": 1.0}, "a wind needs series"),
        ({"kind": "ev", "cars": 9.0, "rule": "clever"}, "'clever' is no rule of a ev (plain or smart)"),
        ({"kind": "pv", "capacity": 1.0, "cars": 3.0}, "a pv does not use cars"),
        (
            {"kind": "battery", "capacity": 1.0, "energy_mwh": 2.0, "rule": "peak-shaving", "limit_mw": 1.0},
            "peak-shaving needs asset and either limit_mw or limit_percent",
        ),
        (
            {"kind": "battery", "capacity": 1.0, "energy_mwh": 2.0, "limit_mw": 1.0},
            "self-consumption does not use a limit",
        ),
    ],
)
def test_a_row_that_cannot_be_is_told(row: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        Resource(at="power/B", **row)


HEADER = (
    "id",
    "kind",
    "at",
    "capacity",
    "energy_mwh",
    "series",
    "rule",
    "asset",
    "limit_mw",
    "in_service",
    "cars",
)
SUN = [0.0] * 6 + [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.9, 0.8, 0.7, 0.5, 0.3, 0.1] + [0.0] * 6


def write_rows(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def town(folder: Path, rows: Sequence[Sequence[object]], **settings: str) -> Path:
    write_town(folder)
    write_rows(folder / "resources.csv", [HEADER, *rows])
    (folder / "timeseries").mkdir()
    lines = ["hour_of_year,roof [1]", *(f"{hour},{SUN[hour % 24]}" for hour in range(8760))]
    (folder / "timeseries" / "sun.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "outages.csv").unlink()
    if settings:
        text = (folder / "scenario.yaml").read_text(encoding="utf-8")
        for key, value in settings.items():
            text = "\n".join(line for line in text.splitlines() if not line.startswith(f"{key}:"))
            text += f"\n{key}: {value}\n"
        (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    return folder


PV = ("PV", "pv", "power/B-TOWN", 3.0, "", "roof", "", "", "", "", "")
BATTERY = ("BAT", "battery", "power/L-TOWN", 1.5, 6.0, "", "peak-shaving", "power/T-TOWN", 2.0, "", "")


def test_sun_and_a_battery_through_a_run(tmp_path: Path) -> None:
    with_them = run(load_scenario(town(tmp_path / "a", [PV, BATTERY])))
    without = run(load_scenario(town(tmp_path / "b", [])))
    metrics = with_them.metrics
    assert metrics["energy_generated_mwh"] == pytest.approx(3 * 3.0 * sum(SUN), rel=1e-9)
    assert metrics["balance_error_power"] < 1e-6
    assert metrics["battery_charged_mwh"] > 0.0
    lost = metrics["battery_charged_mwh"] * (1 - 0.9**0.5) + metrics["battery_discharged_mwh"] * (
        0.9**-0.5 - 1
    )
    assert metrics["battery_losses_mwh"] == pytest.approx(lost, rel=1e-9)
    assert "energy_generated_mwh" not in without.metrics
    assert with_them.metrics["energy_served_mwh"] > without.metrics["energy_served_mwh"]


def test_a_site_commissions_a_battery(tmp_path: Path) -> None:
    folder = town(tmp_path / "town", [(*BATTERY[:-2], "no", "")], end="2026-07-01", days="representative")
    sites = ("id", "name", "kind", "stage", "build_months"), ("S", "battery", "storage", "one", 1)
    changes = ("site", "asset", "field", "value"), ("S", "power/BAT", "in_service", "true")
    write_rows(folder / "sites.csv", sites)
    write_rows(folder / "site_changes.csv", changes)
    (folder / "scenario.yaml").write_text(
        (folder / "scenario.yaml").read_text(encoding="utf-8") + "stages: {one: 2026-05-04}\n",
        encoding="utf-8",
    )
    result = run(load_scenario(folder))
    assert result.metrics["battery_discharged_mwh"] > 0.0


def test_what_resources_name_must_be_there(tmp_path: Path) -> None:
    rows = [
        ("PV", "pv", "power/B-NONE", 3.0, "", "roof", "", "", "", "", ""),
        ("W", "wind", "power/B-TOWN", 3.0, "", "gusts", "", "", "", "", ""),
        ("B", "battery", "power/B-TOWN", 3.0, 4.0, "", "self-consumption", "power/L-TOWN", "", "", ""),
        ("L-TOWN", "run_of_river", "power/B-TOWN", 3.0, "", "", "", "", "", "", ""),
        ("SUN", "pv", "power/B-TOWN", 3.0, "", "", "", "", "", "", ""),
    ]
    with pytest.raises(InvalidInput) as caught:
        load_scenario(town(tmp_path / "town", rows))
    told = [
        (mistake.line, mistake.problem)
        for mistake in caught.value.mistakes
        if mistake.file == "resources.csv"
    ]
    assert told == [
        (2, "unknown bus or load or sgen or gen or storage or ext_grid or line or trafo power/B-NONE"),
        (3, "no time series gusts"),
        (4, "unknown line or trafo or ext_grid power/L-TOWN"),
        (5, "power/L-TOWN is the address of a load too"),
        (6, "panels without a series and without a place"),
    ]


def test_net_load_counts_what_resources_draw_and_feed_in(tmp_path: Path) -> None:
    pump = ("HP", "heat_pump", "power/B-TOWN", 3.0, "", "cold", "", "", "", "", "")
    folder = town(tmp_path / "town", [PV, BATTERY, pump])
    lines = ["hour_of_year,cold [C]", *(f"{hour},0" for hour in range(8760))]
    (folder / "timeseries" / "air.csv").write_text("\n".join(lines), encoding="utf-8")
    plain = Growth(load_scenario(town(tmp_path / "plain", [])))
    own = Growth(load_scenario(folder))
    day = date(2026, 5, 4)
    more = own.net_load(day, ())["power"] - plain.net_load(day, ())["power"]
    # half of 3 MW of heat at 0 C with a COP of 2.64075, less the sun
    assert more == pytest.approx(1.5 / 2.64075 - 3.0 * np.array(SUN))


@pytest.mark.parametrize("sun_mw", [7.0, 12.0, 40.0])
def test_a_day_that_stands_for_others_begins_with_what_it_ends_with(tmp_path: Path, sun_mw: float) -> None:
    # so large a battery that a day neither fills nor empties it; short of energy, and with too much
    battery = ("BAT", "battery", "power/L-TOWN", 9.0, 400.0, "", "self-consumption", "", "", "", "")
    pv = (*PV[:3], sun_mw, *PV[4:])
    folder = town(tmp_path / "town", [pv, battery], end="2026-06-01", days="representative")
    metrics = run(load_scenario(folder)).metrics
    gained = (
        metrics["battery_charged_mwh"] - metrics["battery_discharged_mwh"] - metrics["battery_losses_mwh"]
    )
    assert abs(gained) < 1e-3 * 400.0 * 28
    assert metrics["battery_charged_mwh"] > 0.0


def test_the_resolved_scenario_of_a_run_with_resources_is_one_again(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town", linked=False)
    (folder / "resources.csv").write_text(
        "id,kind,at,capacity,energy_mwh,rule\nsun,run_of_river,power/B-TOWN,1,,\n"
        "bat,battery,power/B-TOWN,1,2,self-consumption\nmine,data_centre,power/B-TOWN,1,,\n",
        encoding="utf-8",
    )
    scenario = load_scenario(folder)
    assert (
        type(scenario).model_validate(scenario.model_dump(mode="json")).model_dump() == scenario.model_dump()
    )
