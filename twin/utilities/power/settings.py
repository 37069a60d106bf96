"""What a scenario says of its power network, its demand and what it feeds."""

from typing import Annotated

from pydantic import BeforeValidator, Field, Strict, model_validator

from twin.model import Flag, Hours, Model, NotNegative, Positive, PowerFactor, Share, whole
from twin.utilities.power.resources.table import Resources
from twin.utilities.utility import NetworkSettings


class PowerSettings(NetworkSettings):
    """The power network and its limits."""

    file: str = "power.json"
    """pandapower network, saved with `pandapower.to_json`."""
    min_voltage_pu: Positive = 0.90
    """Lowest voltage allowed at an energised bus (GOST 32144: within 10 % of nominal)."""
    max_voltage_pu: Positive = 1.10
    """Highest voltage allowed at an energised bus."""
    max_loading_percent: Positive = 100.0
    """Highest loading of a line or transformer in normal service."""
    emergency_factor: Positive = 1.4
    """What a transformer may carry for hours after the loss of its neighbour, over its rating."""
    shedding: Flag = True
    """Shed load by class where elements are beyond what they may carry in an emergency; without it they are
    only reported, and demand beyond the largest transfer has no solution."""
    design_power_factor: PowerFactor = 0.95
    """Turns a substation's firm MVA into firm MW."""

    restoration: Flag = False
    """After an outage, close normally open points and open others, so that most of what it cut off is served
    again until it ends: docs/security-of-supply.md."""
    switching_min: NotNegative = 60.0
    """Minutes from an outage until that is done; N-1 tells what is lost until then."""

    @model_validator(mode="after")
    def _voltages_are_apart(self) -> "PowerSettings":
        if self.min_voltage_pu >= self.max_voltage_pu:
            raise ValueError(f"min_voltage_pu {self.min_voltage_pu:g} is not below max_voltage_pu")
        return self


class PowerDemand(Model):
    """How people and projects turn into demand for power."""

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
    native_power_profile: str = ""
    """Column of `profiles.csv` that shapes the power network's own loads; empty: constant."""


class PowerContract(Model):
    """What a development contracts."""

    power_mw: NotNegative = 0.0
    """Contracted power."""


class OtherPower(Model):
    """What customers beyond population and developments draw."""

    evening_peak_mw: NotNegative = 0.0


class PowerSeason(Model):
    """The month's factor."""

    power: NotNegative
    """January is 1."""
    clearness: Share = 1.0
    """Of panels without a series: what of a clear sky's light there is."""


class PowerPrice(Model):
    """What energy that is not served is worth."""

    unserved_energy_kzt_per_kwh: NotNegative = 0.0


class Feed(Model):
    """A motor or a process, and the load that feeds it.

    `pump`: a pump and the load that feeds it. `process`: a flow (valve, pipe or treatment plant) that
    draws kWh per m3 from a load.
    """

    power_factor: PowerFactor = 0.86
    kwh_per_m3: NotNegative = 0.0
    min_voltage_pu: NotNegative = 0.85
    """Below this the motor trips."""
    restart_delay_s: Annotated[int, Strict(), Field(ge=0, le=10**9), BeforeValidator(whole)] = 900
    """Seconds a tripped motor stays off after its supply has returned."""
    fuel_h: Hours = 0.0
    """Hours a backup generator can carry it; 0: none."""


class PowerTables(Resources):
    """What stands beside the grid's file, and what is looked at beside the run."""

    n1: Flag = False
    """N-1: take every line, transformer and supply out, one at a time, at each month's peak."""
    generation_headroom: Flag = False
    """What each bus of the grid could feed in at the lowest net load of each year, and which limit binds."""
    fault_levels: Flag = False
    """Short-circuit currents of the grid (IEC 60909), beside what breakers can break."""
