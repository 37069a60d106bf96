"""What a utility looks at in a scenario before a run, and what it says of it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from twin.model import Model
from twin.utilities.coupling import LinkRow

HOURS = range(24)


class Flaw(NamedTuple):
    """A mistake or a warning.

    Attributes
    ----------
    key
        Where in the scenario: table or section, then row or field.
    problem, remedy
        What is wrong, and what would be right.
    """

    key: tuple[str | int, ...]
    problem: str
    remedy: str = ""


class Reference(NamedTuple):
    """An asset that a utility's own table names, and of which kind it must be (``line or trafo``: either)."""

    key: tuple[str | int, ...]
    kind: str
    asset: str


class PointRow(Protocol):
    """A row of `demand_points.csv`."""

    asset: str
    district: str


class NormRow(Protocol):
    """A row of `norms.csv`."""

    value: float


class ScenarioParts(Protocol):
    """The parts of a scenario that utilities look at; what they have declared themselves: see `declared`."""

    @property
    def demand(self) -> Model:
        """Return the settings of demand."""

    @property
    def demand_points(self) -> Sequence[PointRow]:
        """Return the rows of `demand_points.csv`."""

    @property
    def links(self) -> Sequence[LinkRow]:
        """Return the rows of `links.csv`."""

    @property
    def norms(self) -> Mapping[str, Mapping[int, NormRow]]:
        """Return norms by name and year."""

    @property
    def profiles(self) -> Mapping[int, Mapping[str, float]]:
        """Return profiles by hour and column."""

    @property
    def simulated(self) -> Mapping[str, Model]:
        """Return what `networks` says of each utility that is simulated."""


def is_flat_zero(profiles: Mapping[int, Mapping[str, float]], *columns: str) -> bool:
    """Return whether profiles that are given for the whole day are 0 in every hour of it, all of them."""
    whole = set(profiles) == set(HOURS)
    return whole and not any(profiles[hour].get(column, 1.0) for hour in HOURS for column in columns)
