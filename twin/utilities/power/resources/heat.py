"""Heat demand by the temperature of the air, and what heat pumps and cogeneration make of it."""

from collections.abc import Mapping, Sequence

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.demand import Given
from twin.utilities.power.resources.table import HEAT_PUMP, Resource

TEMPERATURE = "temperature_c"
_LEAST_LIFT, _MOST_LIFT = 15.0, 60.0


def heat_share(temperature_c: Vector, design_c: float, limit_c: float) -> Vector:
    """Return the share of the design heat that is needed: linear between two temperatures."""
    return np.clip((limit_c - temperature_c) / (limit_c - design_c), 0.0, 1.0)


def heat_pump_cop(temperature_c: Vector, flow_c: float) -> Vector:
    """Return the coefficient of performance of an air-source heat pump.

    The regression by I. Staffell, D. Brett, N. Brandon, A. Hawkes, A review of domestic heat pumps, Energy
    Environ. Sci. 5 (2012) 9291: ``6.81 - 0.121 d + 0.000630 d^2`` with the lift ``d`` from the air to the
    water, for lifts from 15 to 60 K; beyond them it is as at the bounds.
    """
    lift = np.clip(flow_c - temperature_c, _LEAST_LIFT, _MOST_LIFT)
    return np.asarray(6.81 - 0.121 * lift + 0.000630 * lift**2)


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
