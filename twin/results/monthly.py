"""Statistics of all signals by month, in memory and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from twin.results.arrow import schema
from twin.results.tables import Monthly
from twin.utilities.base import Signal, Vector

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class MonthStatistics:
    """Statistics of all signals over one month; arrays in the order of the signals.

    Attributes
    ----------
    hours
        Weighted hours for which the signal was in service and solved; 0 means no statistics.
    hours_over_limit
        Weighted hours outside its limits.
    """

    month: str
    minimum: Vector
    mean: Vector
    maximum: Vector
    hours: Vector
    hours_over_limit: Vector


class Statistics(Protocol):
    """What has statistics of its signals by month."""

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Return the signals."""

    @property
    def months(self) -> Sequence[MonthStatistics]:
        """Return the statistics of each month, in the order of the signals."""


def monthly_table(run: Statistics) -> "pa.Table":
    """Return the statistics by month of what was in service, as in ``monthly.parquet``."""
    import pyarrow as pa

    keep = [np.flatnonzero(month.hours > 0.0) for month in run.months]
    order = np.concatenate(keep) if keep else np.zeros(0, dtype=int)
    months = [month.month for month, rows in zip(run.months, keep, strict=True) for _ in rows]

    def column(attribute: str) -> Vector:
        parts = [getattr(m, attribute)[rows] for m, rows in zip(run.months, keep, strict=True)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def label(texts: list[str]) -> "pa.Array":
        return pa.array(texts, pa.string()).dictionary_encode().take(pa.array(order))

    return pa.table(
        [
            pa.array(months, pa.string()).dictionary_encode(),
            label([signal.asset.split("/")[0] for signal in run.signals]),
            label([signal.asset for signal in run.signals]),
            label([signal.quantity for signal in run.signals]),
            label([signal.unit for signal in run.signals]),
            *map(column, ("minimum", "mean", "maximum", "hours_over_limit")),
        ],
        schema=schema(Monthly),
    )
