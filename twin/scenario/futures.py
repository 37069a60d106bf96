"""What is drawn in a future: factors on the plan, each on its own stream."""

from math import exp, log

from twin.random_streams import stream
from twin.scenario.schema import Scenario
from twin.scenario.works import Uncertainty

_Z90 = 1.2815515655446004
"""The standard normal distribution's 90th percentile."""


def site_factor(scenario: Scenario, quantity: str, name: str) -> float:
    """Return the factor on a site's ``slip`` (its months) or ``cost``; 1 in future 0.

    The row of the site holds, else that of its kind, else ``*``; each site has its own draw.
    """
    rows = _rows(scenario, quantity)
    of = next((of for of in (name, scenario.sites[name].kind, "*") if of in rows), None)
    return _draw(scenario, rows[of], name, quantity) if of else 1.0


def growth_factor(scenario: Scenario, district: str) -> float:
    """Return the factor on a district's growth: the scenario's own, times what is drawn in a future.

    The row ``*`` of the uncertainties is one draw for the whole city.
    """
    rows = _rows(scenario, "growth")
    of = next((of for of in (district, "*") if of in rows), None)
    drawn = _draw(scenario, rows[of], of, "growth") if of else 1.0
    return scenario.demand.growth_factor * drawn


def _rows(scenario: Scenario, quantity: str) -> dict[str, Uncertainty]:
    tables = {str(name): rows for name, rows in scenario.uncertainties.items()}
    return tables.get(quantity, {}) if scenario.future else {}


def _draw(scenario: Scenario, row: Uncertainty, name: str, quantity: str) -> float:
    draws = stream(scenario.seed, f"{name}:{scenario.future}", quantity)
    match row:
        case Uncertainty(distribution="lognormal", median=float(median), p90=float(p90)):
            return median * exp(log(p90 / median) / _Z90 * draws.standard_normal())
        case Uncertainty(distribution="triangular", low=float(low), mode=float(mode), high=float(high)):
            return float(draws.triangular(low, mode, high))
    return float(row.value or 0.0)
