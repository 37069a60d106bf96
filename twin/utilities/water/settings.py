"""What a scenario says of its water network and its demand."""

from typing import Annotated, Literal

from pydantic import Field, Strict, model_validator

from twin.model import Model, NotNegative, Positive, Share
from twin.utilities.names import FACTOR
from twin.utilities.utility import NetworkSettings

PRESSURE_RANGE_M = 0.1
"""EPANET's least between no delivery and full delivery."""


class WaterSettings(NetworkSettings):
    """The water network and its limits."""

    file: str = "water.inp"
    """EPANET network."""
    required_pressure_m: Positive = 20.0
    """Pressure at which demand is met in full (one per network, an EPANET rule)."""
    min_pressure_m: NotNegative = 0.0
    """Pressure at which nothing is delivered."""
    pressure_exponent: Annotated[float, Strict(), Field(gt=0, le=10)] = 0.5
    """Between these pressures demand is met by this power of where pressure lies."""
    demand_model: Literal["pressure", "file"] = "pressure"
    """`file`: the network file's own demand model, for all demand. If that is demand-driven, what is drawn
    where pressure is below zero counts as unserved."""
    max_pressure_m: Positive = 60.0
    """Highest pressure allowed at a demand point of a district."""
    max_velocity_m_per_s: Positive = 2.5
    """Highest velocity allowed in a pipe."""
    min_tank_fill: Share = 0.05
    """Lowest fill allowed in a tank, as a share of its usable volume."""

    @model_validator(mode="after")
    def _pressures_are_apart(self) -> "WaterSettings":
        if (
            self.required_pressure_m < self.min_pressure_m + PRESSURE_RANGE_M - 1e-9
            and self.demand_model == "pressure"
        ):
            least = f"{self.min_pressure_m + PRESSURE_RANGE_M:g}"
            raise ValueError(
                f"required_pressure_m is {self.required_pressure_m:g}; EPANET needs {PRESSURE_RANGE_M:g} m "
                f"above min_pressure_m ({least} or more)"
            )
        return self


class WaterContract(Model):
    """What a development contracts."""

    water_m3_per_day: NotNegative = 0.0


class OtherWater(Model):
    """What customers beyond population and developments draw."""

    max_day_water_km3: NotNegative = 0.0
    """Water on the maximum day, thousand m3."""


class WaterSeason(Model):
    """The month's factor."""

    water: NotNegative
    """The year's mean is 1."""


class WaterPrice(Model):
    """What water that is not served is worth."""

    unserved_water_kzt_per_m3: NotNegative = 0.0


DRAWN = "demand_m3_per_s"
SERIES = {
    DRAWN: {"m3/s": 1.0, "l/s": 1e-3, "m3/h": 1.0 / 3600.0, "m3/day": 1.0 / 86400.0},
    FACTOR: {"1": 1.0, "%": 0.01},
}
"""By field of a junction, the units of a time series: what is drawn there, or a factor of the file's base."""
