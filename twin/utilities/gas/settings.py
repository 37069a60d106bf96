"""What a scenario says of its gas network and its demand."""

from typing import Literal

from twin.model import Model, NotNegative, Positive, Share
from twin.utilities.utility import NetworkSettings


class GasSettings(NetworkSettings):
    """The gas network and its limits; pressures are above the atmosphere's, m3 at 20 °C and 101.325 kPa."""

    file: str = "gas.json"
    """pandapipes network of a gas, in JSON."""
    friction: Literal["file", "nikuradse", "colebrook", "swamee-jain"] = "file"
    """How friction in pipes is computed; `file`: as the file's own options say, `nikuradse` without any."""
    required_pressure_bar: Positive = 0.02
    """Pressure at which a sink's demand is met in full. At half of it nothing is delivered; between the two
    interruptible demand falls first, homes last."""
    required_pressures_bar: dict[str, Positive] = {}
    """Of sinks by address, where it is another."""
    min_inlet_pressures_bar: dict[str, Positive] = {}
    """Of regulators by address: below it they pass only what leaves so much pressure before them."""
    max_velocity_m_per_s: Positive = 20.0
    """Highest velocity allowed in a pipe."""
    station_power_kw: NotNegative = 5.0
    """What a regulator in service draws from the grid, where a link feeds it: heating and controls."""
    compressor_efficiency: Share = 0.75
    """Of compressors and pumps: isentropic power over what they draw."""


class GasContract(Model):
    """What a development contracts."""

    gas_m3_per_h: NotNegative = 0.0
    """In the coldest hour. Where no site of gas is planned, `twin` warns that it is not served."""


class GasPrice(Model):
    """What gas that is not served is worth."""

    unserved_gas_kzt_per_m3: NotNegative = 0.0


DRAWN = "demand_m3_per_h"
SERIES = {
    DRAWN: {"m3/h": 1.0, "thousand m3/h": 1000.0, "m3/s": 3600.0, "m3/day": 1.0 / 24.0},
}
"""By field of a sink, the units of a time series: what is drawn there."""
