"""From people and contracts to the demand for gas, and to the electricity that stands in for it.

Heating follows the air: floor area times a norm that holds on the coldest day, times the share of the
difference to 20 C that is there now (degree hours; the building's own inertia is left out).
"""

from collections.abc import Sequence

import numpy as np

from twin.model import Model
from twin.utilities.base import Vector
from twin.utilities.demand import Basis, Demand, FurtherDay, Instead, Norm
from twin.utilities.gas.customers import GasDemand
from twin.utilities.heat_pumps import heat_pump_cop
from twin.utilities.utility import declared

COOKING, INDUSTRIAL = "gas_cooking", "industrial_power"
NORM_COOKING, NORM_HEATING = "gas_m3_per_person_month", "gas_heating_m3_per_h_per_1000_m2"
FLOOR, HEATED = "floor_m2_per_person", "gas_heated_share"
NORMS = (
    Norm(NORM_COOKING, ("m3", "m3/person/month", "m3 per person and month")),
    Norm(NORM_HEATING, ("m3/h", "m3/h/1000 m2", "m3/h per 1000 m2")),
    Norm(FLOOR, ("m2", "m2/person", "m2 per person")),
    Norm(HEATED, ("1", "share", "-"), 1.0),
)
HOURS_PER_MONTH = 730.5
INDOOR_C = 20.0
"""Of heated rooms, from which degree hours count."""
HEATING_VALUE_KWH_PER_M3 = 9.3
"""Lower, of natural gas at 20 C and 101.325 kPa: 8,000 kcal/m3, the reference of GOST 5542."""
_FREEZING_C = 0.0
STANDS_IN = "power", "residential"
"""Where electric heating is drawn: utility and class of demand."""


def demand(basis: Basis) -> Demand:
    """Return base m3/h by point and class, and their factors by step.

    Heating is based on the coldest day, cooking on the mean of the year, the rest on the highest hour.
    """
    cooking = basis.people * basis.norm(NORM_COOKING) / HOURS_PER_MONTH
    other, contracted = 1000.0 * basis.other("peak_gas_km3_per_h"), basis.contracted("gas_m3_per_h")
    classes = np.column_stack([heating_m3_per_h(basis.people, basis), cooking, other, contracted])
    shape = basis.shape(COOKING) / basis.year(COOKING).mean()
    industrial = basis.shape(INDUSTRIAL) / basis.year(INDUSTRIAL).max()
    factors = np.column_stack([heat_share(basis), shape, industrial, industrial])
    return Demand(basis.share(classes), factors, np.ones(len(factors)))


def need(more: Vector, basis: Basis) -> Vector:
    """Return m3/h in the highest hour of the coldest day that more people need, by district."""
    year = basis.year(COOKING)
    cooking = more * basis.norm(NORM_COOKING) / HOURS_PER_MONTH * float(year.max() / year.mean())
    return heating_m3_per_h(more, basis) + cooking


def heating_m3_per_h(people: Vector, basis: Basis) -> Vector:
    """Return what heating of people's homes draws on the coldest day, by district."""
    heated_m2 = people * basis.norm(FLOOR) * basis.norm(HEATED)
    return np.asarray(heated_m2 / 1000.0 * basis.norm(NORM_HEATING))


def heat_share(basis: Basis) -> Vector:
    """Return the share of the coldest day's heating that is needed, by step."""
    coldest = basis.settings(GasDemand).gas_cold_day_c
    return np.asarray(np.maximum(0.0, INDOOR_C - basis.air_c) / (INDOOR_C - coldest))


def further_days(demand: Model, season: Model) -> Sequence[FurtherDay]:
    """Return the coldest day, in a month whose mean temperature is known to be below 0 C."""
    own = declared(demand, GasDemand)
    known = "mean_temperature_c" in season.model_fields_set
    mean = float(getattr(season, "mean_temperature_c", INDOOR_C))
    if not known or not mean < _FREEZING_C:
        return ()
    return (FurtherDay("cold", own.gas_cold_day_c, own.gas_cold_day_weight),)


def instead(people: Vector, basis: Basis) -> Sequence[Instead]:
    """Return the electricity that heats the homes of people who are to have gas and have none yet.

    Heat pumps at the air's temperature, and resistance; cooking stays inside the norm of electricity.
    """
    own = basis.settings(GasDemand)
    if own.until_gas == "wait":
        return ()
    per_m3 = HEATING_VALUE_KWH_PER_M3 * own.gas_boiler_efficiency
    heat_mw = heat_share(basis)[:, None] * heating_m3_per_h(people, basis)[None, :] * per_m3 / 1000.0
    pumped = own.until_gas_heat_pump_share
    cop = heat_pump_cop(basis.air_c, own.until_gas_flow_temperature_c)
    drawn = heat_mw * (pumped / cop + 1.0 - pumped)[:, None]
    return (Instead(*STANDS_IN, drawn),)
