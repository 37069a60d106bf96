"""What a scenario says of its power network."""

from pydantic import model_validator

from twin.model import Flag, Model, Positive, PowerFactor


class PowerSettings(Model):
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

    @model_validator(mode="after")
    def _voltages_are_apart(self) -> "PowerSettings":
        if self.min_voltage_pu >= self.max_voltage_pu:
            raise ValueError(f"min_voltage_pu {self.min_voltage_pu:g} is not below max_voltage_pu")
        return self
