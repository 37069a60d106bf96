"""What the people of each district reach in a year, from the statistics of their demand points."""

from collections.abc import Sequence

import numpy as np

from twin.results.monthly import MonthStatistics
from twin.results.tables import AccessRow
from twin.scenario.schema import Scenario, utility_of
from twin.utilities.base import Signal
from twin.utilities.registry import utilities


def access_rows(
    scenario: Scenario, signals: Sequence[Signal], months: Sequence[MonthStatistics]
) -> list[AccessRow]:
    """Return the rows of ``access.csv``: of each district and year, what utilities declare as `access`."""
    points = {point.asset: point for point in scenario.demand_points}
    columns: dict[tuple[str, str], list[int]] = {}
    for column, signal in enumerate(signals):
        declared = utilities()[utility_of(signal.asset)].access
        if signal.quantity in declared and signal.asset in points:
            columns.setdefault((points[signal.asset].district, signal.quantity), []).append(column)
    weight = np.array([points[s.asset].weight if s.asset in points else 0.0 for s in signals])
    years: dict[str, list[MonthStatistics]] = {}
    for month in months if columns else ():
        years.setdefault(month.month[:4], []).append(month)
    rows = []
    for year, own in years.items():
        for (district, quantity), at in columns.items():
            shares = np.array([month.hours[at] * weight[at] for month in own])
            if not shares.any():
                continue
            lowest = min(float(month.minimum[i]) for month in own for i in at if month.hours[i] > 0.0)
            means = np.array([np.where(month.hours[at] > 0.0, month.mean[at], 0.0) for month in own])
            first = signals[at[0]]
            mean = float((means * shares).sum() / shares.sum())
            rows.append(
                AccessRow(year, district, utility_of(first.asset), quantity, first.unit, lowest, mean)
            )
    return rows
