"""When simulated outages are switched around, and how switches stand then."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from twin.utilities.power.in_service import InService
from twin.utilities.power.load_flow import Solution
from twin.utilities.power.restoration import TURNED
from twin.utilities.power.restoration.gear import Gear
from twin.utilities.power.settings import PowerSettings


class Turned(Protocol):
    """A grid whose switches are turned."""

    def short(self, turned: Mapping[int, bool]) -> bool:
        """Turn switches, by row; return whether loads are dead then, or elements beyond their limits."""

    def solution(self) -> Solution:
        """Return the last solution."""


class SavedSwitching(NamedTuple):
    """Where switching goes on from; see `Switching`."""

    held: bytes
    begun: bool
    wait_s: int
    due: bool
    turned: Mapping[int, bool]


class Switching:
    """What is switched while outages last, in scenarios that ask for it.

    An outage that is in force when the grid begins from its opening has lasted: it is switched at once. One
    that begins later is switched after the time that it takes, and from then on at each hour at which what
    is switched no longer serves all.

    Parameters
    ----------
    settings
        Whether anything is switched, and how long that takes.
    gear
        The grid's switches.

    Attributes
    ----------
    wait_s
        Seconds until switches are turned, 0 where nobody waits for it.
    due
        Whether the next solution is the moment to turn them.
    """

    def __init__(self, settings: PowerSettings, gear: Gear) -> None:
        self._on, self._after_s = settings.restoration, round(60.0 * settings.switching_min)
        self._gear = gear
        self.reset()

    def reset(self) -> None:
        """Return to the opened state."""
        self._turned: Mapping[int, bool] = {}
        self._held, self._begun, self.wait_s, self.due = b"", False, 0, False

    def outages(self, standing: InService) -> None:
        """Take over which elements are out; without any, switches go back to how they are built."""
        held = standing.outages() if self._on else b""
        if held == self._held:
            return
        self._held = held
        self.wait_s = self._after_s if self._begun and held else 0
        self.due = bool(held) and not self.wait_s
        if not held:
            self._turned = {}
            standing.turn({})

    def start_hour(self) -> None:
        """Look at the next solution whether what is switched still serves all, while anything is out."""
        self._begun = True
        self.due = bool(self._held) and not self.wait_s

    def advance(self, seconds: int) -> None:
        """Let time pass."""
        if self.wait_s:
            self.wait_s = max(0, self.wait_s - seconds)
            self.due = not self.wait_s

    def soonest(self, seconds: int) -> int:
        """Return the seconds until switches are turned, or so many if that is sooner."""
        return min(seconds, self.wait_s or seconds)

    def switch(self, grid: Turned) -> None:
        """Turn switches so that most of what outages cut off is served now."""
        self.due = False
        if self._turned and not grid.short(self._turned):
            return
        self._turned = {}
        if grid.short({}):
            restorer = self._gear.restorer(grid.solution())
            if restorer is not None:
                self._turned = restorer.whole().turned
                grid.short(self._turned)

    def in_force(self, names: Sequence[str]) -> dict[str, Sequence[str]]:
        """Return the switches that are turned, by kind of incident."""
        return {TURNED: tuple(f"power/{names[row]}" for row in self._turned)} if self._turned else {}

    def save(self) -> SavedSwitching:
        """Return what it would go on from."""
        return SavedSwitching(self._held, self._begun, self.wait_s, self.due, dict(self._turned))

    def restore(self, saved: SavedSwitching) -> Mapping[int, bool]:
        """Go on from a saved state; return the switches that are turned, by row."""
        self._held, self._begun, self.wait_s, self.due = saved[:4]
        self._turned = dict(saved.turned)
        return self._turned
