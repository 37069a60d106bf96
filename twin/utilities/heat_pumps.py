"""What heat pumps make of electricity, by the temperature of the air."""

import numpy as np

from twin.utilities.base import Vector

_LEAST_LIFT, _MOST_LIFT = 15.0, 60.0


def heat_pump_cop(temperature_c: Vector, flow_c: float) -> Vector:
    """Return the coefficient of performance of an air-source heat pump.

    The regression by I. Staffell, D. Brett, N. Brandon, A. Hawkes, A review of domestic heat pumps, Energy
    Environ. Sci. 5 (2012) 9291: ``6.81 - 0.121 d + 0.000630 d^2`` with the lift ``d`` from the air to the
    water, for lifts from 15 to 60 K; beyond them it is as at the bounds.
    """
    lift = np.clip(flow_c - temperature_c, _LEAST_LIFT, _MOST_LIFT)
    return np.asarray(6.81 - 0.121 * lift + 0.000630 * lift**2)
