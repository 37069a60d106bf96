"""From what a run accounted to its metrics and tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np

from twin.capacity import P90_LEAD_FACTOR, Headroom, Ledger, relief_sites
from twin.city import City, Settled
from twin.dates import add_months
from twin.delays import connection_metrics, crew_rows, development_rows, known_dates, site_rows
from twin.drivers.agenda import Agenda
from twin.drivers.construction import Works, commissioning_dates
from twin.drivers.developments import Connections
from twin.money import (
    CASHFLOW_COLUMNS,
    SiteMoney,
    cashflow,
    money_metrics,
    service_metrics,
    site_money,
)
from twin.networks.base import Cause
from twin.recorder import Recorder
from twin.results import Run, timestamp
from twin.scenario.schema import Scenario
from twin.security import Security

_COLUMNS: dict[str, tuple[str, ...]] = {
    "headroom": (
        "month",
        "capacity_name",
        "kind",
        "unit",
        "capacity",
        "peak",
        "peak_12_months",
        "intact_headroom",
        "firm_headroom",
        "committed_headroom",
        "worst_outage",
        "first_breach",
        "relieved_by",
        "latest_safe_start",
    ),
    "contingencies": (
        "month",
        "outage",
        "survived",
        "solved",
        "worst_element",
        "loading_over_emergency",
        "min_voltage_pu",
        "cut_off_mw",
    ),
    "firm_load": ("month", "peak_mw", "firm_mw", "firm_headroom_mw", "worst_outage"),
    "violations": (
        "month",
        "asset",
        "quantity",
        "unit",
        "limit",
        "worst",
        "hours",
        "first_seen",
        "cause",
    ),
    "unserved": ("month", "network", "quantity", "kind", "asset", "amount", "missing_site"),
    "events": ("number", "time", "kind", "subject", "detail", "cause"),
    "sites": (
        "site",
        "name",
        "kind",
        "district",
        "trade",
        "instrument",
        "cost_bn_kzt",
        "planned",
        "started",
        "construction_started",
        "commissioned",
        "slip_months",
        "waited_months",
        "waited_for",
    ),
    "developments": (
        "development",
        "name",
        "district",
        "jobs",
        "investment_bn_kzt",
        "power_mw",
        "requested",
        "connected",
        "waited_months",
        "blocked_by",
        "missing_sites",
    ),
    "queue": ("month", "development", "utility", "capacity_name", "missing_site"),
    "crews": ("month", "trade", "crews", "used"),
    "cashflow": CASHFLOW_COLUMNS,
}
_OF_N1 = ("contingencies", "firm_load")


@dataclass(slots=True)
class Account:
    """What is summed over a run: totals of the networks by weight, and how settling went."""

    totals: dict[str, dict[str, float]] = field(default_factory=dict)
    unserved: dict[tuple[str, Cause, str], float] = field(default_factory=dict)
    coupled_hours: int = 0
    rounds_max: int = 0
    unsettled_hours: float = 0.0
    unsolved_hours: float = 0.0
    reason: str = ""

    def add(
        self, before: dict[str, dict[str, float]], after: dict[str, dict[str, float]], weight: float
    ) -> None:
        """Add what a day accounted, as often as it stands for."""
        for network, values in after.items():
            own = self.totals.setdefault(network, dict.fromkeys(values, 0.0))
            for name, value in values.items():
                own[name] += weight * (value - before[network][name])

    def blame(
        self,
        month: str,
        before: Mapping[Cause, float],
        after: Mapping[Cause, float],
        weight: float,
        missing_site: Callable[[str], str],
    ) -> None:
        """Add what a day left unserved, by cause and the site that would have prevented it."""
        for cause, amount in after.items():
            more = weight * (amount - before.get(cause, 0.0))
            if more > 0.0:
                key = (month, cause, missing_site(cause.asset))
                self.unserved[key] = self.unserved.get(key, 0.0) + more

    def settled(self, settled: Settled, seconds: int, weight: float) -> None:
        """Count an instant's rounds and the hours it was unsettled or unsolved."""
        self.rounds_max = max(self.rounds_max, settled.rounds)
        if settled.unsettled:
            self.unsettled_hours += weight * seconds / 3600.0
        if settled.unsolved:
            self.unsolved_hours += weight * seconds / 3600.0


def outcome(
    scenario: Scenario,
    city: City,
    recorder: Recorder,
    ledger: Ledger,
    agenda: Agenda,
    account: Account,
    security: Security,
    works: Mapping[str, Works],
    connections: Connections,
    wall_s: float,
) -> Run:
    """Return the finished run."""
    dates = commissioning_dates(scenario) | known_dates(works)
    money = site_money(scenario, works)
    return Run(
        scenario=scenario,
        status="unsolved" if account.reason else "complete",
        reason=account.reason,
        signals=city.signals,
        metrics=_metrics(scenario, city, recorder, account)
        | connection_metrics(scenario, connections.requests, connections.people_waiting)
        | _cost_metrics(scenario, account, works, money, connections),
        months=recorder.months,
        headroom=[_headroom_row(scenario, row, dates) for row in ledger.rows],
        violations=[
            {
                "month": v.month,
                "asset": v.asset,
                "quantity": v.quantity,
                "unit": v.unit,
                "limit": v.limit,
                "worst": v.worst,
                "hours": v.hours,
                "first_seen": timestamp(scenario, v.first_s) if v.hours else v.month,
                "cause": v.cause,
            }
            for v in recorder.violations
        ],
        unserved=[
            {
                "month": month,
                "network": cause.asset.split("/")[0],
                "quantity": cause.quantity,
                "kind": cause.kind,
                "asset": cause.asset,
                "amount": float(amount),
                "missing_site": site,
            }
            for (month, cause, site), amount in account.unserved.items()
        ],
        contingencies=security.contingencies,
        firm_load=security.firm,
        events=[
            {
                "number": number,
                "time": timestamp(scenario, e.time_s),
                "kind": e.kind,
                "subject": e.subject,
                "detail": e.detail,
                "cause": e.cause or "",
            }
            for number, e in enumerate(agenda.events, 1)
        ],
        sites=site_rows(scenario, works),
        developments=development_rows(scenario, connections.requests),
        queue=connections.queue,
        cashflow=cashflow(scenario, money),
        crews=crew_rows(scenario, works),
        coupled_hours=account.coupled_hours,
        wall_s=wall_s,
        tables={name: columns for name, columns in _COLUMNS.items() if scenario.n1 or name not in _OF_N1},
    )


def _metrics(scenario: Scenario, city: City, recorder: Recorder, account: Account) -> dict[str, float]:
    metrics: dict[str, float] = {}
    extreme = _Extremes(city, recorder)
    totals = account.totals
    if "power" in totals:
        power = totals["power"]
        transformers = set(getattr(city.networks["power"], "ratings_mva", ()))
        metrics |= {
            "energy_served_mwh": power["served_mwh"],
            "unserved_energy_mwh": power["unserved_mwh"],
            "losses_energy_mwh": power["losses_mwh"],
            "energy_fed_in_mwh": power["fed_in_mwh"],
            "peak_power_mw": extreme.highest({"power/network"}, "supplied_mw"),
            "min_voltage_pu": extreme.lowest(set(), "voltage_pu"),
            "max_transformer_loading_percent": extreme.highest(transformers, "loading_percent"),
            "balance_error_power": _error(
                power["supplied_mwh"] + power["fed_in_mwh"],
                power["served_mwh"] + power["losses_mwh"],
                power["supplied_mwh"] + power["fed_in_mwh"],
            ),
        }
    if "water" in totals:
        water = totals["water"]
        metrics |= {
            "water_served_m3": water["served_m3"],
            "unserved_water_m3": water["unserved_m3"],
            "min_pressure_m": extreme.lowest({p.asset for p in scenario.demand_points}, "pressure_m"),
            "balance_error_water": _error(
                water["supplied_m3"],
                water["served_m3"] + water["leaked_m3"] + water["stored_m3"],
                water["required_m3"],
            ),
        }
    if "wastewater" in totals:
        sewage = totals["wastewater"]
        metrics |= {
            "sewage_treated_m3": sewage["treated_m3"],
            "sewage_spilled_m3": sewage["spilled_m3"],
            "balance_error_wastewater": _error(
                sewage["inflow_m3"],
                sewage["treated_m3"] + sewage["spilled_m3"] + sewage["stored_m3"],
                sewage["inflow_m3"],
            ),
        }
    pumps = [t["pump_energy_mwh"] for t in totals.values() if "pump_energy_mwh" in t]
    if pumps:
        metrics["pump_energy_mwh"] = sum(pumps)
    metrics["settle_rounds_max"] = float(account.rounds_max)
    metrics["unsettled_hours"] = account.unsettled_hours
    metrics["unsolved_hours"] = account.unsolved_hours
    metrics["coupled_hours"] = float(account.coupled_hours)
    return {name: float(value) for name, value in metrics.items()}


def _cost_metrics(
    scenario: Scenario,
    account: Account,
    works: Mapping[str, Works],
    money: Sequence[SiteMoney],
    connections: Connections,
) -> dict[str, float]:
    """Return what works and failures of service cost, and where both are known, their sum."""
    waiting = connections.people_waiting.items()
    unserved = {(month, "waiting_people"): people for month, people in waiting}
    for (month, cause, _), amount in account.unserved.items():
        key = month, cause.quantity
        unserved[key] = unserved.get(key, 0.0) + amount
    metrics = money_metrics(scenario, works, money)
    service = service_metrics(scenario, unserved, connections.requests)
    if service:
        service["plan_cost_bn_kzt"] = service["service_cost_bn_kzt"] - metrics["npv_bn_kzt"]
    return metrics | service


def _error(supplied: float, used: float, throughput: float) -> float:
    """Return an open balance relative to the throughput."""
    return abs(supplied - used) / throughput if throughput else 0.0


class _Extremes:
    """Extremes over all months of what was in service; 0 where nothing was."""

    def __init__(self, city: City, recorder: Recorder) -> None:
        self._signals = city.signals
        count = len(city.signals)
        months = recorder.months
        self._low = np.min([m.minimum for m in months], axis=0) if months else np.full(count, np.inf)
        self._high = np.max([m.maximum for m in months], axis=0) if months else np.full(count, -np.inf)

    def highest(self, assets: set[str], quantity: str) -> float:
        return _finite(float(self._high[self._chosen(assets, quantity)].max(initial=-np.inf)))

    def lowest(self, assets: set[str], quantity: str) -> float:
        return _finite(float(self._low[self._chosen(assets, quantity)].min(initial=np.inf)))

    def _chosen(self, assets: set[str], quantity: str) -> list[int]:
        """Return the columns of a quantity, of all assets if none are named."""
        return [
            i
            for i, s in enumerate(self._signals)
            if s.quantity == quantity and (s.asset in assets or not assets)
        ]


def _finite(value: float) -> float:
    return float(value) if np.isfinite(value) else 0.0


def _headroom_row(scenario: Scenario, row: Headroom, dates: Mapping[str, date]) -> dict[str, Any]:
    """Return a row of ``headroom.csv``; a first breach says what would relieve it and when to start that."""
    values = asdict(row)
    values = {"month": row.month, "capacity_name": values.pop("name"), **values}
    values |= {"relieved_by": "", "latest_safe_start": ""}
    if row.first_breach:
        breach = date.fromisoformat(f"{row.month}-01")
        standing = [site for site, day in dates.items() if day < add_months(breach, 1)]
        relief = relief_sites(scenario, row.name, standing) & dates.keys()
        site = min(relief, key=lambda s: (dates[s], s), default="")
        if site:
            lead = scenario.sites[site].build_months * P90_LEAD_FACTOR
            values |= {"relieved_by": site, "latest_safe_start": add_months(breach, -lead)}
    return values
