"""The page of one run."""

from typing import Any

from twin.report.atlas import atlas, histories, packed
from twin.report.folder import Folder
from twin.report.page import render
from twin.report.standing import provenance
from twin.report.story import breaches, chains
from twin.report.strain import read_signals
from twin.report.views import calendar, cash_flow, crews, headroom, queue, supply

PROGRAMS = (
    "core.js",
    "timeline.js",
    "verdict.js",
    "map.js",
    "panel.js",
    "charts.js",
    "supply.js",
    "headroom.js",
    "works.js",
    "story.js",
    "run.js",
)


def view_model(folder: Folder) -> dict[str, Any]:
    """Return everything a run's page shows."""
    signals = read_signals(folder)
    view = atlas(folder, signals)
    return {
        "status": folder.run.get("status", ""),
        "reason": folder.run.get("reason", ""),
        "start": folder.run["start"],
        "end": folder.run["end"],
        "months": folder.months,
        "metrics": folder.metrics,
        "breaches": breaches(folder),
        "atlas": view and view | {"classes": [packed(letters) for letters in view["classes"]]},
        "histories": histories(folder, signals),
        "headroom": headroom(folder),
        "supply": supply(folder),
        "calendar": calendar(folder),
        "crews": crews(folder),
        "queue": queue(folder),
        "cash": cash_flow(folder),
        "chains": chains(folder),
        "provenance": provenance(folder),
    }


def page(folder: Folder) -> str:
    """Return the page of a run as HTML."""
    subtitle = f"{folder.run['start']} \u2013 {folder.run['end']}"
    return render("run.html", PROGRAMS, view_model(folder), folder.name, subtitle)
