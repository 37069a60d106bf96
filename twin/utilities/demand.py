"""How people, contracts and other customers become a utility's demand: what it is given, what it returns."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from twin.model import Model
from twin.utilities.base import Vector

Settings = TypeVar("Settings", bound=Model)


class DemandClass(NamedTuple):
    """A class of demand: what shares one profile and is treated alike.

    Attributes
    ----------
    interruptible
        It is cut first where not all can be served.
    leakage
        It is lost on the way, and follows pressure.
    """

    name: str
    interruptible: bool = False
    leakage: bool = False


class Norm(NamedTuple):
    """A design norm that a utility reads from `norms.csv`.

    Attributes
    ----------
    units
        How its unit may be written; nothing is converted.
    most
        The largest value that can be reckoned with.
    """

    name: str
    units: tuple[str, ...]
    most: float = float("inf")


class Contract(NamedTuple):
    """The column of `developments.csv` by which investors ask for a utility, and what it comes to.

    Attributes
    ----------
    column
        Its unit stands in its name.
    setting
        Key of `demand` that a contract is multiplied by, empty for none.
    """

    column: str
    setting: str = ""


class Sold(NamedTuple):
    """What a utility's customers pay for.

    Attributes
    ----------
    unit
        What a tariff is per: kWh, m3.
    per_hour
        Such units in an hour of one of the demand's unit.
    served, lost
        Its network's totals of what was served and what was not, in one unit.
    """

    unit: str
    per_hour: float
    served: str
    lost: str


class Given(NamedTuple):
    """What a time series gives: a field of an asset, in the first unit that its kind declares for it."""

    asset: str
    field: str


class Wanted(NamedTuple):
    """What a utility wants from a time series for an asset, beside the series that name the asset themselves.

    Attributes
    ----------
    source
        The name of a series, or what returns a day's values in the field's own unit, shape (steps,).
    field
        Empty: the one that the unit of the series tells.
    key
        Where it stands in the scenario, for messages.
    """

    asset: str
    field: str
    source: str | Callable[[date, int], Vector]
    key: tuple[str | int, ...] = ()

    @property
    def given(self) -> Given:
        """Return what it gives."""
        return Given(self.asset, self.field)


NOTHING_GIVEN = np.zeros((0, 0))


class FurtherDay(NamedTuple):
    """A representative day that a utility asks for, beside the typical and the peak day of a month.

    It counts for peaks, limits and what was not served on it, of the networks whose demand it changes, and of
    those linked with whose utility asks for it.

    Attributes
    ----------
    name
        How results tell it: ``cold``.
    air_c
        The temperature of the air, all day long.
    weight
        How many days of its month it stands for; these are taken from those of the typical day.
    """

    name: str
    air_c: float
    weight: float = 0.0


class Instead(NamedTuple):
    """What another network carries for people whom a utility is to serve, and does not yet.

    Attributes
    ----------
    utility, demand_class
        Where it is drawn.
    drawn
        By step of the day and district, in the unit of that network's demand; shape (steps, districts).
    """

    utility: str
    demand_class: str
    drawn: Vector


@dataclass(frozen=True, slots=True)
class Demand:
    """One day's demand of one utility, ready for its network; another shape is refused.

    Attributes
    ----------
    base
        By demand point and class, shape (points, classes), in the unit of the network's engine: what
        `Basis.share` returns. Where districts have profiles of their own also by step, shape
        (steps, points, classes); no utility need do that itself.
    factors
        By step of the day and class, shape (steps, classes); the steps are of equal length, hours or quarters
        of an hour.
    native
        By step of the day, shape (steps,): the factor of the demand that the network's own file holds; ones
        where it holds none.
    given
        By step of the day, what time series give, shape (steps, given) in the order of `Opening.given`; no
        utility need fill it in itself.
    """

    base: Vector
    factors: Vector
    native: Vector
    given: Vector = field(default_factory=lambda: NOTHING_GIVEN)


class Basis(Protocol):
    """What there is on a day to make demand of; vectors are by district, shape (districts,).

    A norm, a profile or a column that no utility declares is refused: a misspelt name is not read as 0.

    Attributes
    ----------
    people
        Who live in each district, and are served.
    """

    people: Vector

    @property
    def air_c(self) -> Vector:
        """Return the temperature of the air by step: of a further day, else of the month's mean day."""

    def norm(self, name: str) -> float:
        """Return a norm on the day, 0 where the scenario has none."""

    def contracted(self, column: str) -> Vector:
        """Return what connected developments have contracted, or bring: a number of `developments.csv`."""

    def other(self, column: str) -> Vector:
        """Return what other customers ask for."""

    def season(self, column: str) -> float:
        """Return the month's factor, 1 without seasons."""

    def peak_season(self, column: str) -> float:
        """Return the year's largest factor, 1 without seasons."""

    def shape(self, profile: str) -> Vector:
        """Return a profile's factor by step of the day, 1 throughout where there is none."""

    def year(self, profile: str) -> Vector:
        """Return a profile's factors on all days of a year by step, shape (days, steps).

        One day where all are alike. What norms and contracts are meant for is found here: a peak is the
        year's, a mean as well.
        """

    def settings(self, kind: type[Settings]) -> Settings:
        """Return those of the scenario's `demand` that a utility has declared."""

    def share(self, by_district: Vector) -> Vector:
        """Return by demand point and class what is given by district and class, shape (districts, classes).

        A single class is ``basis.share(by_district[:, None])``. Several districts may draw at one point.
        """
