"""What a project goes on from: values that nothing changes later."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from twin.errors import Mistake

Copies = tuple[NDArray[Any], ...]


class LinkState(NamedTuple):
    """How a link stands: open or not, and its speed or valve setting; None where its status is fixed."""

    open: bool
    setting: float | None = None


class SavedHolds(NamedTuple):
    """Which links are held, how they will stand when they are given back, and on which nothing acts."""

    states: tuple[tuple[int, LinkState], ...]
    silenced: frozenset[int]
    noted_and_fired: Copies


class SavedLinks(NamedTuple):
    """What is built, held and without power; see `Standing`."""

    masks: Copies
    fixed: frozenset[int]
    shut: tuple[int, ...]
    holds: SavedHolds
    states: tuple[LinkState, ...]


class SavedTanks(NamedTuple):
    """Levels in the file's unit, and the vectors of `Storage` that move."""

    levels: NDArray[Any]
    vectors: Copies


class Saved(NamedTuple):
    """A project at an instant.

    Attributes
    ----------
    time_s
        Since it was opened.
    solved
        No time has passed since it was solved, or could not be.
    reading
        The last solution, and the last step.
    """

    time_s: int
    links: SavedLinks
    tanks: SavedTanks
    solved: bool
    failed: bool
    error: str
    soonest: float
    accuracy: float
    found: tuple[Mistake, ...]
    reading: Copies


def copies(arrays: Iterable[NDArray[Any]]) -> Copies:
    """Return copies of some arrays."""
    return tuple(array.copy() for array in arrays)


def put_back(arrays: Sequence[NDArray[Any]], saved: Copies) -> None:
    """Write copies back into the arrays that they were made of."""
    for array, copy in zip(arrays, saved, strict=True):
        array[:] = copy
