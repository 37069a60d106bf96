"""What a scenario says of who draws gas: settings of its `demand`, and columns of `other_demand.csv`."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from twin.model import Model, NotNegative, Number, PowerFactor, Share


class GasDemand(Model):
    """How people turn into demand for gas, and what stands in where there is none yet."""

    gas_cold_day_c: Annotated[float, Strict(), Field(ge=-60, lt=20)] = -20.1
    """The air's temperature on the day for which heating is designed, at which its norm holds. Each month
    with a mean below 0 has such a day beside its typical and its peak day."""
    gas_cold_day_weight: Annotated[float, Strict(), Field(ge=0, le=10)] = 0.0
    """How many days of such a month it stands for in volumes; peaks and shortages count in any case."""
    until_gas: Literal["wait", "electricity"] = "wait"
    """What housing does that is planned on gas and cannot have it yet: wait for its connection, or heat by
    electricity until then."""
    until_gas_heat_pump_share: Share = 0.3
    """Of that heat, how much comes from air-source heat pumps; the rest from resistance."""
    until_gas_flow_temperature_c: Number = 45.0
    """Of the water that these heat pumps give."""
    gas_boiler_efficiency: PowerFactor = 0.92
    """Heat over the lower heating value of the gas."""


class OtherGas(Model):
    """What customers beyond population and developments draw."""

    peak_gas_km3_per_h: NotNegative = 0.0
    """In the hour in which they draw most, thousand m3/h; by the industrial profile."""
