"""What a city answers to a change: a run on a worker that stays open, and what it says in short."""

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from twin.program import program
from twin.report.findings import breaches
from twin.report.folder import Folder, Row, number
from twin.report.reasons import PAID
from twin.report.views import calendar
from twin.results import run as results
from twin.results.running import announce
from twin.results.tables import Headroom
from twin.scenario.schema import Scenario, unrecorded
from twin.scenario.variants import base_digest
from twin.simulation.batch import process_runner
from twin.simulation.clock import Progress
from twin.simulation.metrics import headlines

CORES = min(2, len(os.sched_getaffinity(0)))
"""That simulate days of one answer: those of a month at most are known at once where the queue is on."""
MONTHS_SHORT = "months_short"
"""Over all capacities: what a glance tells beside metrics."""


@dataclass(frozen=True, slots=True)
class Question:
    """A scenario to be run, and where its results go.

    Attributes
    ----------
    scenario
        As a variant changes it.
    folder
        Of its results; where a run of the same question is saved there, it is the answer.
    stop
        A file that ends the run when it is there.
    """

    scenario: Scenario
    folder: Path
    stop: Path


class Stopped(Exception):
    """Somebody no longer waits for the answer."""


def key_of(scenario: Scenario) -> str:
    """Return what a question is known by: the program, the scenario's files, and what changed it."""
    said = json.dumps([program(), base_digest(scenario), scenario.name, scenario.overrides])
    return blake2b(said.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def answer(question: Question) -> dict[str, Any]:
    """Run a scenario, save it, and return the answer in short; ``{"stopped": True}`` if it was stopped.

    Raises
    ------
    InvalidInput
        If it cannot be run.
    """
    folder = question.folder
    if not (folder / "run.json").is_file():
        with announce(folder, question.scenario.name) as tell:

            def observe(progress: Progress) -> None:
                if question.stop.exists():
                    raise Stopped
                tell(progress.date, progress.share, progress.news)

            try:
                run = process_runner().run(question.scenario, observe, CORES)
            except Stopped:
                return {"stopped": True}
            results.save(run, folder)
    else:
        with suppress(OSError):  # used just now: the oldest are removed first
            os.utime(folder)
    return in_short(folder, question.scenario)


def ratings(scenario: Scenario) -> dict[str, float]:
    """Return by address the ratings that stand in a scenario's networks.

    Raises
    ------
    InvalidInput
        If they cannot be opened.
    """
    return process_runner().ratings(scenario)


def glance(scenario: Scenario) -> dict[str, float]:
    """Run a scenario, save nothing, and return its first metrics and its months that are short.

    Raises
    ------
    InvalidInput
        If it cannot be run.
    """
    run = process_runner().run(unrecorded(scenario))
    short = sum(1.0 for row in run.rows(Headroom) if row.firm_headroom_in_month < 0.0)
    return {MONTHS_SHORT: short, **{name: run.metrics[name] for name in headlines(run.metrics)}}


def in_short(path: Path, scenario: Scenario) -> dict[str, Any]:
    """Return what a board shows of a saved run.

    Parameters
    ----------
    scenario
        What it is a run of: the same that its folder holds, which takes a while to read and check.

    Returns
    -------
    dict
        ``breaches`` as pages tell them; ``headroom`` by capacity: unit, months short, and by month its peak
        and what can be relied on less that; ``queue``; ``metrics`` and what is ``told`` of each; ``years``:
        what is built and paid in each; ``sites`` as they came.
    """
    folder = Folder(path)
    vars(folder)["scenario"] = scenario
    return {
        "folder": path.name,
        "status": folder.run["status"],
        "reason": folder.run["reason"],
        "warnings": list(folder.run.get("warnings", ())),
        "months": folder.months,
        "breaches": breaches(folder),
        "headroom": _headroom(folder),
        "queue": _queue(folder),
        "metrics": {name: folder.metrics[name] for name in headlines(folder.metrics)},
        "told": folder.told,
        "years": by_year(folder.table("cashflow")),
        "sites": calendar(folder),
    }


def by_year(rows: Iterable[Row]) -> dict[str, dict[str, float]]:
    """Return what is built and what is paid in each year, in bn, of rows of ``cashflow.csv``."""
    years: dict[str, dict[str, float]] = {}
    for row in rows:
        own = years.setdefault(row["month"][:4], {"works": 0.0, "paid": 0.0})
        own["works"] += float(row["works_bn_kzt"])
        own["paid"] += sum(float(row[f"{name}_bn_kzt"]) for name in PAID) - float(row["damages_bn_kzt"])
    return dict(sorted(years.items()))


def _headroom(folder: Folder) -> list[dict[str, Any]]:
    place = {month: i for i, month in enumerate(folder.months)}
    found: dict[str, dict[str, Any]] = {}
    for row in folder.table("headroom"):
        blank = {
            "capacity": row["capacity_name"],
            "kind": row["kind"],
            "unit": row["unit"],
            **{name: [None] * len(place) for name in ("peak", "left", "share")},
        }
        own = found.setdefault(row["capacity_name"], blank)
        firm, left = float(row["capacity"]), number(row["firm_headroom_in_month"])
        at = place[row["month"]]
        own["peak"][at], own["left"][at], own["share"][at] = number(row["peak"]), left, share(left, firm)
    for own in found.values():
        own["short"] = months_short(folder.months, own["left"])
    return list(found.values())


def months_short(months: Sequence[str], left: Sequence[float | None]) -> list[str]:
    """Return the months in which less than nothing is left."""
    return [month for month, own in zip(months, left, strict=True) if own is not None and own < 0.0]


def share(left: float | None, firm: float) -> float | None:
    """Return headroom as a part of what can be relied on; where that is nothing, all is missing."""
    if left is None:
        return None
    return float(f"{left / firm:.4g}") if firm > 0.0 else -1.0 if left < 0.0 else 0.0


def _queue(folder: Folder) -> dict[str, Any]:
    """Return who waits: developments by how long, and who is not connected when the run ends."""
    rows = folder.table("developments")
    waited = [row for row in rows if float(row["waited_months"] or 0.0) > 0.0]
    longest = sorted(waited, key=lambda row: -float(row["waited_months"]))
    return {
        "waited": len(waited),
        "unconnected": [row["name"] for row in rows if not row["connected"]],
        "longest": [{"name": row["name"], "months": float(row["waited_months"])} for row in longest[:3]],
    }
