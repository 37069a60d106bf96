"""The part of the schema that tells who lives where and asks for what."""

from typing import Annotated

from pydantic import BeforeValidator, Field, Strict

from twin.model import (
    Count,
    Growth,
    Model,
    NotNegative,
    Number,
    Positive,
    PowerFactor,
    Share,
    Year,
    whole,
)


class DemandSettings(Model):
    """How people and projects turn into demand."""

    residential_share: Share = 0.65
    """Share of the per-person power peak on the residential profile; the rest is commercial."""
    coincidence: Share = 0.65
    """Share of a development's contracted MW drawn at the evening hour."""
    evening_hour: Annotated[int, Strict(), Field(ge=0, le=23), BeforeValidator(whole)] = 19
    """The hour at which evening peaks are stated."""
    domestic_power_factor: PowerFactor = 0.95
    """Power factor of residential and public demand."""
    industrial_power_factor: PowerFactor = 0.92
    """Power factor of industrial demand."""
    domestic_return: Share = 0.90
    """Share of average domestic water that becomes sewage where there are sewers."""
    development_return: Share = 0.85
    """Share of a development's water that becomes sewage."""
    infiltration_factor: Positive = 1.08
    """Groundwater that enters the sewers, as a factor on domestic sewage."""
    native_growth_percent_per_year: Growth = 0.0
    """Growth of the demand that the network files themselves hold outside the demand points."""
    native_power_profile: str = ""
    """Column of `profiles.csv` that shapes the power network's own loads; empty: constant."""


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


class OtherDemand(Model):
    """Customers beyond population and developments, on 31 December of a year."""

    evening_peak_mw: NotNegative = 0.0
    max_day_water_km3: NotNegative = 0.0
    """Water on the maximum day, thousand m3."""
    average_sewage_km3: NotNegative = 0.0
    """Sewage on the average day, thousand m3."""
    source: str = ""


class Development(Model):
    """An investor's project that asks for service in a year, and connects in its middle."""

    name: str
    sector: str = ""
    district: str
    status: str = ""
    investment_bn_kzt: NotNegative = 0.0
    jobs: NotNegative = 0.0
    power_mw: NotNegative = 0.0
    """Contracted power."""
    water_m3_per_day: NotNegative = 0.0
    gas_m3_per_h: NotNegative = 0.0
    """Not simulated: where no site of gas is planned, `twin` warns that it is not served."""
    request_year: Year
    source: str = ""


class DemandPoint(Model):
    """An asset that carries a share of a district's demand.

    A district's demand is shared among its available points in proportion to their weights.
    """

    asset: str
    """A load of the power network or a junction of the water network."""
    district: str
    weight: Positive
    from_site: str = ""
    """Available once this site is commissioned; empty: from the start."""
    until_site: str = ""
    """No longer available once this site is commissioned."""


class Season(Model):
    """Factors of a month."""

    power: NotNegative
    """January is 1."""
    water: NotNegative
    """The year's mean is 1."""
    mean_temperature_c: Number = 0.0
