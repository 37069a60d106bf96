"""A constructive order by constraint programming: where the search for a better one begins."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from twin.dates import add_months
from twin.errors import InvalidInput, Mistake
from twin.scenario.orders import trade_of
from twin.scenario.schema import Scenario
from twin.scenario.works import OrderRow
from twin.works.resources import crews_on

_DETERMINISTIC_LIMIT_S = 3.0
_SCALE = 1000
"""Money in millions, so that it is whole numbers."""


def start_order(scenario: Scenario, weights: Mapping[str, float]) -> list[OrderRow]:
    """Return an order that commissions what weighs most soonest, with planned months and costs.

    Prerequisites hold, crews by month, and money as an even spending below a twelfth of each yearly
    limit. The solver works alone, by a deterministic limit and a fixed seed: the same every time.

    Parameters
    ----------
    weights
        What a month without the site costs, in any unit; by site.

    Raises
    ------
    InvalidInput
        If the solver is not installed, or finds no order.
    """
    model_module = _solver()
    model = model_module.CpModel()
    names = [row.site for row in scenario.order if not row.cancelled]
    horizon = 12 * (scenario.end.year - scenario.start.year) + 120
    shares = scenario.works.permit_share + scenario.works.procurement_share
    begins, ends, spans, ready = {}, {}, {}, {}
    for name in names:
        months = scenario.sites[name].build_months
        prepared, length = round(months * shares), max(1, round(months * (1.0 - shares)))
        begins[name] = model.new_int_var(prepared, horizon, f"begin {name}")
        ready[name] = begins[name] + length
        spans[name] = model.new_fixed_size_interval_var(begins[name], length, f"works {name}")
        ends[name] = model.new_int_var(0, 2 * horizon, f"end {name}")
        model.add(ends[name] >= ready[name])
    for name in names:
        for required in scenario.sites[name].requires:
            model.add(ends[name] >= ends[required])
    for trade in scenario.crews:
        own = [name for name in names if trade_of(scenario, scenario.sites[name]) == trade]
        needs = [scenario.sites[name].crews for name in own]
        _limit_crews(model, scenario, trade, [spans[name] for name in own], needs, horizon)
    for terms in scenario.instruments.values():
        if terms.limit_bn_kzt_per_year:
            own = [name for name in terms.sites if name in spans]
            rates = [_monthly(scenario, name, shares) for name in own]
            limit = max(round(terms.limit_bn_kzt_per_year * _SCALE / 12), max(rates, default=0))
            model.add_cumulative([spans[name] for name in own], rates, limit)
    most = max((weights.get(name, 0.0) for name in names), default=0.0) or 1.0
    parts = [round(_SCALE * weights.get(name, 0.0) / most) + 1 for name in names]
    model.minimize(sum(part * ends[name] for part, name in zip(parts, names, strict=True)))
    solver = model_module.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False  # it would take Ctrl-C from this program for good
    solver.parameters.random_seed = scenario.seed
    solver.parameters.max_deterministic_time = _DETERMINISTIC_LIMIT_S
    status = solver.solve(model)
    if status not in (model_module.OPTIMAL, model_module.FEASIBLE):
        raise InvalidInput([Mistake("build order", 0, "no order keeps crews, money and prerequisites")])
    begun = {name: int(solver.value(begins[name])) for name in names}
    rows = {row.site: row for row in scenario.order}
    ranked = sorted(names, key=lambda name: (begun[name], names.index(name)))
    made = [_row(scenario, name, begun[name], shares) for name in ranked]
    return made + [row for row in rows.values() if row.cancelled]


def _row(scenario: Scenario, name: str, begun: int, shares: float) -> OrderRow:
    prepared = round(scenario.sites[name].build_months * shares)
    start = add_months(scenario.start, begun - prepared)
    return OrderRow(site=name, start=None if start <= scenario.start else start)


def _monthly(scenario: Scenario, name: str, shares: float) -> int:
    site = scenario.sites[name]
    return round(site.cost_bn_kzt * _SCALE / max(1, round(site.build_months * (1.0 - shares))))


def _limit_crews(
    model: Any, scenario: Scenario, trade: str, spans: list[Any], needs: list[int], horizon: int
) -> None:
    """Let works take no more crews than there are; missing ones are works that are always there."""
    months = [add_months(scenario.start, month) for month in range(2 * horizon)]
    numbers = [crews_on(scenario, trade, date(day.year, day.month, 1)) for day in months]
    most = max(numbers)
    intervals, taken = list(spans), list(needs)
    first = 0
    for month in range(1, len(numbers) + 1):
        if month == len(numbers) or numbers[month] != numbers[first]:
            if numbers[first] < most:
                gap = model.new_fixed_size_interval_var(first, month - first, f"no crew {trade} {first}")
                intervals.append(gap)
                taken.append(most - numbers[first])
            first = month
    model.add_cumulative(intervals, taken, most)


def _solver() -> Any:
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        remedy = "pip install 'twin[plan]'"
        raise InvalidInput([Mistake("twin plan", 0, "needs OR-Tools", remedy)]) from None
    return cp_model
