"""What sites cost by calendar year, and which are dearer than any year's budget."""

from datetime import date, timedelta
from functools import partial

import numpy as np

from twin.dates import DAYS_PER_MONTH, month_position
from twin.errors import InvalidInput, Mistake
from twin.scenario.document import place_of
from twin.scenario.orders import means_are_limited
from twin.scenario.schema import Scenario
from twin.utilities.base import Vector
from twin.works.finance import Contract, flows, works_by_month

_FOREVER = 10**6
ByYear = dict[int, float]


def spending_by_year(
    scenario: Scenario, instrument: str, price_bn: float, begins: date, ready: date
) -> tuple[ByYear, ByYear]:
    """Return what a site earns and what debt service it brings by calendar year, commissioned when ready."""
    signed, end = month_position(begins), month_position(ready)
    spending = _by_year(works_by_month(price_bn, signed, end), int(signed))
    terms = scenario.instruments.get(instrument)
    if terms is None or terms.kind in ("own", "grant"):
        return spending, {}
    f = flows(terms, Contract(price_bn, signed, end, end, end), _FOREVER)
    return spending, _by_year(f.debt_service, f.first)


def check_budgets(scenario: Scenario) -> None:
    """Refuse sites that are dearer than any year's budget, whenever they begin.

    Raises
    ------
    InvalidInput
        Naming each of them.
    """
    if not means_are_limited(scenario):
        return
    cancelled = {row.site for row in scenario.order if row.cancelled}
    mistakes = []
    ceiling = scenario.finance.debt_service_ceiling_bn_kzt_per_year
    shares = scenario.works.permit_share + scenario.works.procurement_share
    for name, terms in scenario.instruments.items():
        limit = terms.limit_bn_kzt_per_year
        for site in terms.sites:
            price, months = scenario.sites[site].cost_bn_kzt, scenario.sites[site].build_months
            if site in cancelled or price <= min(limit or np.inf, ceiling or np.inf):
                continue
            days = round(months * (1.0 - shares) * DAYS_PER_MONTH)
            starts = [date(scenario.start.year + 1, month, 1) for month in range(1, 13)]
            plan = partial(spending_by_year, scenario, name, price)
            years = [plan(day, day + timedelta(days=days)) for day in starts]
            if limit and min(max(spent.values()) for spent, _ in years) > limit:
                problem = f"{site} can never start: it costs more a year than {name} pays ({limit:g} bn)"
                mistakes.append(Mistake(*place_of(scenario, "sites", site), problem))
            if ceiling and min(max(service.values(), default=0.0) for _, service in years) > ceiling:
                problem = f"{site} can never start: its debt service is above the ceiling ({ceiling:g} bn)"
                mistakes.append(Mistake(*place_of(scenario, "sites", site), problem))
    if mistakes:
        raise InvalidInput(mistakes)


def _by_year(amounts: Vector, first: int) -> ByYear:
    years = (first + np.arange(len(amounts))) // 12
    sums = np.bincount(years - years[0], weights=amounts)
    return {int(years[0] + i): float(value) for i, value in enumerate(sums) if value > 0.0}
