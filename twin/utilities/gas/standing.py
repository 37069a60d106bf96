"""What of a gas network stands: what is built, what outages hold out, what has no electricity."""

from collections.abc import Mapping, Sequence

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Change, Mask, Vector
from twin.utilities.gas.names import own_field

HELD = "held"
SavedFlags = tuple[dict[str, Mask], dict[str, Mask], Mask]


class Standing:
    """The flags of every element.

    Parameters
    ----------
    names, built
        Addresses by table, and what of each stands at the opening.
    fed
        Addresses that need electricity, the port ``running``.
    """

    def __init__(self, names: Mapping[str, list[str]], built: Mapping[str, Mask], fed: Sequence[str]) -> None:
        self._opened = {table: flags.copy() for table, flags in built.items()}
        self.where = {name: (table, row) for table, own in names.items() for row, name in enumerate(own)}
        self._fed = [self.where[address] for address in fed if address in self.where]
        self.reset()

    def reset(self) -> None:
        """Return to what is built at the opening, nothing held, everything fed."""
        self.built = {table: flags.copy() for table, flags in self._opened.items()}
        self.held = {table: np.zeros_like(flags) for table, flags in self._opened.items()}
        self.running = np.ones(len(self._fed), dtype=bool)
        self._now: dict[str, Mask] = {}

    def apply(self, changes: Sequence[Change], file: str) -> None:
        """Build elements or take them away, hold and release them.

        Raises
        ------
        InvalidInput
            If an asset or a field does not exist; then nothing is changed.
        """
        mistakes = []
        for change in changes:
            table, _ = self.where.get(change.asset, ("", 0))
            if not table:
                mistakes.append(Mistake(file, 0, f"unknown asset {change.asset}"))
            elif change.field not in (own_field(table), HELD):
                remedy = f"{own_field(table)}, {HELD}"
                mistakes.append(Mistake(file, 0, f"{change.asset} has no field {change.field}", remedy))
        if mistakes:
            raise InvalidInput(mistakes)
        for change in changes:
            table, row = self.where[change.asset]
            (self.held if change.field == HELD else self.built)[table][row] = bool(change.value)
        self._now = {}

    def feed(self, values: Vector) -> bool:
        """Say which of what needs electricity has it; return whether that is new."""
        running = np.asarray(values, dtype=float) > 0.5
        changed = not np.array_equal(running, self.running)
        self.running, self._now = running, {}
        return changed

    def now(self, table: str) -> Mask:
        """Return what of a table is in service; the array is not to be changed."""
        if table not in self._now:
            stands: Mask = self.built[table] & ~self.held[table]
            for (name, row), on in zip(self._fed, self.running, strict=True):
                if name == table:
                    stands[row] &= on
            self._now[table] = stands
        return self._now[table]

    def stopped(self) -> set[tuple[str, int]]:
        """Return what stands still for want of electricity."""
        return {place for place, on in zip(self._fed, self.running, strict=True) if not on}

    def save(self) -> SavedFlags:
        """Return the flags, to keep."""
        return _copied(self.built), _copied(self.held), self.running.copy()

    def restore(self, saved: SavedFlags) -> None:
        """Return to saved flags."""
        self.built, self.held, self.running = _copied(saved[0]), _copied(saved[1]), saved[2].copy()
        self._now = {}


def _copied(flags: Mapping[str, Mask]) -> dict[str, Mask]:
    return {table: own.copy() for table, own in flags.items()}
