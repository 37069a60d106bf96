"""What share of its limit each asset uses, month by month: the one quantity the map colours by.

Most signals count as they are, over their upper limit, or as their lower limit over what there is; a
utility may say that one counts by its distance from its best value over the distance allowed. An
asset that is part of a named capacity takes that capacity's peak over what can be relied on if it is larger,
so that it is short when the loss of its largest unit would leave it short.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.report.folder import Folder, number

Matrix = NDArray[np.float64]

STEPS = (0.5, 0.8, 1.0, 1.2)
"""Class 0 ends with the first, class 4 begins beyond the last: at its limit an asset is not over it."""
ABSENT, FREE = ".", "-"
NOTHING_LOST = 1e-9
"""Below this nothing passes where service is lost."""


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
    """The bounds that a run held its signals to, and how its utilities have them shown."""

    def __init__(self, folder: Folder) -> None:
        self._bounds = {
            (row["asset"], row["quantity"]): (number(row["lower"]), number(row["upper"]))
            for row in folder.table("bounds")
        }
        self._readings = {
            (name, quantity): reading
            for name, own in folder.utilities.items()
            for quantity, reading in own["readings"].items()
        }

    def reading(self, asset: str, quantity: str) -> Mapping[str, Any]:
        """Return how a signal is shown, empty for one that is shown like any other."""
        found: Mapping[str, Any] = self._readings.get((asset.partition("/")[0], quantity), {})
        return found

    def bounds(self, asset: str, quantity: str) -> tuple[float | None, float | None]:
        """Return the lowest and the highest value allowed, None where there is no bound."""
        reading = self.reading(asset, quantity)
        if reading.get("lost"):
            return None, None
        lower, upper = self._bounds.get((asset, quantity), (None, None))
        return lower, reading.get("most") if upper is None else upper

    def strain(self, asset: str, quantity: str, low: Matrix, high: Matrix) -> Matrix | None:
        """Return the share of its limit in use, None for a signal without limit."""
        reading = self.reading(asset, quantity)
        lower, upper = self.bounds(asset, quantity)
        if reading.get("lost"):
            return np.where(np.isfinite(high), 2.0 * (high > NOTHING_LOST), np.nan)
        if lower is None and upper is None:
            return None
        best = reading.get("best")
        if best is not None:
            below = low * 0.0 if lower is None else (best - low) / (best - lower)
            return below if upper is None else np.fmax(below, (high - best) / (upper - best))
        above = low * 0.0 if upper is None else high / upper
        return above if lower is None else np.fmax(above, lower / np.fmax(low, 1e-3))


def _of_capacities(folder: Folder) -> dict[str, Matrix]:
    """Return the peak of the month over what can be relied on, for each member of a named capacity."""
    place = {month: i for i, month in enumerate(folder.months)}
    ratio: dict[str, Matrix] = {}
    for row in folder.table("headroom"):
        values = ratio.setdefault(row["capacity_name"], np.full(len(place), np.nan))
        values[place[row["month"]]] = float(row["peak"]) / max(float(row["capacity"]), 1e-9)
    used: dict[str, Matrix] = {}
    for name, members in folder.scenario.capacities.items():
        for asset in members:
            if name in ratio:
                used[asset] = np.fmax(used[asset], ratio[name]) if asset in used else ratio[name]
    return used
