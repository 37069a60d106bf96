"""Readings of one network become inputs of another; compiled to column indices once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.scenario.schema import Link

Vector = NDArray[np.float64]
Index = NDArray[np.intp]
NEVER = 1 << 60


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a network's readings stand: (asset, quantity) to column."""

    of: Mapping[tuple[str, str], int]

    def __call__(self, asset: str, quantity: str) -> int:
        """Return the column of one signal."""
        return self.of[asset, quantity]


def driven_loads(links: Sequence[Link]) -> tuple[str, ...]:
    """Return the power loads that links drive, each once, in file order."""
    return tuple(dict.fromkeys(link.to for link in links if link.kind != "sewage"))


def powered_assets(links: Sequence[Link], network: str) -> tuple[str, ...]:
    """Return the assets of a network that stop without power, in file order."""
    return tuple(
        link.asset for link in links if link.kind != "sewage" and link.asset.startswith(f"{network}/")
    )


def manholes(links: Sequence[Link]) -> tuple[str, ...]:
    """Return the manholes that receive sewage, each once, in file order."""
    return tuple(dict.fromkeys(link.to for link in links if link.kind == "sewage"))


class Feeds:
    """The assets that power feeds: what they draw, and whether they may run.

    Parameters
    ----------
    links
        The `pump` and `process` links of all networks, in file order.
    columns
        The city's readings.
    loads
        The driven loads, in the order the power network takes them.

    Attributes
    ----------
    flags
        1 for each asset that may run, else 0.
    quiet
        All have their supply.
    """

    def __init__(self, links: Sequence[Link], columns: Columns, loads: Sequence[str]) -> None:
        self.assets = tuple(link.asset for link in links)
        self._columns: Index = np.array([_draw_column(link, columns) for link in links], dtype=np.intp)
        self._kw_per_unit = np.array(
            [1.0 if link.kind == "pump" else link.kwh_per_m3 * 3600.0 for link in links]
        )
        self._supply: Index = np.array([columns(link.to, "supply_pu") for link in links], dtype=np.intp)
        self._load: Index = np.array([loads.index(link.to) for link in links], dtype=np.intp)
        self._mvar_per_kw = np.array([1e-3 * sqrt(1.0 / link.power_factor**2 - 1.0) for link in links])
        self._drawn, self._handed = np.zeros((2, 2, len(loads)))
        self._min_voltage = np.array([link.min_voltage_pu for link in links])
        self._delay = np.array([link.restart_delay_s for link in links], dtype=np.int64)
        self._fuel_s = np.array([round(link.fuel_h * 3600) for link in links], dtype=np.int64)
        self.reset()

    def reset(self) -> None:
        """Return to the opened state: all running, backup generators full."""
        count = len(self.assets)
        self.flags = np.ones(count)
        self._handed[:] = 0.0
        self.quiet = True
        self._without = np.zeros(count, dtype=bool)
        self._off_until = np.zeros(count, dtype=np.int64)
        self._fuel_left = self._fuel_s.copy()
        self._on_grid = np.ones(count)

    def draw(self, readings: Vector) -> float:
        """Find what the assets draw from the driven loads now; return the largest move of a load, kW."""
        most: float = _draw(
            readings,
            self._columns,
            self._kw_per_unit,
            self._on_grid,
            self._mvar_per_kw,
            self._load,
            self._handed,
            self._drawn,
        )
        return most

    def hand_over(self) -> Vector:
        """Return MW and Mvar that are drawn now, shape (2, loads); moves are counted from here."""
        self._handed[:] = self._drawn
        return self._handed

    def update(self, readings: Vector, now_s: int) -> bool:
        """Decide from the supply which assets may run; return whether any flag moved.

        A motor whose voltage is below its minimum trips; it restarts `restart_delay_s` after the
        supply has returned, so that the loop cannot chatter. A backup generator bridges while it has fuel.
        """
        if self.quiet and _all_supplied(readings, self._supply, self._min_voltage):
            return False
        without = readings[self._supply] < self._min_voltage
        back = self._without & ~without
        self._off_until[back] = now_s + self._delay[back]
        self._without = without
        cut = without | (self._off_until > now_s)
        backup = cut & (self._fuel_left > 0)
        flags = (~cut | backup).astype(float)
        moved = bool((flags != self.flags).any())
        self.flags = flags
        self._on_grid = (~cut).astype(float)
        self.quiet = not cut.any()
        return moved

    @property
    def stopped(self) -> tuple[str, ...]:
        """Return the assets that have no supply at all."""
        return tuple(asset for asset, flag in zip(self.assets, self.flags, strict=True) if not flag)

    @property
    def on_generator(self) -> tuple[str, ...]:
        """Return the assets that a backup generator carries."""
        carried = (self.flags > 0.0) & (self._on_grid == 0.0)
        return tuple(self.assets[i] for i in np.flatnonzero(carried))

    def next_change_s(self, now_s: int) -> int:
        """Return the seconds until a motor may restart or a backup generator runs dry."""
        if self.quiet:
            return NEVER
        waiting = self._off_until[(self._off_until > now_s) & ~self._without]
        burning = self._fuel_left[(self._on_grid == 0.0) & (self._fuel_left > 0)]
        return min(
            int(waiting.min()) - now_s if waiting.size else NEVER,
            int(burning.min()) if burning.size else NEVER,
        )

    def advance(self, seconds: int) -> None:
        """Burn the fuel of the backup generators that run."""
        if not self.quiet:
            burning = (self._on_grid == 0.0) & (self._fuel_left > 0)
            self._fuel_left[burning] = np.maximum(0, self._fuel_left[burning] - seconds)


class Sewage:
    """Water delivered in an hour becomes sewage at its manhole some hours later.

    The sewage of a junction in an hour is what its customers would return at full service, times the
    share of the hour's demand that was delivered.
    """

    def __init__(self, links: Sequence[Link], water: Columns, points: Sequence[str]) -> None:
        self._required: Index = np.array([water(p, "required_m3_per_s") for p in points], dtype=np.intp)
        self._delivered: Index = np.array([water(p, "delivered_m3_per_s") for p in points], dtype=np.intp)
        targets, at = manholes(links), {point: i for i, point in enumerate(points)}
        carrying = [link for link in links if link.asset in at]
        self._from: Index = np.array([at[link.asset] for link in carrying], dtype=np.intp)
        self._to: Index = np.array([targets.index(link.to) for link in carrying], dtype=np.intp)
        self._lag: Index = np.array([link.lag_h for link in carrying], dtype=np.intp)
        self._inflow, self._points = np.zeros(len(targets)), len(points)
        self._depth = max((link.lag_h for link in links), default=1)
        self.reset()

    def reset(self) -> None:
        """Forget the hours that are under way in the sewers."""
        self._past = np.zeros((self._depth, self._points))
        self._hour = 0
        self._served = np.zeros(self._points)
        self._potential = np.zeros(self._points)

    def start_hour(self, potential: Vector) -> Vector:
        """Close the last hour, open the next, and return this hour's inflow in m3/s by manhole: an own array.

        Parameters
        ----------
        potential
            Sewage at full service by water point in the hour that begins, m3/s.
        """
        routes = self._from, self._to, self._lag
        _start_hour(self._past, self._hour, self._potential, self._served, routes, self._inflow)
        self._hour += 1
        self._potential = potential
        return self._inflow

    def advance(self, readings: Vector, seconds: int) -> None:
        """Account the share of demand delivered over the last seconds."""
        _add_served(self._served, readings, self._required, self._delivered, seconds)


@compiled
def _draw(
    readings: Vector,
    columns: Index,
    kw_per_unit: Vector,
    on_grid: Vector,
    mvar_per_kw: Vector,
    load: Index,
    handed: Vector,
    drawn: Vector,
) -> float:
    drawn[:] = 0.0
    for i in range(len(columns)):
        kw = abs(readings[columns[i]]) * kw_per_unit[i] * on_grid[i]
        drawn[0, load[i]] += 1e-3 * kw
        drawn[1, load[i]] += mvar_per_kw[i] * kw
    most = 0.0
    for i in range(drawn.shape[1]):
        most = max(most, abs(drawn[0, i] - handed[0, i]))
    return 1e3 * most


@compiled
def _all_supplied(readings: Vector, supply: Index, min_voltage: Vector) -> bool:
    for i in range(len(supply)):
        if readings[supply[i]] < min_voltage[i]:
            return False
    return True


@compiled
def _start_hour(
    past: Vector,
    hour: int,
    potential: Vector,
    served: Vector,
    routes: tuple[Index, Index, Index],
    inflow: Vector,
) -> None:
    """Keep the hour that ends in the ring `past`; write what arrives in the one that begins."""
    depth = len(past)
    for i in range(len(served)):
        past[hour % depth, i] = potential[i] * served[i] / 3600.0
        served[i] = 0.0
    inflow[:] = 0.0
    source, target, lag = routes
    for k in range(len(source)):
        inflow[target[k]] += past[(hour + 1 - lag[k]) % depth, source[k]]


@compiled
def _add_served(served: Vector, readings: Vector, required: Index, delivered: Index, seconds: int) -> None:
    for i in range(len(served)):
        asked = readings[required[i]]
        served[i] += (readings[delivered[i]] / asked if asked > 0.0 else 1.0) * seconds


def _draw_column(link: Link, columns: Columns) -> int:
    if link.kind == "pump":
        return columns(link.asset, "power_kw")
    plant = (link.asset, "treated_m3_per_s")
    return columns(*plant) if plant in columns.of else columns(link.asset, "flow_m3_per_s")
