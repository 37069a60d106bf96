"""What lost service and waiting are worth: by month, as present values, at the scenario's prices."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twin.report.folder import Folder, Row

JOBS = "job_months"
_OF_JOBS = "delayed_job_kzt_per_month"


class Pricing:
    """Prices what a run lost, as its metric ``service_cost_bn_kzt`` does.

    Parameters
    ----------
    folder
        Its scenario tells prices of service, discount rate and inflation.
    """

    def __init__(self, folder: Folder) -> None:
        finance = folder.scenario.finance
        growth = 1.0 if finance.prices == "real" else 1.0 + finance.inflation_percent / 100.0
        self._yearly = growth / (1.0 + finance.discount_rate_percent / 100.0)
        prices = dict(folder.scenario.service_prices)
        self._prices = {name: (own["units"], prices[own["price"]]) for name, own in folder.losses.items()}
        self._prices[JOBS] = 1.0, prices[_OF_JOBS]
        self._place = {month: i for i, month in enumerate(folder.months)}

    def of(self, quantity: str, month: str, amount: float) -> float:
        """Return the present value in bn KZT, at the start, of what was lost in a month."""
        units, price = self._prices[quantity]
        kzt = amount * units * price
        return float(1e-9 * kzt * self._yearly ** ((self._place[month] + 1) / 12.0))


@dataclass(frozen=True)
class Wait:
    """A development in a month of waiting, and one capacity that blocks it.

    Attributes
    ----------
    share
        One over the number of capacities that block it in that month.
    """

    month: str
    development: str
    utility: str
    capacity: str
    missing_site: str
    jobs: float
    share: float


def waits(folder: Folder) -> list[Wait]:
    """Return who waited for which capacity in each month, housing left out; shares of a month add up to 1."""
    jobs = {row["development"]: float(row.get("jobs") or 0.0) for row in folder.table("developments")}
    held: dict[tuple[str, str], dict[str, Row]] = {}
    for row in _within(folder):
        if row["development"] in jobs:
            held.setdefault((row["month"], row["development"]), {})[row["capacity_name"]] = row
    return [
        Wait(month, name, row["utility"], capacity, row["missing_site"], jobs[name], 1.0 / len(blockers))
        for (month, name), blockers in held.items()
        for capacity, row in blockers.items()
    ]


def housing(folder: Folder) -> dict[str, list[set[str]]]:
    """Return which years of housing waited for each capacity, by month."""
    developments = {row["development"] for row in folder.table("developments")}
    place = {month: i for i, month in enumerate(folder.months)}
    waiting: dict[str, list[set[str]]] = {}
    for row in _within(folder):
        if row["development"] not in developments:
            if row["capacity_name"] not in waiting:
                waiting[row["capacity_name"]] = [set[str]() for _ in place]
            waiting[row["capacity_name"]][place[row["month"]]].add(row["development"])
    return waiting


def cost_of_service(folder: Folder) -> dict[str, Any] | None:
    """Return the present value of service not given and its parts in bn KZT, None without prices."""
    if "service_cost_bn_kzt" not in folder.metrics:
        return None
    names = ("jobs", *reversed([own["part"] for own in folder.losses.values()]))
    parts = {name: folder.metrics.get(f"service_cost_{name}_bn_kzt", 0.0) for name in names}
    return {"total": folder.metrics["service_cost_bn_kzt"], "parts": parts}


def _within(folder: Folder) -> Iterator[Row]:
    months = set(folder.months)
    return (row for row in folder.table("queue") if row["month"] in months)
