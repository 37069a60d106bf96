"""What resources want of time series, and what stands for those that name none."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.demand import Wanted
from twin.utilities.power.resources.fleet import arrivals, fleet_mw
from twin.utilities.power.resources.heat import TEMPERATURE
from twin.utilities.power.resources.sun import Sky
from twin.utilities.power.resources.table import (
    CHP,
    DATA_CENTRE,
    FLEET,
    HEAT_PUMP,
    PV,
    RIVER,
    Resource,
)

Made = Callable[[date, int], Vector]
_MONTH_DAYS = 30.4375


def wanted(scenario: Any, rows: Mapping[str, Resource]) -> Iterator[Wanted]:
    """Yield what gives each resource its power.

    Parameters
    ----------
    scenario
        With profiles, seasons and districts.
    rows
        Resources by name.
    """
    for name, row in rows.items():
        asset, key = f"power/{name}", ("resources", name)
        heated = row.kind in (HEAT_PUMP, CHP)
        if row.series:
            yield Wanted(asset, TEMPERATURE if heated else "", row.series, key)
        elif heated:
            yield Wanted(asset, TEMPERATURE, _by_month(scenario, "mean_temperature_c"), key)
        elif row.kind == PV:
            yield Wanted(asset, "factor", _panels(scenario, row), key)
        elif row.kind == RIVER:
            yield Wanted(asset, "p_mw", _flat(row.mw), key)
        elif row.kind == DATA_CENTRE:
            yield Wanted(asset, "p_mw", _ramped(row), key)
        elif row.kind == FLEET:
            yield Wanted(asset, "p_mw", _fleet(scenario, row), key)


def place_of(scenario: Any, row: Resource) -> tuple[float, float] | None:
    """Return latitude and longitude of panels: their own, else the mean of the districts'."""
    if row.latitude is not None and row.longitude is not None:
        return row.latitude, row.longitude
    own = [(d.latitude, d.longitude) for d in scenario.districts.values() if d.latitude or d.longitude]
    if not own:
        return None
    latitude, longitude = np.mean(own, axis=0)
    return float(latitude), float(longitude)


def _flat(mw: float) -> Made:
    return lambda _, steps: np.full(steps, mw)


def _by_month(scenario: Any, column: str) -> Made:
    return lambda day, steps: np.full(steps, float(getattr(scenario.seasons[day.month], column)))


def _panels(scenario: Any, row: Resource) -> Made:
    latitude, longitude = place_of(scenario, row) or (0.0, 0.0)
    zone = scenario.time_series.time_zone
    sky = Sky(latitude, longitude, row.tilt_deg, row.azimuth_deg, zone)

    def made(day: date, steps: int) -> Vector:
        season = scenario.seasons.get(day.month)
        return sky.factor(day, steps) * (season.clearness if season else 1.0)

    return made


def _ramped(row: Resource) -> Made:
    def made(day: date, steps: int) -> Vector:
        months = (day - row.start).days / _MONTH_DAYS if row.start else np.inf
        share = 0.0 if months < 0.0 else min(1.0, months / row.ramp_months) if row.ramp_months else 1.0
        return np.full(steps, row.mw * share)

    return made


def _fleet(scenario: Any, row: Resource) -> Made:
    own = [float(scenario.profiles[hour][row.arrivals]) for hour in range(24)] if row.arrivals else None
    shares = arrivals(None if own is None else np.array(own))
    known: dict[int, Vector] = {}

    def made(_: date, steps: int) -> Vector:
        if steps not in known:
            known[steps] = fleet_mw(row, shares, steps)
        return known[steps]

    return made
