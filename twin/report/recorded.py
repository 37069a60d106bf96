"""What is told of a recorded signal: statistics, duration curve, worst hours beside their limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.errors import InvalidInput, Mistake, listed
from twin.report.folder import Folder, number
from twin.results.hourly import Numbers, Series, read_series, recorded_signals
from twin.scenario.patterns import matching

WORST = 10
"""How many intervals are listed."""


class Limits(NamedTuple):
    """Bounds of a signal, infinite where there is none."""

    lower: float = -inf
    upper: float = inf


class Worst(NamedTuple):
    """One of the worst intervals.

    Attributes
    ----------
    limit
        The bound that is nearest or broken; None without one.
    days
        How many days the day stands for.
    """

    time: np.datetime64
    value: float
    limit: float | None
    days: float


class Bins(NamedTuple):
    """Values side by side in a picture: the lowest, mean and highest of each place; shape (places,)."""

    times: "NDArray[np.datetime64]"
    lowest: Numbers
    mean: Numbers
    highest: Numbers


@dataclass(frozen=True, slots=True)
class Shown:
    """A recorded signal and its bounds."""

    series: Series
    limits: Limits

    @property
    def weights(self) -> Numbers:
        """Return the hours of the horizon that each value stands for."""
        return self.series.hours * self.series.days

    @property
    def kept(self) -> str:
        """Return in which way it was kept: ``mean of each hour``."""
        way = self.series
        return "each instant" if way.interval == "instant" else f"{way.statistic} of each {way.interval}"

    @property
    def mean(self) -> float:
        """Return the mean over the horizon."""
        return float(np.average(self.series.values, weights=self.weights))

    @property
    def days(self) -> int:
        """Return how many days were recorded."""
        return len(np.unique(self.series.times.astype("datetime64[D]")))

    @property
    def hours_beyond(self) -> float:
        """Return how long it was beyond its limits, each day as often as it counts."""
        values = self.series.values
        beyond = (values > self.limits.upper) | (values < self.limits.lower)
        return float(self.weights[beyond].sum())

    def duration(self) -> tuple[Numbers, Numbers]:
        """Return values from the highest on, and the share of time up to and with each."""
        order = np.argsort(-self.series.values, kind="stable")
        reached = np.cumsum(self.weights[order])
        return self.series.values[order], reached / reached[-1]

    def worst(self) -> list[Worst]:
        """Return the intervals farthest beyond a limit, or nearest to it; without one the highest."""
        values, (lower, upper) = self.series.values, self.limits
        below, above = lower - values, values - upper
        bounded = np.isfinite(lower) or np.isfinite(upper)
        badness = np.maximum(below, above) if bounded else values
        order = np.argsort(-badness, kind="stable")[:WORST]
        limits = np.where(below > above, lower, upper)
        return [
            Worst(
                self.series.times[i],
                float(values[i]),
                float(limits[i]) if bounded else None,
                float(self.series.days[i]),
            )
            for i in order
        ]

    def bins(self, most: int) -> Bins:
        """Return the values in order of time, as many beside each other as there is room for."""
        series = self.series
        first = np.unique(np.linspace(0, len(series.values), most + 1).astype(int)[:-1])
        return self._binned(first)

    def by_day(self) -> Bins:
        """Return each recorded day's lowest, mean and highest value."""
        _, first = np.unique(self.series.times.astype("datetime64[D]"), return_index=True)
        return self._binned(first)

    def _binned(self, first: NDArray[np.intp]) -> Bins:
        values, weights = self.series.values, self.weights
        total = np.add.reduceat(values * weights, first) / np.add.reduceat(weights, first)
        lowest, highest = np.minimum.reduceat(values, first), np.maximum.reduceat(values, first)
        return Bins(self.series.times[first], lowest, total, highest)


def recordings(folder: Path, asset: str, quantity: str = "") -> list[Shown]:
    """Return what a run has recorded of an asset, one quantity or all.

    Raises
    ------
    InvalidInput
        With one line: what was recorded instead, and how to record this.
    """
    source = Folder(folder)
    source.run  # noqa: B018 what is no run, or of another format, is refused
    series = read_series(folder, asset)
    quantities = list(dict.fromkeys(own.quantity for own in series))
    if not series:
        raise InvalidInput([_unrecorded(source, asset)])
    if quantity and quantity not in quantities:
        problem = f"{quantity} of {asset} was not recorded"
        raise InvalidInput([Mistake(str(folder), 0, problem, f"recorded are {listed(quantities)}")])
    limits = _limits(source, asset)
    return [
        Shown(own, limits.get(own.quantity, Limits())) for own in series if quantity in ("", own.quantity)
    ]


def _unrecorded(source: Folder, asset: str) -> Mistake:
    """Return why there is nothing of an asset, and what would bring it."""
    signals = recorded_signals(source.path)
    every = {row["asset"] for row in source.table("assets")} | signals.keys()
    place = str(source.path)
    if every and asset not in every and not asset.endswith("/network"):
        close = get_close_matches(asset, sorted(every), n=1)
        return Mistake(place, 0, f"has no asset {asset}", f"did you mean {close[0]}?" if close else "")
    if any(matching([asset], *entry.assets) for entry in source.scenario.record):
        return Mistake(place, 0, f"{asset} was to be recorded, and was at no time in service and solved")
    there = f"recorded are {listed(list(signals))}" if signals else "the run recorded nothing"
    return Mistake(
        place,
        0,
        f"{asset} was not recorded; {there}",
        f"to record it, run again with `record: [{{assets: {asset}}}]` in scenario.yaml",
    )


def _limits(source: Folder, asset: str) -> Mapping[str, Limits]:
    """Return the bounds of an asset's signals."""
    rows: Sequence[Mapping[str, str]] = [row for row in source.table("bounds") if row["asset"] == asset]
    found = {}
    for row in rows:
        lower, upper = number(row["lower"]), number(row["upper"])
        found[row["quantity"]] = Limits(-inf if lower is None else lower, inf if upper is None else upper)
    return found
