"""A row of `resources.csv`, and what kinds there are."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, Strict, model_validator

from twin.model import (
    Day,
    Flag,
    Hours,
    Model,
    Months,
    NotNegative,
    Number,
    Positive,
    PowerFactor,
)

PV, WIND, RIVER, CHP = "pv", "wind", "run_of_river", "chp"
BATTERY, DEMAND_RESPONSE = "battery", "demand_response"
FLEET, HEAT_PUMP, DATA_CENTRE = "ev", "heat_pump", "data_centre"
PEAKING, MERIT, ALWAYS = "peaking", "merit", "always"
PEAK_SHAVING, SELF_CONSUMPTION, RESERVE = "peak-shaving", "self-consumption", "reserve"
PLAIN, SMART = "plain", "smart"


class Kind(NamedTuple):
    """A kind of resource.

    Attributes
    ----------
    table
        The table of pandapower in which it becomes a row; empty: it is no element of the grid.
    needs
        Columns that a row of the kind cannot do without.
    takes
        Further columns that it reads.
    rules
        What may stand under `rule`, the first where it is empty.
    """

    table: str
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


_HEAT = ("series", "design_temperature_c", "heating_limit_c")
KINDS = {
    PV: Kind("sgen", ("capacity",), ("series", "tilt_deg", "azimuth_deg", "latitude", "longitude")),
    WIND: Kind("sgen", ("capacity", "series")),
    RIVER: Kind("sgen", ("capacity",), ("series",)),
    CHP: Kind("sgen", ("capacity",), _HEAT),
    PEAKING: Kind("sgen", ("capacity",), (), (MERIT, ALWAYS)),
    BATTERY: Kind(
        "storage",
        ("capacity", "energy_mwh"),
        ("efficiency", "asset", "limit_mw", "limit_percent"),
        (SELF_CONSUMPTION, PEAK_SHAVING, RESERVE),
    ),
    FLEET: Kind(
        "load",
        ("cars",),
        ("km_per_day", "kwh_per_km", "charger_kw", "efficiency", "arrivals"),
        (PLAIN, SMART),
    ),
    HEAT_PUMP: Kind("load", ("capacity",), (*_HEAT, "flow_temperature_c")),
    DATA_CENTRE: Kind("load", ("capacity",), ("series", "start", "ramp_months")),
    DEMAND_RESPONSE: Kind("", ("capacity",), ("demand_class", "hours_per_year", "notice_h")),
}
_COMMON = {"kind", "unit", "source"}
_STANDING = {"at", "power_factor", "in_service", "rule"}


KindName = Literal[
    "pv",
    "wind",
    "run_of_river",
    "chp",
    "peaking",
    "battery",
    "ev",
    "heat_pump",
    "data_centre",
    "demand_response",
]


class Resource(Model):
    """What feeds in, stores or draws at a bus of the grid; docs/resources.md tells each kind."""

    kind: KindName
    at: str = ""
    """A bus, or an element whose (first) bus it is; a contract of demand response has none."""
    capacity: Positive | None = None
    """Rated power; of a heat pump the heat that it gives on the coldest day."""
    unit: Literal["", "MW", "kW"] = ""
    """Of `capacity`; empty: MW."""
    energy_mwh: Positive | None = None
    """What a battery can hold."""
    efficiency: Annotated[float, Strict(), Field(gt=0.01, le=1)] = 0.9
    """Of a battery there and back; of a charger for cars."""
    series: str = ""
    """A time series: the power, or a factor of the capacity; for heat the temperature of the air."""
    rule: str = ""
    """Of a battery `self-consumption`, `peak-shaving` or `reserve`; of a fleet `plain` or `smart`; of a
    peaking plant `merit` or `always`."""
    asset: str = ""
    """The line, transformer or supply that a battery watches."""
    limit_mw: Positive | None = None
    """What that is not to carry more than."""
    limit_percent: Positive | None = None
    """The same as a loading."""
    power_factor: PowerFactor = 1.0
    """Of what it draws or feeds in."""
    in_service: Flag = True
    """It stands from the start; else a site commissions it."""
    tilt_deg: Annotated[float, Strict(), Field(ge=0, le=90)] = 30.0
    """Of panels against the ground."""
    azimuth_deg: Annotated[float, Strict(), Field(ge=0, le=360)] = 180.0
    """To where they look: 180 is south."""
    latitude: Annotated[float, Strict(), Field(ge=-90, le=90)] | None = None
    """Of panels without a series; empty: the mean of the districts'."""
    longitude: Annotated[float, Strict(), Field(ge=-180, le=180)] | None = None
    cars: NotNegative = 0.0
    """Of a fleet."""
    km_per_day: NotNegative = 40.0
    """Of each car on each day."""
    kwh_per_km: NotNegative = 0.18
    charger_kw: Positive = 7.4
    """Of each car."""
    arrivals: str = ""
    """Column of `profiles.csv`: when cars come home; empty: between 15 and 22 o'clock, most at 18."""
    design_temperature_c: Number = -15.0
    """At which all of the capacity is needed for heat."""
    heating_limit_c: Number = 15.0
    """From which on no heat is needed."""
    flow_temperature_c: Number = 45.0
    """Of the water that a heat pump gives."""
    start: Day | None = None
    """When a data centre begins to draw; empty: it is there from the start."""
    ramp_months: Months = 0.0
    """Months from there until it draws all."""
    demand_class: Literal["residential", "commercial", "industrial"] = "industrial"
    """Of the customers who draw less where they are asked to."""
    hours_per_year: Positive = 100.0
    """For how long they can be asked."""
    notice_h: Hours = 0.0
    """Hours from the beginning of a shortage until they draw less."""
    source: str = ""

    @property
    def mw(self) -> float:
        """Return the capacity."""
        return (self.capacity or 0.0) * (1e-3 if self.unit == "kW" else 1.0)

    @property
    def of(self) -> Kind:
        """Return what there is to know of its kind."""
        return KINDS[self.kind]

    @property
    def own_rule(self) -> str:
        """Return its rule, the kind's first where it names none."""
        return self.rule or next(iter(self.of.rules), "")

    @model_validator(mode="after")
    def _is_whole(self) -> "Resource":
        needs = (*(("at",) if self.of.table else ()), *self.of.needs)
        missing = [name for name in needs if not getattr(self, name)]
        if missing:
            raise ValueError(f"a {self.kind} needs {' and '.join(missing)}")
        if self.rule and self.rule not in self.of.rules:
            known = " or ".join(self.of.rules) or "none"
            raise ValueError(f"{self.rule!r} is no rule of a {self.kind} ({known})")
        known_columns = {*self.of.needs, *self.of.takes, *_COMMON, "capacity"}
        known_columns |= _STANDING if self.of.table else set()
        fields = type(self).model_fields
        given = {name for name in self.model_fields_set if getattr(self, name) != fields[name].default}
        if ignored := sorted(given - known_columns):
            raise ValueError(f"a {self.kind} does not use {', '.join(ignored)}")
        limits = [limit for limit in (self.limit_mw, self.limit_percent) if limit is not None]
        if self.own_rule == PEAK_SHAVING and (not self.asset or len(limits) != 1):
            raise ValueError("peak-shaving needs asset and either limit_mw or limit_percent")
        if self.own_rule != PEAK_SHAVING and limits:
            raise ValueError(f"{self.own_rule} does not use a limit")
        if self.own_rule == RESERVE and self.asset:
            raise ValueError("reserve serves its own bus, not an asset")
        if self.design_temperature_c >= self.heating_limit_c:
            raise ValueError("design_temperature_c is not below heating_limit_c")
        return self


class Resources(Model):
    """Resources by name: their addresses are `power/NAME`."""

    resources: dict[str, Resource] = {}


def resources_of(scenario: object) -> Mapping[str, Resource]:
    """Return a scenario's resources by name."""
    return scenario.resources if isinstance(scenario, Resources) else NO_RESOURCES


NO_RESOURCES: Mapping[str, Resource] = MappingProxyType({})
