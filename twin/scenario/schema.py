"""The shape of a scenario: what ``scenario.yaml`` and the tables beside it may hold.

Every model is frozen and forbids unknown keys. A docstring under a field is its line in the scenario
reference, which is generated from here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, Strict, create_model, model_validator

from twin.cards import card
from twin.model import (
    Count,
    Day,
    Flag,
    Instant,
    KeyNumber,
    KeyYear,
    Model,
    NotNegative,
    Number,
    Positive,
    SomeHours,
    SomeNames,
    whole,
)
from twin.scenario.appearance import Name, Shape
from twin.scenario.currency import ACCOUNT, CODE
from twin.scenario.demand import (
    DemandPoint,
    DemandSettings,
    Development,
    District,
    Norm,
    OtherDemand,
    Population,
    Season,
    TimeSeries,
)
from twin.scenario.extended import extended
from twin.scenario.works import (
    ConnectionTerms,
    Crews,
    FinanceSettings,
    Gate,
    Instrument,
    OrderRow,
    ServicePrices,
    Site,
    SiteChange,
    Tariff,
    Uncertainty,
    WorksSettings,
)
from twin.units import factor
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.registry import utilities
from twin.utilities.utility import NetworkSettings

LINKS = {kind.name: kind for own in utilities().values() for kind in own.links}
RATED_IN = {kind.name: kind.units for own in utilities().values() for kind in own.capacities}
"""By kind of capacity, the units of its ratings."""

if TYPE_CHECKING:
    CapacityName: TypeAlias = str
    LinkName: TypeAlias = str

    class Networks(Model):
        """The utilities of this city; what is left out is not simulated."""

else:
    CapacityName, LinkName = Literal[tuple(RATED_IN)], Literal[tuple(LINKS)]
    Networks = create_model(
        "Networks",
        __base__=Model,
        __doc__="The utilities of this city; what is left out is not simulated.",
        __module__=__name__,
        **{name: (own.settings | None, None) for name, own in utilities().items()},
    )


Interval: TypeAlias = Literal["instant", "15min", "30min", "hour", "day"]


class Settling(Model):
    """How networks are iterated until they agree."""

    max_rounds: Count = 10
    """Rounds per instant before it is counted as unsettled."""
    tolerance_kw: Positive = 1e-3
    """Largest change in what a link hands over that counts as agreement."""


@extended("links")
class Link(Model):
    """A dependency between assets of two networks."""

    kind: LinkName
    asset: str
    to: str
    source: str = ""


class Capacity(Model):
    """One member of a named capacity: what it adds to what the city can rely on."""

    kind: CapacityName
    rating: NotNegative | None = None
    """Empty where it stands in the network's own file, as that of transformers does."""
    unit: str = ""
    """Of the rating, such as MVA or kVA, m3/day or l/s; empty: the first that the kind knows."""
    from_site: str = ""
    """It counts once this site is commissioned, which must agree with the site that switches it on."""
    until_site: str = ""
    """It no longer counts once this site is commissioned."""
    source: str = ""

    @model_validator(mode="after")
    def _is_of_a_unit(self) -> "Capacity":
        if factor(self.unit, RATED_IN[self.kind]) is None:
            known = ", ".join(RATED_IN[self.kind])
            raise ValueError(f"{self.unit!r} is no unit of a {self.kind} ({known})")
        return self

    @property
    def amount(self) -> float | None:
        """Return the rating in the kind's first unit; None where it stands in the network's own file."""
        by = factor(self.unit, RATED_IN[self.kind])
        return None if self.rating is None or by is None else self.rating * by


class Limit(Model):
    """A bound on one signal, beside the general ones of `networks`."""

    asset: str
    quantity: str
    lower: Number | None = None
    upper: Number | None = None


class Outage(Model):
    """Assets out of service from an instant for some hours."""

    assets: SomeNames
    """One asset, or several that leave service together (a whole station)."""
    start: Instant
    hours: SomeHours
    repeat_months: Annotated[int, Strict(), Field(ge=0, le=1200), BeforeValidator(whole)] = 0
    """A maintenance window: again after so many months, to the end; 0: once."""


class Failure(Model):
    """Random failures of a class of assets: exponential times to failure and of repair."""

    assets: SomeNames
    """Addresses; `*` stands for any characters (`*/T-*`)."""
    failures_per_year: Annotated[float, Strict(), Field(gt=0, le=10_000)]
    """Of each asset; if they fail together, of all as one."""
    repair_h: SomeHours
    """Mean length of a repair, once a crew is there."""
    reached_at: str = ""
    """Where crews drive to: an asset to which a network tells the way. Empty: they are there at once."""
    together: Flag = False
    """A common cause: all these assets fail as one (a whole station)."""


class Record(Model):
    """Readings that are kept as they come, beside the months' statistics: docs/recording.md."""

    assets: SomeNames
    """Addresses; `*` stands for any characters (`power/T-*`)."""
    quantities: SomeNames = ("*",)
    """Of what they read out, the same way (`loading_percent`, `*_mw`)."""
    interval: Interval = "hour"
    """One value for each; `instant`: each solution as it was."""
    statistic: Literal["mean", "min", "max"] = "mean"
    """Over the interval: the mean, each solution as long as it held, or the lowest or highest of them."""


FROM_LOADER = ("folder", "file", "overrides")
"""Fields of a scenario that its loader sets, not its user; its JSON schema has none of them."""


def _hide(schema: dict[str, Any]) -> None:
    for name in FROM_LOADER:
        schema["properties"].pop(name, None)
    for table, keys in TABLES.items():
        if keys and keys[-1] in ("year", "from_year", "hour", "month"):
            numbered = schema["properties"][table]
            if len(keys) == 2:
                numbered = numbered["additionalProperties"]
            numbered["propertyNames"] = {"pattern": r"^\d{1,9}(\.0*)?$"}


@extended("scenario")
class Scenario(Model):
    """What the user wrote, checked and frozen."""

    model_config = ConfigDict(json_schema_extra=_hide)

    folder: Path = Field(default=Path(), exclude=True, repr=False)
    """Where the tables and network files stand; set by the loader."""
    file: str = Field(default="scenario.yaml", exclude=True, repr=False)
    """The YAML file it was loaded from; set by the loader."""
    overrides: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    """The ``KEY=VALUE`` that changed it on loading; set by the loader."""
    name: str
    description: str = ""
    caveats: tuple[str, ...] = ()
    """What a reader has to know before the results are used, in whole sentences: they stand on the first
    screen of a run's page."""
    start: Day
    """First day."""
    end: Day
    """The day after the last."""
    days: Literal["representative", "every"] = "representative"
    """Simulate a typical and a peak day of each month, each from the networks as opened, or every day."""
    step_minutes: Literal[60, 30, 15] = 60
    """How long demand and time series hold; shorter series are averaged over it, longer ones held."""
    time_series: TimeSeries = TimeSeries()
    seed: Annotated[int, Strict(), Field(ge=0, le=2**63 - 1), BeforeValidator(whole)] = 1
    crs: Annotated[str, Field(pattern=r"^EPSG:\d{4,6}$")] = "EPSG:4326"
    """Coordinate system of the networks' files; districts are in degrees (EPSG:4326) whatever it is."""
    currency: Annotated[str, Field(pattern=CODE)] = ACCOUNT
    """Of all money, as ISO 4217 has it. Names of columns, keys and metrics carry it: `cost_bn_eur`."""
    networks: Networks
    settling: Settling = Settling()
    demand: DemandSettings = DemandSettings()
    stages: dict[str, Day] = {}
    """Start of each stage of the works, which holds where there is no build order."""
    build_order: str = ""
    """Name of `build_orders/NAME.csv`, or a path to such a file: who starts when or in which priority,
    under the crews and money at hand. Empty: each site starts with its stage."""
    future: Annotated[int, Strict(), Field(ge=0, le=10**9), BeforeValidator(whole)] = 0
    """0: all as planned. 1, 2, ...: slips, costs and growth drawn from `uncertainties.csv`; the same number
    means the same luck under every build order."""
    connection: Literal["on-request", "when-capacity"] = "on-request"
    """Connect customers when they ask and let the physics suffer, or once there is room for them."""
    connection_terms: ConnectionTerms = ConnectionTerms()
    works: WorksSettings = WorksSettings()
    finance: FinanceSettings = FinanceSettings()
    service_prices: ServicePrices = ServicePrices()
    districts: dict[str, District] = {}
    population: dict[str, dict[KeyYear, Population]] = {}
    norms: dict[str, dict[KeyYear, Norm]] = {}
    other_demand: dict[str, dict[KeyYear, OtherDemand]] = {}
    developments: dict[str, Development] = {}
    sites: dict[str, Site] = {}
    site_changes: tuple[SiteChange, ...] = ()
    gates: tuple[Gate, ...] = ()
    order: tuple[OrderRow, ...] = ()
    crews: dict[str, dict[KeyYear, Crews]] = {}
    instruments: dict[str, Instrument] = {}
    tariffs: tuple[Tariff, ...] = ()
    uncertainties: dict[Literal["slip", "cost", "growth"], dict[str, Uncertainty]] = {}
    demand_points: tuple[DemandPoint, ...] = ()
    links: tuple[Link, ...] = ()
    capacities: dict[str, dict[str, Capacity]] = {}
    limits: tuple[Limit, ...] = ()
    outages: tuple[Outage, ...] = ()
    failures: dict[str, Failure] = {}
    repair_crews: Count = 2
    """Crews that repair random failures; a failure waits until one is free."""
    profiles: dict[KeyNumber, dict[str, NotNegative]] = {}
    """Hour of the day to factor, by column."""
    seasons: dict[KeyNumber, Season] = {}
    names: dict[str, Name] = {}
    background: tuple[Shape, ...] = ()
    """Read from `background.geojson`: what maps show beneath the networks."""
    record: tuple[Record, ...] = ()
    """A list of what is kept hour by hour, in `hourly/*.parquet`."""

    @property
    def simulated(self) -> "dict[str, NetworkSettings]":
        """Return what `networks` says of each utility that is simulated."""
        every = {name: getattr(self.networks, name) for name in utilities()}
        return {name: settings for name, settings in every.items() if settings is not None}

    def _repr_html_(self) -> str:
        """Return what a notebook shows for a scenario."""
        jobs = sum(development.jobs for development in self.developments.values())
        cost = sum(site.cost_bn_kzt for site in self.sites.values())
        return card(
            self.name,
            [
                ("about", self.description),
                ("horizon", f"{self.start} to {self.end}, {self.days} days"),
                ("networks", ", ".join(self.simulated)),
                ("districts", ", ".join(self.districts)),
                ("sites", f"{len(self.sites)}, {cost:,.1f} bn {self.currency}"),
                ("developments", f"{len(self.developments)}, {jobs:,.0f} jobs"),
            ],
        )


def utility_of(asset: str) -> str:
    """Return the utility that an address belongs to."""
    return asset.split("/", 1)[0]


def unrecorded(scenario: Scenario) -> Scenario:
    """Return a scenario of which nothing is recorded, for a run that keeps no readings."""
    return scenario.model_copy(update={"record": ()}) if scenario.record else scenario


def kind_of(members: Mapping[str, Capacity]) -> CapacityKind:
    """Return the kind of a named capacity, from its members."""
    asset, row = next(iter(members.items()))
    own = utilities()[utility_of(asset)].capacities
    return next(kind for kind in own if kind.name == row.kind)


TABLES: dict[str, tuple[str, ...]] = {
    "districts": ("district",),
    "population": ("district", "year"),
    "norms": ("norm", "year"),
    "other_demand": ("district", "year"),
    "developments": ("id",),
    "sites": ("id",),
    "site_changes": (),
    "gates": (),
    "order": (),
    "crews": ("trade", "from_year"),
    "instruments": ("instrument",),
    "tariffs": (),
    "uncertainties": ("quantity", "of"),
    "demand_points": (),
    "links": (),
    "capacities": ("capacity", "asset"),
    "limits": (),
    "outages": (),
    "failures": ("failure",),
    "profiles": ("hour",),
    "seasons": ("month",),
    "names": ("name",),
    **{table: keys for own in utilities().values() for table, keys in own.tables.items()},
}
"""Tables read from ``<name>.csv`` beside ``scenario.yaml``, with the columns that key them.

A table with key columns becomes nested mappings (``sites.SS01``, ``population.Gate.2030``); one
without becomes a list in file order.
"""
