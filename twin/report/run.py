"""The page of one run."""

from typing import Any

from twin.report.causes import chains
from twin.report.costs import cost_of_service
from twin.report.findings import breaches
from twin.report.folder import Folder
from twin.report.map import atlas, histories, packed, squeezed
from twin.report.page import render, translations
from twin.report.provenance import about, assumed, provenance, told
from twin.report.studies import OWN_SECTIONS, studies
from twin.report.usage import read_signals
from twin.report.views import calendar, cash_flow, crews, headroom, queue, supply

PROGRAMS = (
    "core.js",
    "timeline.js",
    "late.js",
    "breach.js",
    "verdict.js",
    "strip.js",
    "land.js",
    "map.js",
    "steer.js",
    "panel.js",
    "address.js",
    "charts.js",
    "paper.js",
    "supply.js",
    "headroom.js",
    "calendar.js",
    "queue.js",
    "money.js",
    "story.js",
    "studies.js",
    "saving.js",
    "run.js",
)
_COSTS = ("service_cost_bn_kzt", "revenue_bn_kzt", "jobs_delayed_job_months", "connection_delay_months_p50")
_WORKS = ("capex_bn_kzt", "peak_liability_bn_kzt", "peak_debt_service_bn_kzt_per_year")


def view_model(folder: Folder) -> dict[str, Any]:
    """Return everything a run's page shows."""
    signals = read_signals(folder)
    view = atlas(folder, signals)
    return {
        "utilities": list(folder.utilities.values()),
        "tiles": _tiles(folder),
        "status": folder.run.get("status", ""),
        "reason": folder.run.get("reason", ""),
        **told(folder),
        "start": folder.run["start"],
        "end": folder.run["end"],
        "months": folder.months,
        "metrics": folder.metrics,
        "told": folder.told,
        "currency": folder.currency,
        "names": translations(folder.scenario),
        "about": about(folder),
        "cost": cost_of_service(folder),
        "breaches": breaches(folder),
        "atlas": view and view | {"classes": [packed(letters) for letters in view["classes"]]},
        "histories": squeezed(histories(folder, signals)),
        "headroom": headroom(folder),
        "supply": supply(folder),
        "calendar": calendar(folder),
        "crews": crews(folder),
        "queue": queue(folder),
        "cash": cash_flow(folder),
        "chains": chains(folder),
        "studies": studies(folder),
        "sections": [own.table for own in OWN_SECTIONS],
        "provenance": provenance(folder),
        "assumed": assumed(folder.scenario),
        "caveats": list(folder.scenario.caveats),
    }


def _tiles(folder: Folder) -> list[str]:
    """Return the metrics of the first screen: what is lost and waits, money, peaks."""
    losses = [own["metric"] for own in folder.losses.values()]
    peaks = [name for own in folder.utilities.values() for name in own["first"]]
    return [name for name in (*_COSTS, *losses, *_WORKS, *peaks) if name in folder.metrics]


def page(folder: Folder) -> str:
    """Return the page of a run as HTML."""
    order = folder.scenario.build_order
    title = f"{folder.name}: {order}" if order else folder.name
    return render("run.html", PROGRAMS, view_model(folder), title, "")
