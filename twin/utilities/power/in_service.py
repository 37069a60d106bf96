"""What of a grid stands: what is built and switched, and what outages hold out; kept apart and composed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from twin.utilities.base import Mask

HELD = "held"
SavedFlags = tuple[Mapping[str, Mask], Mapping[str, Mask]]


def own_field(table: str) -> str:
    """Return the field by which the scenario builds elements of a table."""
    return "closed" if table == "switch" else "in_service"


class InService:
    """The two flags of every element of a net, and how the network itself turned its switches.

    An element is in service (a switch closed) if it is built so and no outage holds it. A hold says nothing
    of what is built, so that holds, releases and construction give the same in any order.

    Parameters
    ----------
    net
        What its tables say now is what is built at the opening.
    tables
        Those whose elements can be switched.
    """

    def __init__(self, net: Any, tables: tuple[str, ...]) -> None:
        self._opened: Mapping[str, Mask] = {
            table: np.array(net[table][own_field(table)].to_numpy(), dtype=bool) for table in tables
        }
        self.reset()

    def reset(self) -> None:
        """Return to what is built at the opening, nothing held."""
        self._built = _copied(self._opened)
        self._held = {table: np.zeros_like(flags) for table, flags in self._opened.items()}
        self._turned: Mapping[int, bool] = {}

    def set(self, table: str, row: int, field: str, value: bool) -> None:
        """Build or take away an element, or hold and release it (`field` is `held`)."""
        flags = self._held if field == HELD else self._built
        flags[table][row] = value

    def now(self, table: str) -> Mask:
        """Return what of a table is in service, its switches closed."""
        stands = self._built[table] & ~self._held[table]
        if table == "switch":
            for row, closed in self._turned.items():
                stands[row] = closed
        return stands

    def turn(self, switches: Mapping[int, bool]) -> None:
        """Let switches, by row, be closed or open, whatever is built, and no others."""
        self._turned = switches

    def outages(self) -> bytes:
        """Return what tells the elements that are held from others; empty if none is."""
        if not any(held.any() for held in self._held.values()):
            return b""
        return b"".join(np.packbits(held).tobytes() for held in self._held.values())

    def held(self, table: str) -> Mask:
        """Return what of a table outages hold."""
        return self._held[table]

    def built(self) -> Mapping[str, Mask]:
        """Return what of each table is built, held or not: only what is built is missed."""
        return self._built

    def key(self) -> bytes:
        """Return what tells this switching state from others."""
        flags = [f for table in self._opened for f in (self.now(table), self._built[table])]
        return b"".join(np.packbits(f).tobytes() for f in flags)

    def write(self, net: Any) -> None:
        """Write what stands into the tables of a net."""
        for table in self._opened:
            net[table][own_field(table)] = self.now(table)

    def save(self) -> SavedFlags:
        """Return the flags, to keep."""
        return _copied(self._built), _copied(self._held)

    def restore(self, saved: SavedFlags) -> None:
        """Return to saved flags."""
        self._built, self._held = map(_copied, saved)


def _copied(flags: Mapping[str, Mask]) -> dict[str, Mask]:
    return {table: own.copy() for table, own in flags.items()}
