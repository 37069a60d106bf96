"""The page of a comparison: plans side by side, where their cities differ, how they fare in many futures."""

import os
from itertools import islice
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.report.findings import breaches
from twin.report.folder import NOTHING, Folder, number, read_table
from twin.report.map import atlas, packed
from twin.report.page import render, translations
from twin.report.reasons import compared
from twin.report.usage import read_signals
from twin.report.views import calendar, cash_flow, queue, supply
from twin.results.formats import read_about
from twin.scenario.currency import ACCOUNT, known_metric

PROGRAMS = (
    "core.js",
    "timeline.js",
    "land.js",
    "map.js",
    "steer.js",
    "charts.js",
    "paper.js",
    "plans.js",
    "why.js",
    "difference.js",
    "together.js",
    "saving.js",
    "compare.js",
)
_MOST_FUTURES = 20000


def view_model(folder: Path) -> dict[str, Any]:
    """Return everything a comparison's page shows."""
    about = read_about(folder, "comparison")
    names = [plan if isinstance(plan, str) else str(plan["name"]) for plan in about["plans"]]
    saved = _saved(folder / "runs")
    runs = {name: Folder(folder / "runs" / name) for name in names if name in saved}
    model = side_by_side(runs, str(about.get("name") or about.get("scenario", "")))
    tabled = [
        {"metric": known_metric(row["metric"]), "values": [_plain(number(row.get(name))) for name in names]}
        for row in read_table(folder / "metrics.csv")
    ]
    metrics = tabled or model["metrics"]
    drawn = about.get("futures", 0)
    return model | {
        "plans": names,
        "metrics": metrics,
        "leading": _leading(metrics, model["told"]),
        "futures": _futures(folder) if drawn else {},
        "summary": _summary(folder) if drawn else [],
    }


def _saved(folder: Path) -> list[str]:
    """Return the runs of a comparison: what lies there, whatever its file says; no link is followed."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    return [entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]


def side_by_side(runs: dict[str, Folder], title: str) -> dict[str, Any]:
    """Return what a page shows of runs beside each other.

    Raises
    ------
    InvalidInput
        If they do not cover the same months.
    """
    if len({tuple(run.months) for run in runs.values()}) > 1:
        raise InvalidInput([Mistake(", ".join(runs), 0, "runs of different months cannot share axes")])
    base = next(iter(runs.values()), None)
    metrics, told = _metrics(runs), _told(runs)
    failed = [f"{name}: {run.run['reason']}" for name, run in runs.items() if run.run.get("reason")]
    return {
        "status": "partial" if failed else "complete",
        "reason": "; ".join(failed),
        "about": {"scenario": title},
        "currency": base.currency if base else ACCOUNT,
        "utilities": list(
            {name: own for run in runs.values() for name, own in run.utilities.items()}.values()
        ),
        "names": translations(base.scenario) if base else {},
        "plans": list(runs),
        "months": base.months if base else [],
        "start": base.run["start"] if base else "",
        "end": base.run["end"] if base else "",
        "metrics": metrics,
        "told": told,
        "leading": _leading(metrics, told),
        "atlas": _atlases(runs),
        "why": {name: compared(base, run) for name, run in list(runs.items())[1:]} if base else {},
        "breaches": {name: breaches(run) for name, run in runs.items()},
        "supply": {name: supply(run) for name, run in runs.items()},
        "calendar": {name: calendar(run) for name, run in runs.items()},
        "connected": {name: _connected(run) for name, run in runs.items()},
        "cash": {name: own for name, run in runs.items() if (own := cash_flow(run)) is not None},
        "futures": {},
        "summary": [],
    }


def page(folder: Path) -> str:
    """Return the page of a comparison as HTML."""
    return _render(view_model(folder), folder.name)


def page_of_runs(runs: dict[str, Folder]) -> str:
    """Return a page of runs beside each other as HTML."""
    return _render(side_by_side(runs, ""), ", ".join(dict.fromkeys(run.name for run in runs.values())))


def _render(model: dict[str, Any], title: str) -> str:
    plans = " / ".join(model["plans"])
    return render("compare.html", PROGRAMS, model, model["about"]["scenario"] or title, plans)


def _metrics(runs: dict[str, Folder]) -> list[dict[str, Any]]:
    """Return each metric with its value in every run."""
    every = dict.fromkeys(metric for run in runs.values() for metric in run.metrics)
    return [
        {"metric": metric, "values": [_plain(run.metrics.get(metric)) for run in runs.values()]}
        for metric in every
    ]


def _plain(value: float | None) -> float | None:
    """Return 0 for what is only the rounding of a sum, so that no plan is better by it."""
    return 0.0 if value is not None and abs(value) < NOTHING else value


def _told(runs: dict[str, Folder]) -> dict[str, dict[str, Any]]:
    """Return what runs tell of their metrics."""
    return {name: own for run in runs.values() for name, own in run.told.items()}


def _leading(metrics: list[dict[str, Any]], told: dict[str, dict[str, Any]]) -> str:
    """Return the metric that decides between plans: the first of those that do in which they differ."""
    ranked = sorted((own["leading"], name) for name, own in told.items() if own["leading"])
    values = {row["metric"]: [v for v in row["values"] if v is not None] for row in metrics}
    return next((name for _, name in ranked if len(set(values.get(name, ()))) > 1), "")


def _atlases(runs: dict[str, Folder]) -> dict[str, Any] | None:
    """Return the map of the first plan with the colours of all."""
    views = {name: atlas(run, read_signals(run)) for name, run in runs.items()}
    first = next(iter(views.values()), None)
    if first is None:
        return None
    plans = {}
    for name, view in views.items():
        letters = dict(zip(view["asset"], view["classes"], strict=True)) if view else {}
        absent = "." * len(first["classes"][0])
        plans[name] = [packed(letters.get(asset, absent)) for asset in first["asset"]]
    return first | {"classes": next(iter(plans.values())), "plans": plans}


def _connected(run: Folder) -> list[int]:
    own = queue(run)
    rows = own["developments"] if own else []
    return [
        sum(bool(row["connected"]) and row["connected"][:7] <= month for row in rows) for month in run.months
    ]


def _summary(folder: Path) -> list[dict[str, str]]:
    rows = read_table(folder / "summary.csv")
    return [row | {"metric": known_metric(row["metric"])} for row in rows]


def _futures(folder: Path) -> dict[str, dict[str, list[float | None]]]:
    """Return the values over the drawn futures by metric and plan; number 0 is the planned one."""
    values: dict[str, dict[str, list[float | None]]] = {}
    drawn = (row for row in read_table(folder / "futures.csv") if row["future"] != "0")
    for row in islice(drawn, _MOST_FUTURES):
        values.setdefault(known_metric(row["metric"]), {}).setdefault(row["plan"], []).append(
            number(row["value"])
        )
    return values
