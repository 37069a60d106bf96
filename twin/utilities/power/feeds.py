"""What the grid feeds in other networks: what it draws from its loads, and whether it may run."""

from collections.abc import Collection, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import Plain, compiled
from twin.utilities.base import Mask, Vector
from twin.utilities.coupling import NEVER, Give, LinkRow, Opened, Solved
from twin.utilities.power.links import DRAWN, ON_GENERATOR, PUMP, RUNNING, STOPPED
from twin.utilities.power.settings import Feed
from twin.utilities.utility import declared

Index = NDArray[np.intp]


class Drawing(NamedTuple):
    """What each asset draws: by which reading, kW per unit of it, Mvar per kW, and from which driven load."""

    columns: Index
    kw_per_unit: Vector
    mvar_per_kw: Vector
    load: Index


class Feeds:
    """The assets that power feeds: what they draw, and whether they may run.

    Parameters
    ----------
    links
        The `pump` and `process` links of all networks that are simulated, in file order.
    opened
        The city's readings, and the port through which the grid takes what its loads draw.

    Attributes
    ----------
    flags
        1 for each asset that may run, else 0.
    quiet
        All have their supply.
    """

    def __init__(self, links: Sequence[LinkRow], opened: Opened) -> None:
        feeds = [declared(link, Feed) for link in links]
        loads = opened.ports["power", DRAWN].assets
        self.assets = tuple(link.asset for link in links)
        columns: Index = np.array([_draw_column(link, opened.columns) for link in links], dtype=np.intp)
        kw_per_unit = np.array(
            [
                1.0 if link.kind == PUMP.name else feed.kwh_per_m3 * 3600.0
                for link, feed in zip(links, feeds, strict=True)
            ]
        )
        supply = [opened.columns[link.to, "supply_pu"] for link in links]
        self._supply: Index = np.array(supply, dtype=np.intp)
        load: Index = np.array([loads.index(link.to) for link in links], dtype=np.intp)
        mvar_per_kw = np.array([1e-3 * sqrt(1.0 / feed.power_factor**2 - 1.0) for feed in feeds])
        self._drawing = tuple(Drawing(columns, kw_per_unit, mvar_per_kw, load))
        self._drawn, self._handed = np.zeros((2, 2, len(loads)))
        self._min_voltage = np.array([feed.min_voltage_pu for feed in feeds])
        self._delay = np.array([feed.restart_delay_s for feed in feeds], dtype=np.int64)
        self._fuel_s = np.array([round(feed.fuel_h * 3600) for feed in feeds], dtype=np.int64)
        self._tolerance_kw = opened.tolerance_kw
        networks = dict.fromkeys(asset.split("/")[0] for asset in self.assets)
        self._fed = {
            name: np.array(
                [i for i, asset in enumerate(self.assets) if asset.startswith(f"{name}/")], np.intp
            )
            for name in networks
        }
        self.fills: Collection[str] = ("power", *self._fed)
        self.reset()

    def reset(self) -> None:
        """Return to the opened state: all running, backup generators full."""
        count = len(self.assets)
        self.flags = np.ones(count)
        self._handed[:] = 0.0
        self.quiet, self._timed = True, False
        self._told: dict[str, Sequence[str]] = {}
        self._without = np.zeros(count, dtype=bool)
        self._off_until = np.zeros(count, dtype=np.int64)
        self._fuel_left = self._fuel_s.copy()
        self._on_grid = np.ones(count)
        self._due = set(self._fed)

    def start_hour(self, asked: Mapping[str, Vector]) -> None:
        """Do nothing: what is fed asks for no more than it did."""

    def fill(self, utility: str, readings: Vector, give: Give) -> float:
        """Give the grid what is drawn from its loads, and other networks what may run."""
        if utility in self._due:
            self._due.discard(utility)
            give(utility, RUNNING, self.flags[self._fed[utility]])
        if utility != "power":
            return 0.0
        moved = self.draw(readings)
        if moved > self._tolerance_kw:
            give(utility, DRAWN, self.hand_over())
        return moved

    def respond(self, readings: Vector, now_s: int, solved: Solved) -> bool:
        """Let the supply decide which assets may run; return whether that moved."""
        if not solved("power") or not self.update(readings, now_s):
            return False
        self._due.update(self._fed)
        return True

    def draw(self, readings: Vector) -> float:
        """Find what the assets draw from the driven loads now; return the largest move of a load, kW."""
        most: float = _draw(self._drawing, readings, self._on_grid, self._handed, self._drawn)
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
        if not self._timed and _as_before(readings, self._supply, self._min_voltage, self._without):
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
        self._told = {}
        self._timed = bool(backup.any() or (self._off_until[~without] > now_s).any())
        return moved

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return the assets that have no supply at all, and those that a backup generator carries."""
        if self.quiet:
            return {}
        if not self._told:
            self._told = self._look()
        return self._told

    def _look(self) -> dict[str, Sequence[str]]:
        carried = (self.flags > 0.0) & (self._on_grid == 0.0)
        return {
            ON_GENERATOR: tuple(self.assets[i] for i in np.flatnonzero(carried)),
            STOPPED: tuple(self.assets[i] for i in np.flatnonzero(self.flags == 0.0)),
        }

    def next_change_s(self, now_s: int) -> int:
        """Return the seconds until a motor may restart or a backup generator runs dry."""
        if not self._timed:
            return NEVER
        waiting = self._off_until[(self._off_until > now_s) & ~self._without]
        burning = self._fuel_left[(self._on_grid == 0.0) & (self._fuel_left > 0)]
        return min(
            int(waiting.min()) - now_s if waiting.size else NEVER,
            int(burning.min()) if burning.size else NEVER,
        )

    def advance(self, readings: Vector, seconds: int, solved: Solved) -> None:
        """Burn the fuel of the backup generators that run."""
        if self._timed:
            burning = (self._on_grid == 0.0) & (self._fuel_left > 0)
            self._fuel_left[burning] = np.maximum(0, self._fuel_left[burning] - seconds)


@compiled
def _draw(drawing: Plain, readings: Vector, on_grid: Vector, handed: Vector, drawn: Vector) -> float:
    at = Drawing(*drawing)
    drawn[:] = 0.0
    for i in range(len(at.columns)):
        kw = abs(readings[at.columns[i]]) * at.kw_per_unit[i] * on_grid[i]
        drawn[0, at.load[i]] += 1e-3 * kw
        drawn[1, at.load[i]] += at.mvar_per_kw[i] * kw
    most = 0.0
    for i in range(drawn.shape[1]):
        most = max(most, abs(drawn[0, i] - handed[0, i]))
    return 1e3 * most


@compiled
def _as_before(readings: Vector, supply: Index, min_voltage: Vector, without: Mask) -> bool:
    """Return whether the same assets have no supply as before."""
    for i in range(len(supply)):
        if (readings[supply[i]] < min_voltage[i]) != without[i]:
            return False
    return True


def _draw_column(link: LinkRow, columns: Mapping[tuple[str, str], int]) -> int:
    if link.kind == PUMP.name:
        if (link.asset, "power_kw") not in columns:
            raise ValueError(f"{link.asset} has no signal power_kw, which a link of kind {PUMP.name} reads")
        return columns[link.asset, "power_kw"]
    plant = columns.get((link.asset, "treated_m3_per_s"))
    return columns[link.asset, "flow_m3_per_s"] if plant is None else plant
