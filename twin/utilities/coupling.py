"""How readings of some networks become inputs of others, through named ports."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from twin.utilities.base import Vector

NEVER = 1 << 60


@dataclass(frozen=True, slots=True)
class LinkKind:
    """A kind of link between an asset of some network and one of the utility that declares the kind.

    A utility that depends on another needs no kind of its own: it uses one of the other's. A grid's kind,
    say, reads a signal of the asset, draws that from the grid, and fills a port of the asset's network with
    1 where it may run and 0 where it may not. Which kinds there are, for which assets, and which port they
    fill is listed under `links.csv` in the scenario reference, ``python -m twin.scenario.reference``.

    Attributes
    ----------
    name
        The `kind` in `links.csv`.
    assets
        The kinds of asset that may stand under `asset`; `of` names their utility, empty for any. Another
        kind may offer itself: `AssetKind.links`.
    to
        The kinds of asset that may stand under `to`, in the declaring utility; `called` is their name in
        messages.
    gives
        The port of the declaring utility that the link fills, one value per distinct `to`.
    takes
        The port of the asset's network that the link fills in return, one value per link; empty for none.
    unlinked
        What holds for an asset of a kind called like the link, ``{kind}``, that no link names though the
        declaring utility is simulated; empty: nothing is told.
    without
        What holds for `asset` where the declaring utility is not simulated; empty: such links are mistakes.
    """

    name: str
    assets: tuple[str, ...]
    to: tuple[str, ...]
    gives: str
    takes: str = ""
    of: str = ""
    called: str = ""
    without: str = ""
    unlinked: str = ""


class Port(NamedTuple):
    """What a network takes over from others under one name: a value for each of these assets, in order."""

    assets: tuple[str, ...]


class Opened(NamedTuple):
    """The opened networks, as links see them.

    Attributes
    ----------
    columns
        Where each signal stands in the city's readings: (asset, quantity) to column.
    ports
        By utility and name.
    points
        Addresses of each utility's demand points.
    tolerance_kw
        What need not be handed over.
    """

    columns: Mapping[tuple[str, str], int]
    ports: Mapping[tuple[str, str], Port]
    points: Mapping[str, tuple[str, ...]]
    tolerance_kw: float


class LinkRow(Protocol):
    """A row of `links.csv`; a utility reads the columns that it has declared."""

    kind: str
    asset: str
    to: str


Give = Callable[[str, str, Vector], None]
"""Hand values over: utility, port, values. A network is solved again only where they have moved."""


Solved = Callable[[str], bool]
"""Tells whether a utility's readings are a solution."""


class Coupling(Protocol):
    """Links of one utility, compiled to columns of the city's readings.

    Attributes
    ----------
    fills
        The utilities whose ports it fills.
    """

    fills: Collection[str]

    def reset(self) -> None:
        """Return to the opened state."""

    def start_hour(self, asked: Mapping[str, Vector]) -> None:
        """Begin an hour, in which each utility's customers ask for so much at full service, by point."""

    def fill(self, utility: str, readings: Vector, give: Give) -> float:
        """Give a network, before it is solved, what has moved since; return by how much at most, kW."""

    def respond(self, readings: Vector, now_s: int, solved: Solved) -> bool:
        """Look at what came out; return whether networks that were solved before must be solved again."""

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return the assets that it stops or otherwise carries now, by kind of incident."""

    def next_change_s(self, now_s: int) -> int:
        """Return the seconds, at most, until it changes by itself."""

    def advance(self, readings: Vector, seconds: int, solved: Solved) -> None:
        """Let time pass at the last readings."""
