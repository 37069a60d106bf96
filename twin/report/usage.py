"""What share of its limit each asset uses, month by month: the one quantity the map colours by.

Loading, filling, velocity and flow count as they are; voltage by its distance from nominal over the allowed
distance; pressure by what is required over what there is; a tank by how far it is drawn down. An
asset that is part of a named capacity takes that capacity's peak over what can be relied on if it is larger,
so that a substation is short when the loss of its largest unit would leave it short.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.report.folder import Folder

Matrix = NDArray[np.float64]

STEPS = (0.5, 0.8, 1.0, 1.2)
"""Class 0 ends with the first, class 4 begins beyond the last: at its limit an asset is not over it."""
ABSENT, FREE = ".", "-"
_NO_SPILL = 1e-9
"""Below this, m3/s, nothing spills."""


@dataclass(frozen=True)
class Signals:
    """``monthly.parquet`` as arrays of shape (signals, months), NaN where out of service."""

    assets: list[str]
    quantities: list[str]
    units: list[str]
    minimum: Matrix
    mean: Matrix
    maximum: Matrix
    over: Matrix


def read_signals(folder: Folder) -> Signals:
    """Return all signals of a run."""
    table = folder.monthly
    if table is None or not table.num_rows:
        return Signals([], [], [], *(np.zeros((0, len(folder.months))) for _ in range(4)))
    columns = {name: table[name].combine_chunks() for name in ("month", "asset", "quantity", "unit")}
    codes = {name: np.asarray(column.indices) for name, column in columns.items()}
    words = {name: column.dictionary.to_pylist() for name, column in columns.items()}
    key = codes["asset"].astype(np.int64) * len(words["quantity"]) + codes["quantity"]
    _, first, row = np.unique(key, return_index=True, return_inverse=True)
    place = {month: i for i, month in enumerate(folder.months)}
    column = np.array([place[month] for month in words["month"]])[codes["month"]]

    def spread(name: str) -> Matrix:
        values = np.full((len(first), len(folder.months)), np.nan)
        values[row, column] = table[name].to_numpy()
        return values

    def named(name: str) -> list[str]:
        return [words[name][code] for code in codes[name][first]]

    statistics = (spread(name) for name in ("min", "mean", "max", "hours_over_limit"))
    return Signals(named("asset"), named("quantity"), named("unit"), *statistics)


def classes(folder: Folder, signals: Signals) -> dict[str, str]:
    """Return a character per month for each asset: 0 to 4 by strain, ``-`` without limit, ``.`` absent."""
    used = {asset: _letters(values) for asset, values in strains(folder, signals).items()}
    for row, asset in enumerate(signals.assets):
        if asset not in used:
            stands = np.isfinite(signals.mean[row])
            used[asset] = "".join(FREE if there else ABSENT for there in stands)
    return used


def strains(folder: Folder, signals: Signals) -> dict[str, Matrix]:
    """Return the share of its limit that each limited asset uses, NaN where it does not stand."""
    rules = Rules(folder)
    used: dict[str, Matrix] = {}
    for row, (asset, quantity) in enumerate(zip(signals.assets, signals.quantities, strict=True)):
        own = rules.strain(asset, quantity, signals.minimum[row], signals.maximum[row])
        if own is not None:
            own = np.where(signals.over[row] > 0.0, np.fmax(own, 1.0 + 1e-9), own)
            used[asset] = np.fmax(used[asset], own) if asset in used else own
    stands = {asset: np.isfinite(signals.mean[row]) for row, asset in enumerate(signals.assets)}
    for asset, values in _of_capacities(folder).items():
        there = stands.get(asset, np.isfinite(values))
        both = np.fmax(used.get(asset, values), values)
        used[asset] = np.where(there, both, np.nan)
    return used


def _letters(values: Matrix) -> str:
    steps = np.searchsorted(STEPS, np.nan_to_num(values), side="left")
    return "".join(
        str(step) if there else ABSENT for step, there in zip(steps, np.isfinite(values), strict=True)
    )


class Rules:
    """The limits of a scenario, as far as a saved run tells them."""

    def __init__(self, folder: Folder) -> None:
        scenario = folder.scenario
        networks = scenario.get("networks", {})
        power, water = networks.get("power") or {}, networks.get("water") or {}
        sewers = networks.get("wastewater") or {}
        self._low_pu = power.get("min_voltage_pu", 0.9)
        self._high_pu = power.get("max_voltage_pu", 1.1)
        self._least_fill = 100.0 * water.get("min_tank_fill", 0.05)
        self._most_pressure = water.get("max_pressure_m", 60.0)
        self._upper = {
            "loading_percent": power.get("max_loading_percent", 100.0),
            "velocity_m_per_s": water.get("max_velocity_m_per_s", 2.5),
            "filling_percent": sewers.get("max_filling_percent", 100.0),
        }
        self._own = {(row["asset"], row["quantity"]): row for row in scenario.get("limits", ())}
        self._required = _required_pressures(scenario)

    def bounds(self, asset: str, quantity: str) -> tuple[float | None, float | None]:
        """Return the lowest and the highest value allowed, None where there is no bound."""
        own = self._own.get((asset, quantity), {})
        lower, upper = self._general(asset, quantity)
        return own.get("lower", lower), own.get("upper", upper)

    def strain(self, asset: str, quantity: str, low: Matrix, high: Matrix) -> Matrix | None:
        """Return the share of its limit in use, None for a signal without limit."""
        lower, upper = self.bounds(asset, quantity)
        if quantity == "spill_m3_per_s":
            return np.where(np.isfinite(high), 2.0 * (high > _NO_SPILL), np.nan)
        if lower is None and upper is None:
            return None
        if quantity == "voltage_pu" and lower is not None and upper is not None:
            return np.fmax((1.0 - low) / (1.0 - lower), (high - 1.0) / (upper - 1.0))
        if quantity == "fill_percent" and lower is not None:
            return (100.0 - low) / (100.0 - lower)
        above = low * 0.0 if upper is None else high / upper
        return above if lower is None else np.fmax(above, lower / np.fmax(low, 1e-3))

    def _general(self, asset: str, quantity: str) -> tuple[float | None, float | None]:
        if quantity == "voltage_pu":
            return self._low_pu, self._high_pu
        if quantity == "pressure_m" and asset in self._required:
            return self._required[asset], self._most_pressure
        if quantity == "fill_percent":
            return (self._least_fill, None) if asset.startswith("water/") else (None, 100.0)
        return None, self._upper.get(quantity)


def _required_pressures(scenario: dict[str, Any]) -> dict[str, float]:
    """Return the pressure each demand point must have: 10 m + 4 m per storey above the first, at most 9."""
    storeys = {name: row.get("storeys", 1) for name, row in scenario.get("districts", {}).items()}
    return {
        point["asset"]: 10.0 + 4.0 * (min(storeys.get(point["district"], 1), 9) - 1)
        for point in scenario.get("demand_points", ())
        if point["asset"].startswith("water/")
    }


def _of_capacities(folder: Folder) -> dict[str, Matrix]:
    """Return the peak of the month over what can be relied on, for each member of a named capacity."""
    place = {month: i for i, month in enumerate(folder.months)}
    ratio: dict[str, Matrix] = {}
    for row in folder.table("headroom"):
        values = ratio.setdefault(row["capacity_name"], np.full(len(place), np.nan))
        values[place[row["month"]]] = float(row["peak"]) / max(float(row["capacity"]), 1e-9)
    used: dict[str, Matrix] = {}
    for name, members in folder.scenario.get("capacities", {}).items():
        for asset in members:
            if name in ratio:
                used[asset] = np.fmax(used[asset], ratio[name]) if asset in used else ratio[name]
    return used
