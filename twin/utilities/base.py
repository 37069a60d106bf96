"""The contract between the city and a utility network, and the words they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.errors import Mistake

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]
IDLE = "idle"
"""Under this a network names in `in_force` what would stand still if nothing held it: it has not stopped."""
NOTHING: Vector = np.zeros(0)


@dataclass(frozen=True, slots=True)
class Signal:
    """One quantity of one asset: one column of what a network reads out.

    Attributes
    ----------
    asset
        Address, ``power/T-SS01-1``. ``power/network`` stands for the network as a whole.
    quantity
        What is read, with its unit at the end of the name: ``loading_percent``.
    unit
        The unit alone: ``%``, ``pu``, ``m``, ``m3/s``.
    """

    asset: str
    quantity: str
    unit: str


@dataclass(frozen=True, slots=True)
class Change:
    """How an event acts on a network: set ``field`` of ``asset`` to ``value``."""

    asset: str
    field: str
    value: float | bool


class Cause(NamedTuple):
    """Why something was not served, and where.

    Attributes
    ----------
    quantity
        What was lost, with its unit: ``unserved_mwh``, ``unserved_m3``, ``spilled_m3``.
    kind
        ``line``, ``transformer``, ``supply``, ``source``, ``trunk``, ``pump``, ``power``, ``plant``.
    asset
        The element that could not carry more.
    """

    quantity: str
    kind: str
    asset: str


class Stores(NamedTuple):
    """What a network can store, one entry for each tank, well or the like; m3, or MWh of electricity.

    Attributes
    ----------
    addresses
        Where it is stored.
    least_m3, most_m3
        What cannot be taken out, and all it holds.
    calls_m3
        Below it, whatever fills it by its level has been called for, at the latest; nan where nothing does.
    gathers
        It holds what came in beyond what can go out: if it rises on a day, it goes on rising on days like it.
    cyclic
        A day that stands for others begins with what it ends with, where there is such a day: what is stored
        moves by the day's own course, as in batteries.
    """

    addresses: tuple[str, ...]
    least_m3: Vector
    most_m3: Vector
    calls_m3: Vector
    gathers: Mask
    cyclic: bool = False


class Snapshot(Protocol):
    """A network at one instant, as its users' tools know it; nothing that happens later changes it."""

    @property
    def file(self) -> str:
        """Return the name of the file that it is written to."""
        ...

    @property
    def told(self) -> tuple[Mistake, ...]:
        """Return what of the instant its native form cannot show."""
        ...

    def model(self) -> Any:
        """Return the native object, solved if it holds its results itself.

        Raises
        ------
        InvalidInput
            If its users' tools cannot hold it.
        """

    def series(self, seconds: Sequence[int], later: "Sequence[Snapshot]") -> Any:
        """Return the results of this and later instants of the network in the form of its users' tools.

        None where the native object holds its own.

        Parameters
        ----------
        seconds
            How the instants are told, one more than there are later ones.
        """

    def write(self, path: Path) -> None:
        """Write the native file."""


class WithoutStorage:
    """A network that stores nothing between one instant and the next, and whose file knows no days."""

    stores = Stores((), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool))

    def read_stored(self) -> Vector:
        """Return nothing."""
        return np.zeros(0)

    def put_stored(self, volumes: Vector) -> None:
        """Do nothing."""

    def alike(self, day: int) -> int:
        """Return the first day: all are alike."""
        return 0

    def start_clock(self, day: int) -> None:
        """Do nothing."""


class Network(Protocol):
    """One utility, computed by one engine.

    Vectors cross this boundary, not objects. Solving and advancing are separate, so that links can
    iterate without a tank filling twice.

    Attributes
    ----------
    name
        ``power``, ``water``, ``wastewater``: the first part of every asset's address.
    signals
        What ``read`` returns, in order; fixed once opened.
    totals
        Names of what ``read_totals`` returns, in order, units at the end.
    ratings
        What its file says that assets can carry, by address, in the unit of the kind of capacity.
    stores
        What it can store; fixed once opened. `WithoutStorage` is for networks that store nothing.
    """

    name: str
    signals: tuple[Signal, ...]
    totals: tuple[str, ...]
    ratings: Mapping[str, float]
    stores: Stores

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        """Return what of its file it does not use, or uses otherwise than one might expect."""
        ...

    def apply(self, changes: Sequence[Change]) -> None:
        """Set fields of assets: commissioning, outage, switching.

        Raises
        ------
        InvalidInput
            If an asset or a field does not exist; then nothing is changed.
        """

    def set_base(self, base: Vector) -> None:
        """Set each demand point's base demand by class, shape (points, classes), engine units."""

    def set_demand(self, factors: Vector, native: float = 1.0, given: Vector = NOTHING) -> None:
        """Set this instant's factor of each class, shape (classes,).

        ``native`` scales the demand that the native file gives to assets outside the demand points, and what
        time series give as such; ``given`` is what these give now, in the order of `Opening.given`.
        """

    def set_input(self, port: str, values: Vector) -> None:
        """Take over what links hand over through a port, one value per asset of it, as given at opening."""

    def solve(self) -> None:
        """Find the steady state now; repeatable; no time passes.

        Raises
        ------
        Unsolved
            With the reason, if there is none.
        """

    def read(self) -> Vector:
        """Return one finite value per signal. The array is the network's own: copy to keep it."""

    def read_totals(self) -> Vector:
        """Return what was accounted since the opening by ``advance``; the network's own array."""

    def read_causes(self) -> Mapping[Cause, float]:
        """Return what was not served since the opening, by cause; the network's own mapping."""

    def active(self) -> Mask:
        """Return for each signal whether its asset is in service, so that limits apply to it."""

    def relief(self, assets: frozenset[str]) -> Vector:
        """Return by demand point what a unit drawn there puts onto these assets, as the network stands."""

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return the assets it has cut back by itself now, by kind of incident."""

    def next_change_s(self) -> int:
        """Return the whole seconds, at most, until the network changes state by itself."""

    def read_stored(self) -> Vector:
        """Return what is in each of its `stores` now, m3: an own array."""

    def put_stored(self, volumes: Vector) -> None:
        """Let so much be in each of its `stores`, m3, as far as it fits; then it is to be solved anew.

        What is put in or taken out so was neither supplied nor served, and is no part of any total.
        """

    def alike(self, day: int) -> int:
        """Return the earliest day since the opening that goes by the file like a day.

        0 for a file that knows none but hours of the day; another where it schedules something once, or where
        a pattern is longer than a day.
        """

    def start_clock(self, day: int) -> None:
        """Let it be the midnight that begins a day since the opening, after a reset; what the file schedules
        for earlier days has happened.
        """

    def advance(self, seconds: int) -> None:
        """Let time pass at the last solution: storage moves once, totals are accounted.

        After a failed ``solve`` storage stands still and the whole demand counts as unserved.
        """

    def reset(self) -> None:
        """Return to the opened state, to the bit."""

    def snapshot(self) -> Snapshot | None:
        """Return the network as it is at the last solution; None where it has no native form.

        Raises
        ------
        Unsolved
            If there is no solution.
        """

    def save(self) -> object:
        """Return what it would go on from: a value of the network's own, as of now.

        It holds no reference to anything that later changes, and may be restored any number of times, into
        this network or another that was opened from the same file in the same way.
        """

    def restore(self, state: object) -> None:
        """Go on from a saved state.

        Two networks restored from equal states go on alike, to the bit: readings until the next solution,
        solutions, events, accounted totals and causes. What was done to a network before it is restored
        leaves no trace.
        """
