"""From what a run accounted to its metrics and tables."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import isfinite

import numpy as np

from twin.city.capacity import P90_LEAD_FACTOR, Ledger, relief_sites
from twin.city.city import City
from twin.city.events import Agenda
from twin.columns import Row
from twin.dates import add_months
from twin.demand.developments import Connections
from twin.errors import Mistake
from twin.results.run import Run, timestamp
from twin.results.solved import OPEN_WARNED, Gap, open_balances, status_of
from twin.results.tables import (
    BoundRow,
    CashRow,
    CrewsRow,
    DevelopmentRow,
    EventRow,
    Headroom,
    PeopleRow,
    QueueRow,
    SiteRow,
    Unserved,
    Violation,
)
from twin.run.account import Account
from twin.run.recorder import Recorder
from twin.scenario.schema import Scenario
from twin.scenario.warnings import warnings
from twin.utilities.utility import Study
from twin.works.construction import Works, commissioning_dates
from twin.works.delays import connection_metrics, crew_rows, development_rows, known_dates, site_rows
from twin.works.money import SiteMoney, cashflow, money_metrics, service_metrics, site_money

_COUNTERS = ("settle_rounds_max", "unsettled_hours", "unsolved_hours", "coupled_hours")
"""What a run that ended before its time has of its metrics."""
_SERVICE_COST = "service_cost_bn_kzt"
_COST_OF = {
    "power": "service_cost_energy_bn_kzt",
    "water": "service_cost_water_bn_kzt",
    "wastewater": "service_cost_spills_bn_kzt",
}
_OF_QUEUE = {"service_cost_housing_bn_kzt", "service_cost_jobs_bn_kzt"}


def outcome(
    scenario: Scenario,
    city: City,
    recorder: Recorder,
    ledger: Ledger,
    agenda: Agenda,
    account: Account,
    studies: Sequence[Study],
    works: Mapping[str, Works],
    connections: Connections,
    wall_s: float,
) -> Run:
    """Return the finished run."""
    money = site_money(scenario, works)
    left_out = {gap.network for gap in account.gaps if gap.mostly}
    computed = _metrics(scenario, city, recorder, account, left_out)
    computed |= _connection_metrics(scenario, connections, left_out)
    computed |= _cost_metrics(scenario, account, works, money, connections, left_out)
    if account.ended:
        # sums over a part of the horizon are no result
        computed = {name: value for name, value in computed.items() if name in _COUNTERS}
    metrics = {name: value for name, value in computed.items() if isfinite(value)}
    status, reason = status_of(account.ended, account.gaps, metrics)
    return Run(
        scenario=scenario,
        status=status,
        reason=reason,
        gaps=account.gaps,
        ended_early=bool(account.ended),
        warnings=_warnings(scenario, city, computed, account.gaps),
        signals=city.signals,
        metrics=metrics,
        months=recorder.months,
        tables=_tables(scenario, recorder, ledger, agenda, account, studies, works, connections, money),
        coupled_hours=account.coupled_hours,
        wall_s=wall_s,
    )


def _tables(
    scenario: Scenario,
    recorder: Recorder,
    ledger: Ledger,
    agenda: Agenda,
    account: Account,
    studies: Sequence[Study],
    works: Mapping[str, Works],
    connections: Connections,
    money: Sequence[SiteMoney],
) -> dict[type[Row], Sequence[Row]]:
    """Return the rows of every table, but those that are made of statistics and of files."""
    dates = commissioning_dates(scenario) | known_dates(works)
    tables: dict[type[Row], Sequence[Row]] = {
        Headroom: [_relieved(scenario, row, dates) for row in ledger.rows],
        Violation: recorder.violations,
        Unserved: _unserved_rows(account),
        EventRow: _event_rows(scenario, agenda),
        SiteRow: site_rows(scenario, works),
        DevelopmentRow: development_rows(scenario, connections.requests),
        QueueRow: connections.queue,
        CrewsRow: crew_rows(scenario, works),
        CashRow: cashflow(scenario, money),
        PeopleRow: account.people,
        BoundRow: recorder.bounds(),
    }
    for study in studies:
        tables |= study.rows
    return tables


def _unserved_rows(account: Account) -> list[Unserved]:
    """Return the rows of ``unserved.csv``."""
    return [
        Unserved(
            month, cause.asset.split("/")[0], cause.quantity, cause.kind, cause.asset, float(amount), site
        )
        for (month, cause, site), amount in account.unserved.items()
    ]


def _event_rows(scenario: Scenario, agenda: Agenda) -> list[EventRow]:
    """Return the rows of ``events.csv``."""
    return [
        EventRow(number, timestamp(scenario, e.time_s), e.kind, e.subject, e.detail, e.cause or None)
        for number, e in enumerate(agenda.events, 1)
    ]


def _warnings(
    scenario: Scenario, city: City, computed: Mapping[str, float], gaps: Sequence[Gap]
) -> tuple[str, ...]:
    """Return what is to be told beside the figures, each once: of the input, then of the run."""
    told: list[Mistake] = [*warnings(scenario)]
    for network in city.networks.values():
        told += network.warnings
    for gap in gaps:
        told.append(Mistake(gap.network, 0, f"{gap.share}: {gap.reason}"))
    for name, error in open_balances(computed, OPEN_WARNED).items():
        told.append(Mistake(name, 0, f"balance open by {error:.2g} of what passed through"))
    for name, value in computed.items():
        if not isfinite(value):
            told.append(Mistake(name, 0, f"came out as {value}", "left out of metrics.json"))
    return tuple(dict.fromkeys(map(str, told)))


def _metrics(
    scenario: Scenario, city: City, recorder: Recorder, account: Account, left_out: Collection[str]
) -> dict[str, float]:
    metrics: dict[str, float] = {}
    extreme = _Extremes(city, recorder)
    totals = {name: own for name, own in account.totals.items() if name not in left_out}
    if "power" in totals:
        power = totals["power"]
        transformers = set(city.networks["power"].ratings)
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
            "water_leaked_m3": water["leaked_m3"],
            "negative_pressure_hours": water.get("negative_pressure_h", 0.0),
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
    pumping = {n: t["pump_energy_mwh"] for n, t in account.totals.items() if "pump_energy_mwh" in t}
    if pumping and not pumping.keys() & left_out:
        metrics["pump_energy_mwh"] = sum(pumping.values())
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
    left_out: Collection[str],
) -> dict[str, float]:
    """Return what works and failures of service cost, and where both are known, their sum."""
    waiting = connections.people_waiting.items()
    unserved = {(month, "waiting_people"): people for month, people in waiting}
    for (month, cause, _), amount in account.unserved.items():
        key = month, cause.quantity
        unserved[key] = unserved.get(key, 0.0) + amount
    metrics = money_metrics(scenario, works, money)
    service = service_metrics(scenario, unserved, connections.requests)
    if left_out:
        rested = {_COST_OF[network] for network in left_out}
        rested |= _OF_QUEUE if scenario.connection == "when-capacity" else set()
        service = {name: cost for name, cost in service.items() if name not in rested | {_SERVICE_COST}}
    if _SERVICE_COST in service:
        service["plan_cost_bn_kzt"] = service[_SERVICE_COST] - metrics["npv_bn_kzt"]
    return metrics | service


def _connection_metrics(
    scenario: Scenario, connections: Connections, left_out: Collection[str]
) -> dict[str, float]:
    """Return how long customers waited, unless they waited for a network that was mostly unsolved."""
    if left_out and scenario.connection == "when-capacity":
        return {}
    return connection_metrics(scenario, connections.requests, connections.people_waiting)


def _error(supplied: float, used: float, throughput: float) -> float:
    """Return an open balance relative to the throughput, or to what there is where nothing passed."""
    scale = throughput or max(abs(supplied), abs(used))
    return abs(supplied - used) / scale if scale else 0.0


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


def _relieved(scenario: Scenario, row: Headroom, dates: Mapping[str, date]) -> Headroom:
    """Return a row; with its first breach, what would relieve it and when to start that."""
    if not row.first_breach:
        return row
    breach = date.fromisoformat(f"{row.month}-01")
    standing = [site for site, day in dates.items() if day < add_months(breach, 1)]
    relief = relief_sites(scenario, row.name, standing) & dates.keys()
    site = min(relief, key=lambda s: (dates[s], s), default="")
    if not site:
        return row
    lead = scenario.sites[site].build_months * P90_LEAD_FACTOR
    return replace(row, relieved_by=site, latest_safe_start=add_months(breach, -lead))
