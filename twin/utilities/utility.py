"""What a utility is: one kind of service, and all that the rest of the program knows of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import inf
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np

from twin.columns import Row
from twin.errors import Mistake
from twin.model import Model
from twin.utilities.base import Network, Vector
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.checking import Flaw, Reference, ScenarioParts
from twin.utilities.coupling import Coupling, LinkKind, LinkRow, Opened, Port
from twin.utilities.demand import (
    Basis,
    Contract,
    Demand,
    DemandClass,
    FurtherDay,
    Given,
    Instead,
    Norm,
    Sold,
    Wanted,
)
from twin.utilities.metric import Line, Loss, Metric, Sums
from twin.utilities.names import AssetKind, AssetNames
from twin.utilities.places import Asset
from twin.utilities.scaffold import Scaffold
from twin.utilities.short_time import ShortTime
from twin.utilities.shown import Shown

Part = TypeVar("Part", bound=Model)
R = TypeVar("R", bound=Row)


class Rows(Protocol):
    """The tables of a finished run."""

    def __call__(self, table: type[R], /) -> Sequence[R]:
        """Return the rows of a table, none where the run has no such table."""


class NetworkSettings(Model):
    """What every utility's settings hold."""

    file: str
    """The network's own file."""


OUTAGE = "outage"
"""What may have led to any incident: assets out of service."""


class Incident(NamedTuple):
    """What begins and ends by itself, and is told as an event.

    Attributes
    ----------
    kind, ends
        How its beginning and its end are told.
    led_by
        What may have led to it, nearest first, in this utility's network: incidents and `OUTAGE`.
    quantity
        The signal that tells it, of any asset of the network; empty where networks or links report it.
    begins_below, ends_above
        It holds while the signal is below the first, and on until it is above the second.
    begins_above
        It holds while the signal is above this.
    stops
        The asset stands still while it holds.
    required, delivered
        Signals of demand points, where it holds for a district whose points get less than they need.
    """

    kind: str
    ends: str
    led_by: tuple[str, ...]
    quantity: str = ""
    begins_below: float = -inf
    ends_above: float = -inf
    begins_above: float = inf
    stops: bool = False
    required: str = ""
    delivered: str = ""


class Drive(NamedTuple):
    """How long crews and building material take to where they are needed.

    Attributes
    ----------
    quantity
        The signal that tells it, in minutes.
    kinds
        Kinds of asset that have it.
    hours
        The profile by whose hours material is brought; empty: as much at any hour.
    """

    quantity: str
    kinds: tuple[str, ...]
    hours: str = ""


class Opening(NamedTuple):
    """What a network is opened with.

    Attributes
    ----------
    file, settings
        The native file, and what the scenario says under `networks`.
    points
        Addresses of its demand points, in the order of the rows of its demand.
    ports
        What links will hand over, by the name of the port: of this utility's own kinds of link those that
        they give, of others' kinds those that they take. Whatever is there must be asked for, see `assets`,
        and is handed over in `Network.set_input`.
    ratings
        By kind of capacity, what the scenario says that its members can bring.
    given
        What time series give, in the order in which `Network.set_demand` hands it over.
    scenario, demand
        The whole scenario and its `demand`, for what the utility has declared there: see `declared`.
    """

    file: Path
    settings: Model
    points: tuple[str, ...]
    ports: Mapping[str, Port]
    ratings: Mapping[str, Mapping[str, float]]
    given: tuple[Given, ...]
    scenario: Model
    demand: Model

    def assets(self, port: str) -> tuple[str, ...]:
        """Return the assets of a port, none where no link fills it."""
        return self.ports[port].assets if port in self.ports else ()


class Study(Protocol):
    """What a utility looks at month by month, beside the run."""

    @property
    def rows(self) -> Mapping[type[Row], Sequence[Row]]:
        """Return the rows of its tables."""

    def watch(self) -> None:
        """Look at an instant that counts."""

    def end_month(self, month: str) -> None:
        """Close a month."""


def declared(part: object, kind: type[Part]) -> Part:
    """Return a part of a scenario as the model that a utility has declared for it.

    Raises
    ------
    TypeError
        If it was not declared.
    """
    if not isinstance(part, kind):
        raise TypeError(f"{type(part).__name__} holds no {kind.__name__}")
    return part


class Utility:
    """One kind of service. A subclass declares what its service has; CONTRIBUTING.md tells how to add one.

    Attributes
    ----------
    name
        The first part of its assets' addresses, and its key under `networks`.
    settings
        What a scenario says under `networks.<name>`; its field `file` is the native file.
    fields
        What it adds to parts of the scenario: to the ``scenario`` itself (tables of its own), its
        ``demand``, ``developments``, ``other_demand``, ``seasons``, ``service_prices`` and ``links``.
    tables
        Its own tables, which are fields of the scenario, with the columns that key them.
    scaffold
        How it begins a scenario around a file of its own; None: it does not.
    assets
        The kinds of asset in its network.
    norms, profiles
        What it reads from `norms.csv` and `profiles.csv` to turn people into demand; each profile with its
        meaning.
    profile_settings
        Keys of its `demand` that name a further column of `profiles.csv`.
    classes
        Of its demand, in the order of the columns.
    contract
        How investors ask for it; None: they do not.
    sold
        What its customers pay for by `tariffs.csv`; None: nothing.
    planned_by
        The word in the kinds of sites that bring it: where no such site is planned, a contract is told to be
        not served. Empty: nothing is told.
    season
        Its column in `seasons.csv`, empty if its peaks do not follow seasons.
    drawn_at
        The utility at whose demand points its demand arises; empty: at its own.
    capacities, metrics, losses, links, incidents
        See their types. The losses' order is that of their parts in the cost of service; the first metric is
        there if any of its own is.
    drive
        What it tells of the way of crews and material; None: nothing.
    short_time
        Which limit may be passed for hours: a run warns where it is for long; None: none.
    access
        Signals of its demand points that tell what people there reach: `access.csv` has them by district and
        year.
    summary
        Its lines of the table that ends a run.
    result_tables
        Tables of its own in a results folder.
    """

    name: ClassVar[str]
    settings: ClassVar[type[NetworkSettings]]
    fields: ClassVar[Mapping[str, type[Model]]] = {}
    tables: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    scaffold: ClassVar[Scaffold | None] = None
    assets: ClassVar[Mapping[str, AssetKind]] = {}
    norms: ClassVar[tuple[Norm, ...]] = ()
    profiles: ClassVar[Mapping[str, str]] = {}
    profile_settings: ClassVar[tuple[str, ...]] = ()
    classes: ClassVar[tuple[DemandClass, ...]] = ()
    contract: ClassVar[Contract | None] = None
    sold: ClassVar[Sold | None] = None
    planned_by: ClassVar[str] = ""
    season: ClassVar[str] = ""
    drawn_at: ClassVar[str] = ""
    capacities: ClassVar[tuple[CapacityKind, ...]] = ()
    metrics: ClassVar[tuple[Metric[Sums], ...]] = ()
    losses: ClassVar[tuple[Loss, ...]] = ()
    drive: ClassVar[Drive | None] = None
    short_time: ClassVar[ShortTime | None] = None
    access: ClassVar[tuple[str, ...]] = ()
    summary: ClassVar[tuple[Line, ...]] = ()
    result_tables: ClassVar[tuple[type[Row], ...]] = ()
    shown: ClassVar[Shown] = Shown()
    links: ClassVar[tuple[LinkKind, ...]] = ()
    incidents: ClassVar[tuple[Incident, ...]] = ()

    def read_names(self, path: Path, scenario: object) -> AssetNames:
        """Read the names of its assets, without its engine.

        Raises
        ------
        InvalidInput
            With every mistake in the file.
        """
        raise NotImplementedError

    def beside(self, settings: Model) -> Mapping[str, str]:
        """Return the other files that its network is read from, by the key of `settings` that names each.

        Like `file` they are named in the scenario's folder.
        """
        return {}

    def places(self, path: Path, scenario: object) -> list[Asset]:
        """Read where its assets lie, without its engine; the names are those of `read_names`."""
        return []

    def contents(self, path: Path, scenario: object) -> Mapping[str, Mapping[str, object]]:
        """Return by address what its files say, without its engine: `twin diff` tells two apart by it.

        What is said of no single asset stands under ``<utility>/network``.

        Raises
        ------
        InvalidInput
            If the file cannot be read.
        """
        return {}

    def references(self, scenario: object) -> Iterator[Reference]:
        """Yield the assets that its own tables name."""
        yield from ()

    def wants(self, scenario: object) -> Sequence[Wanted]:
        """Return what its own tables and its file want of time series."""
        return ()

    def check(self, scenario: ScenarioParts) -> Iterator[Flaw]:
        """Yield what it cannot reckon with, whether it is simulated or not."""
        yield from ()

    def warnings(self, scenario: ScenarioParts) -> Iterator[Flaw]:
        """Yield what it does not use of the scenario, or cannot serve."""
        yield from ()

    def file_warnings(self, path: Path, start: date, end: date) -> Iterator[Mistake]:
        """Yield what its file says for a part of the horizon only, by its line, without its engine.

        Parameters
        ----------
        start, end
            The first day, and the day after the last.
        """
        yield from ()

    @property
    def draws(self) -> bool:
        """Return whether demand arises at demand points of its own."""
        return bool(self.classes) and not self.drawn_at

    def demand(self, basis: Basis) -> Demand | None:
        """Return a day's demand by point and class; None if it has no classes, and so no demand of its own.

        It is asked where its network is simulated: what a scenario lacks of its tables reads as nothing.
        """
        return None

    def net_load(self, scenario: object, demand: Demand, given: Sequence[Given]) -> Vector:
        """Return by step of a day what is asked for less what is fed in, by which days are told apart.

        Parameters
        ----------
        given
            What the columns of `Demand.given` are.
        """
        by_step = demand.base if demand.base.ndim == 3 else demand.base[None]
        return np.asarray((by_step.sum(axis=1) * demand.factors).sum(axis=1))

    def need(self, more: Vector, basis: Basis) -> Vector:
        """Return what more people need at its peak, by district, in the unit of its contracts."""
        return np.zeros(len(more))

    def further_days(self, settings: Model, season: Model) -> Sequence[FurtherDay]:
        """Return what representative days it asks for beside the typical and the peak day of a month.

        Parameters
        ----------
        settings, season
            What the scenario says under `demand`, and of the month in `seasons.csv`.
        """
        return ()

    def instead(self, people: Vector, basis: Basis) -> Sequence[Instead]:
        """Return what others carry meanwhile for people whom it is to serve and does not serve yet.

        Their housing then need not wait for it. Nothing: it waits, or does without.
        """
        return ()

    def open(self, opening: Opening) -> Network:
        """Open its network.

        Raises
        ------
        InvalidInput
            If the engine cannot open the file, or an address is unknown.
        """
        raise NotImplementedError

    def couple(self, links: Sequence[LinkRow], opened: Opened) -> Coupling | None:
        """Return its links of the scenario as a coupling; None where one side is not simulated."""
        return None

    def bounds(self, asset: str, quantity: str, settings: Model, storeys: int | None) -> tuple[float, float]:
        """Return the lowest and highest value allowed of a signal, infinite where there is no bound.

        Parameters
        ----------
        storeys
            Of the houses in the district that the asset serves; None for an asset that serves none.
        """
        return -inf, inf

    def short_of(self, quantity: str, low: bool) -> str:
        """Return the kind of capacity whose shortage explains a broken limit, empty for none.

        Parameters
        ----------
        low
            The lower limit was broken.
        """
        return ""

    def tells(self, rows: Rows) -> Iterator[tuple[str, str]]:
        """Yield lines of the table that ends a run, from its own tables: what, and its value in words."""
        yield from ()

    def study(self, scenario: Model, settings: Model, network: Network) -> Study | None:
        """Return what is to be looked at month by month, None if the scenario asks for nothing."""
        return None
