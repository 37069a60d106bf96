"""The part of the schema that tells who lives where and asks for what."""

from typing import Literal

from twin.model import Count, Growth, Model, NotNegative, Number, Positive, SomeFactor, Year
from twin.scenario.extended import extended


@extended("demand")
class DemandSettings(Model):
    """How people and projects turn into demand."""

    native_growth_percent_per_year: Growth = 0.0
    """Growth of the demand that the network files themselves hold outside the demand points."""
    growth_factor: SomeFactor = 1.0
    """On what people and other demand grow beyond the scenario's start: 1.2 is a fifth more than planned."""


class TimeSeries(Model):
    """How the files in `timeseries/` are read, and which days are holidays."""

    time_zone: str = ""
    """Whose standard time the clock keeps, such as `Asia/Almaty`: for series whose times carry an offset."""
    gaps: Literal["refuse", "linear", "previous"] = "refuse"
    """What stands for values that are missing: nothing, so that the run is refused; a line between their
    neighbours; the one before. How many were filled is told."""
    holidays: str = ""
    """Country (`KZ`, `DE`) whose public holidays have the profiles of `@holiday`, else of `@sunday`; empty:
    none. Needs the extra `weather`."""


class District(Model):
    """An area with population and land use."""

    use: str = ""
    """Land use in words."""
    area_kha: NotNegative = 0.0
    """Area, thousand hectares."""
    elevation_m: Number = 0.0
    """Mean ground elevation."""
    storeys: Count = 1
    """Storeys that network pressure must reach (10 m + 4 m per storey above the first, at most 9)."""
    latitude: Number = 0.0
    longitude: Number = 0.0
    source: str = ""
    """Where the numbers come from."""


class Population(Model):
    """People in a district on 31 December of a year; growth between rows is geometric."""

    population_k: NotNegative
    source: str = ""


class Norm(Model):
    """A design norm in a year; linear between years."""

    value: NotNegative
    unit: str = ""
    """kW, l or 1, after the norm's name; nothing is converted, another unit is refused."""
    source: str = ""


@extended("other_demand")
class OtherDemand(Model):
    """Customers beyond population and developments, on 31 December of a year."""

    source: str = ""


@extended("developments")
class Development(Model):
    """An investor's project that asks for service in a year, and connects in its middle."""

    name: str
    sector: str = ""
    district: str
    status: str = ""
    investment_bn_kzt: NotNegative = 0.0
    jobs: NotNegative = 0.0
    request_year: Year
    source: str = ""


class DemandPoint(Model):
    """An asset that carries a share of a district's demand.

    A district's demand is shared among its available points in proportion to their weights.
    """

    asset: str
    """Where demand can be put: a load of a grid, a junction of a network of pipes."""
    district: str
    weight: Positive
    from_site: str = ""
    """Available once this site is commissioned, which must agree with the site that switches the asset on;
    empty: from the start."""
    until_site: str = ""
    """No longer available once this site is commissioned."""


@extended("seasons")
class Season(Model):
    """Factors of a month."""

    mean_temperature_c: Number = 0.0
    """Of the air."""
    daily_swing_c: NotNegative = 0.0
    """From the coldest to the warmest hour of a day, at 3 and at 15 o'clock; between them it is a cosine."""
