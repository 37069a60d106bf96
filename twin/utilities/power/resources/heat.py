"""Heat demand by the temperature of the air, and what heat pumps and cogeneration make of it."""

from collections.abc import Mapping, Sequence

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.demand import Given
from twin.utilities.heat_pumps import heat_pump_cop
from twin.utilities.power.resources.table import HEAT_PUMP, Resource

TEMPERATURE = "temperature_c"


def heat_share(temperature_c: Vector, design_c: float, limit_c: float) -> Vector:
    """Return the share of the design heat that is needed: linear between two temperatures."""
    return np.clip((limit_c - temperature_c) / (limit_c - design_c), 0.0, 1.0)


def power_mw(row: Resource, temperature_c: Vector) -> Vector:
    """Return what a heat pump draws, or a heat-led plant feeds in."""
    share = heat_share(temperature_c, row.design_temperature_c, row.heating_limit_c)
    if row.kind == HEAT_PUMP:
        return np.asarray(row.mw * share / heat_pump_cop(temperature_c, row.flow_temperature_c))
    return row.mw * share


class Heated:
    """Turns what is given as a temperature into power.

    Parameters
    ----------
    rows
        Resources by address.
    """

    def __init__(self, given: Sequence[Given], rows: Mapping[str, Resource]) -> None:
        self._columns = [(i, rows[own.asset]) for i, own in enumerate(given) if own.field == TEMPERATURE]
        self.given = tuple(Given(own.asset, "p_mw") if own.field == TEMPERATURE else own for own in given)

    def powers(self, given: Vector) -> Vector:
        """Return what is given, shape (..., given), temperatures as MW."""
        if not self._columns:
            return given
        powers = given.copy()
        for column, row in self._columns:
            powers[..., column] = power_mw(row, given[..., column])
        return powers
