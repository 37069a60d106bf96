"""The shape of a scenario: what ``scenario.yaml`` and the tables beside it may hold.

Every model is frozen and forbids unknown keys. A docstring under a field is its line in the scenario
reference, which is generated from here.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, NonNegativeFloat, PositiveFloat

from twin.cards import card
from twin.scenario.model import Model, Names, Share
from twin.scenario.works import (
    ConnectionTerms,
    Crews,
    FinanceSettings,
    Instrument,
    OrderRow,
    ServicePrices,
    Uncertainty,
    WorksSettings,
)


def _cell(value: object) -> object:
    """Read a table cell as what it says: true, false or a number."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return value


class PowerSettings(Model):
    """The power network and its limits."""

    file: str = "power.json"
    """pandapower network, saved with `pandapower.to_json`."""
    min_voltage_pu: PositiveFloat = 0.90
    """Lowest voltage allowed at an energised bus (GOST 32144: within 10 % of nominal)."""
    max_voltage_pu: PositiveFloat = 1.10
    """Highest voltage allowed at an energised bus."""
    max_loading_percent: PositiveFloat = 100.0
    """Highest loading of a line or transformer in normal service."""
    emergency_factor: PositiveFloat = 1.4
    """What a transformer may carry for hours after the loss of its neighbour, over its rating."""
    shedding: bool = True
    """Shed load by class where elements are beyond what they may carry in an emergency; without it they are
    only reported, and demand beyond the largest transfer has no solution."""
    design_power_factor: Share = 0.95
    """Turns a substation's firm MVA into firm MW."""


class WaterSettings(Model):
    """The water network and its limits."""

    file: str = "water.inp"
    """EPANET network."""
    required_pressure_m: PositiveFloat = 20.0
    """Pressure at which demand is met in full (one per network, an EPANET rule)."""
    min_pressure_m: NonNegativeFloat = 0.0
    """Pressure at which nothing is delivered."""
    pressure_exponent: Annotated[float, Field(gt=0, le=10)] = 0.5
    """Between these pressures demand is met by this power of where pressure lies."""
    demand_model: Literal["pressure", "file"] = "pressure"
    """`file`: the network file's own demand model, for all demand. If that is demand-driven, what is drawn
    where pressure is below zero counts as unserved."""
    max_pressure_m: PositiveFloat = 60.0
    """Highest pressure allowed at a demand point of a district."""
    max_velocity_m_per_s: PositiveFloat = 2.5
    """Highest velocity allowed in a pipe."""
    min_tank_fill: Share = 0.05
    """Lowest fill allowed in a tank, as a share of its usable volume."""


class WastewaterSettings(Model):
    """The wastewater network and its limits."""

    file: str = "wastewater.inp"
    """EPANET network; gravity reaches carry the tag `gravity`."""
    max_filling_percent: PositiveFloat = 100.0
    """Highest flow of a gravity reach over its full-pipe capacity (Manning)."""


class Networks(Model):
    """The utilities of this city; what is left out is not simulated."""

    power: PowerSettings | None = None
    water: WaterSettings | None = None
    wastewater: WastewaterSettings | None = None


class Settling(Model):
    """How networks are iterated until they agree."""

    max_rounds: Annotated[int, Field(ge=1)] = 10
    """Rounds per instant before it is counted as unsettled."""
    tolerance_kw: PositiveFloat = 1e-3
    """Largest change in what a link hands over that counts as agreement."""


class DemandSettings(Model):
    """How people and projects turn into demand."""

    residential_share: Share = 0.65
    """Share of the per-person power peak on the residential profile; the rest is commercial."""
    coincidence: Share = 0.65
    """Share of a development's contracted MW drawn at the evening hour."""
    evening_hour: Annotated[int, Field(ge=0, le=23)] = 19
    """The hour at which evening peaks are stated."""
    domestic_power_factor: Share = 0.95
    """Power factor of residential and public demand."""
    industrial_power_factor: Share = 0.92
    """Power factor of industrial demand."""
    domestic_return: Share = 0.90
    """Share of average domestic water that becomes sewage where there are sewers."""
    development_return: Share = 0.85
    """Share of a development's water that becomes sewage."""
    infiltration_factor: PositiveFloat = 1.08
    """Groundwater that enters the sewers, as a factor on domestic sewage."""
    native_growth_percent_per_year: float = 0.0
    """Growth of the demand that the network files themselves hold outside the demand points."""
    native_power_profile: str = ""
    """Column of `profiles.csv` that shapes the power network's own loads; empty: constant."""


class District(Model):
    """An area with population and land use."""

    use: str = ""
    """Land use in words."""
    area_kha: NonNegativeFloat = 0.0
    """Area, thousand hectares."""
    elevation_m: float = 0.0
    """Mean ground elevation."""
    storeys: Annotated[int, Field(ge=1)] = 1
    """Storeys that network pressure must reach (10 m + 4 m per storey above the first, at most 9)."""
    latitude: float = 0.0
    longitude: float = 0.0
    source: str = ""
    """Where the numbers come from."""


class Population(Model):
    """People in a district on 31 December of a year; growth between rows is geometric."""

    population_k: NonNegativeFloat
    source: str = ""


class Norm(Model):
    """A design norm in a year; linear between years."""

    value: NonNegativeFloat
    unit: str = ""
    source: str = ""


class OtherDemand(Model):
    """Customers beyond population and developments, on 31 December of a year."""

    evening_peak_mw: NonNegativeFloat = 0.0
    max_day_water_km3: NonNegativeFloat = 0.0
    """Water on the maximum day, thousand m3."""
    average_sewage_km3: NonNegativeFloat = 0.0
    """Sewage on the average day, thousand m3."""
    source: str = ""


class Development(Model):
    """An investor's project that asks for service in a year, and connects in its middle."""

    name: str
    sector: str = ""
    district: str
    status: str = ""
    investment_bn_kzt: NonNegativeFloat = 0.0
    jobs: NonNegativeFloat = 0.0
    power_mw: NonNegativeFloat = 0.0
    """Contracted power."""
    water_m3_per_day: NonNegativeFloat = 0.0
    gas_m3_per_h: NonNegativeFloat = 0.0
    """Not simulated: where no site of gas is planned, `twin` warns that it is not served."""
    request_year: int
    source: str = ""


class Site(Model):
    """A piece of infrastructure to be built."""

    kind: str
    name: str
    capacity: str = ""
    unit: str = ""
    district: str = ""
    cost_bn_kzt: NonNegativeFloat = 0.0
    build_months: NonNegativeFloat
    """From the start of its stage to readiness, without slip."""
    stage: str
    """Key of `stages` in scenario.yaml, which gives its start."""
    requires: Names = ()
    """Sites that must be commissioned before it can be (finish to finish)."""
    slip_months: float = 0.0
    """Months that the works take longer than planned."""
    crews: Annotated[int, Field(ge=1)] = 1
    """Crews of its trade that it takes."""
    source: str = ""


class SiteChange(Model):
    """What commissioning a site does to a network."""

    site: str
    asset: str
    field: str
    value: Annotated[bool | float, BeforeValidator(_cell)]


class DemandPoint(Model):
    """An asset that carries a share of a district's demand.

    A district's demand is shared among its available points in proportion to their weights.
    """

    asset: str
    """A load of the power network or a junction of the water network."""
    district: str
    weight: PositiveFloat
    from_site: str = ""
    """Available once this site is commissioned; empty: from the start."""
    until_site: str = ""
    """No longer available once this site is commissioned."""


class Link(Model):
    """A dependency between assets of two networks.

    `pump`: a pump and the load that feeds it. `process`: a flow (valve, pipe or treatment plant) that
    draws kWh per m3 from a load. `sewage`: a water junction and the manhole its used water reaches.
    """

    kind: Literal["pump", "process", "sewage"]
    asset: str
    to: str
    power_factor: Annotated[float, Field(gt=0, le=1)] = 0.86
    kwh_per_m3: NonNegativeFloat = 0.0
    lag_h: Annotated[int, Field(ge=1, le=24)] = 1
    """Hours between the use of water and its arrival at the manhole."""
    min_voltage_pu: NonNegativeFloat = 0.85
    """Below this the motor trips."""
    restart_delay_s: Annotated[int, Field(ge=0)] = 900
    """Seconds a tripped motor stays off after its supply has returned."""
    fuel_h: NonNegativeFloat = 0.0
    """Hours a backup generator can carry it; 0: none."""
    source: str = ""


class Capacity(Model):
    """One member of a named capacity: what it adds to what the city can rely on."""

    kind: Literal["substation", "supply", "source", "treatment", "pumping"]
    rating: NonNegativeFloat | None = None
    """Empty for transformers: their rating stands in the power network."""
    unit: str = ""
    from_site: str = ""
    until_site: str = ""
    source: str = ""


class Limit(Model):
    """A bound on one signal, beside the general ones of `networks`."""

    asset: str
    quantity: str
    lower: float | None = None
    upper: float | None = None


class Treatment(Model):
    """A treatment plant at the end of the sewers."""

    node: str
    """EPANET reservoir that receives the flow."""
    capacity_m3_per_day: NonNegativeFloat
    equalisation_m3: NonNegativeFloat = 0.0
    """Basin that holds back the daily peak."""
    in_service: bool = True


class LiftStation(Model):
    """Pumps whose speed follows the level of their wet well."""

    wet_well: str
    """EPANET tank."""
    pumps: Names
    main: Names
    """Pipes of the force main, from the pumps to its discharge."""
    discharge: str
    """Node where the force main ends, at its elevation (a PSV keeps it under no pressure)."""


class Outage(Model):
    """Assets out of service from an instant for some hours."""

    assets: Names
    """One asset, or several that leave service together (a whole substation)."""
    start: datetime
    hours: PositiveFloat
    repeat_months: Annotated[int, Field(ge=0)] = 0
    """A maintenance window: again after so many months, to the end; 0: once."""


class Failure(Model):
    """Random failures of a class of assets: exponential times to failure and of repair."""

    assets: Names
    """Addresses; `*` stands for any characters (`power/T-*`)."""
    failures_per_year: PositiveFloat
    """Of each asset; if they fail together, of all as one."""
    repair_h: PositiveFloat
    """Mean length of a repair, once a crew is there."""
    together: bool = False
    """A common cause: all these assets fail as one (a whole substation)."""


class Season(Model):
    """Factors of a month."""

    power: NonNegativeFloat
    """January is 1."""
    water: NonNegativeFloat
    """The year's mean is 1."""
    mean_temperature_c: float = 0.0


FROM_LOADER = ("folder", "file", "overrides")
"""Fields of a scenario that its loader sets, not its user."""


class Scenario(Model):
    """What the user wrote, checked and frozen."""

    folder: Path = Field(default=Path(), exclude=True, repr=False)
    """Where the tables and network files stand; set by the loader."""
    file: str = Field(default="scenario.yaml", exclude=True, repr=False)
    """The YAML file it was loaded from; set by the loader."""
    overrides: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    """The ``KEY=VALUE`` that changed it on loading; set by the loader."""
    name: str
    description: str = ""
    start: date
    """First day."""
    end: date
    """The day after the last."""
    days: Literal["representative", "every"] = "representative"
    """Simulate a typical and a peak day of each month, or every day."""
    seed: int = 1
    n1: bool = False
    """N-1: take every line, transformer and supply out, one at a time, at each month's peak."""
    networks: Networks
    settling: Settling = Settling()
    demand: DemandSettings = DemandSettings()
    stages: dict[str, date] = {}
    """Start of each stage of the works, which holds where there is no build order."""
    build_order: str = ""
    """Name of `build_orders/NAME.csv`, or a path to such a file: who starts when or in which priority,
    under the crews and money at hand. Empty: each site starts with its stage."""
    future: Annotated[int, Field(ge=0)] = 0
    """0: all as planned. 1, 2, ...: slips, costs and growth drawn from `uncertainties.csv`; the same number
    means the same luck under every build order."""
    connection: Literal["on-request", "when-capacity"] = "on-request"
    """Connect customers when they ask and let the physics suffer, or once there is room for them."""
    connection_terms: ConnectionTerms = ConnectionTerms()
    works: WorksSettings = WorksSettings()
    finance: FinanceSettings = FinanceSettings()
    service_prices: ServicePrices = ServicePrices()
    districts: dict[str, District] = {}
    population: dict[str, dict[int, Population]] = {}
    norms: dict[str, dict[int, Norm]] = {}
    other_demand: dict[str, dict[int, OtherDemand]] = {}
    developments: dict[str, Development] = {}
    sites: dict[str, Site] = {}
    site_changes: tuple[SiteChange, ...] = ()
    order: tuple[OrderRow, ...] = ()
    crews: dict[str, dict[int, Crews]] = {}
    instruments: dict[str, Instrument] = {}
    uncertainties: dict[Literal["slip", "cost", "growth"], dict[str, Uncertainty]] = {}
    demand_points: tuple[DemandPoint, ...] = ()
    links: tuple[Link, ...] = ()
    capacities: dict[str, dict[str, Capacity]] = {}
    limits: tuple[Limit, ...] = ()
    treatment: dict[str, Treatment] = {}
    lift_stations: dict[str, LiftStation] = {}
    outages: tuple[Outage, ...] = ()
    failures: dict[str, Failure] = {}
    repair_crews: Annotated[int, Field(ge=1)] = 2
    """Crews that repair random failures; a failure waits until one is free."""
    profiles: dict[int, dict[str, NonNegativeFloat]] = {}
    """Hour of the day to factor, by column."""
    seasons: dict[int, Season] = {}

    def _repr_html_(self) -> str:
        """Return what a notebook shows for a scenario."""
        networks = [name for name in Networks.model_fields if getattr(self.networks, name)]
        jobs = sum(development.jobs for development in self.developments.values())
        cost = sum(site.cost_bn_kzt for site in self.sites.values())
        return card(
            self.name,
            [
                ("about", self.description),
                ("horizon", f"{self.start} to {self.end}, {self.days} days"),
                ("networks", ", ".join(networks)),
                ("districts", ", ".join(self.districts)),
                ("sites", f"{len(self.sites)}, {cost:,.1f} bn KZT"),
                ("developments", f"{len(self.developments)}, {jobs:,.0f} jobs"),
            ],
        )


TABLES: dict[str, tuple[str, ...]] = {
    "districts": ("district",),
    "population": ("district", "year"),
    "norms": ("norm", "year"),
    "other_demand": ("district", "year"),
    "developments": ("id",),
    "sites": ("id",),
    "site_changes": (),
    "order": (),
    "crews": ("trade", "from_year"),
    "instruments": ("instrument",),
    "uncertainties": ("quantity", "of"),
    "demand_points": (),
    "links": (),
    "capacities": ("capacity", "asset"),
    "limits": (),
    "treatment": ("plant",),
    "lift_stations": ("station",),
    "outages": (),
    "failures": ("failure",),
    "profiles": ("hour",),
    "seasons": ("month",),
}
"""Tables read from ``<name>.csv`` beside ``scenario.yaml``, with the columns that key them.

A table with key columns becomes nested mappings (``sites.SS01``, ``population.Gate.2030``); one
without becomes a list in file order.
"""
