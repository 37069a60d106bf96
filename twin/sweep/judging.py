"""Results that stand are judged as they were when they ended: a run's folder, or a sweep's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.checks.charts import TABLES, first_failing
from twin.checks.checks import Checks
from twin.checks.evaluate import Evaluation, Verdict
from twin.checks.possible import unknown
from twin.errors import InvalidInput, Mistake, counted
from twin.report.folder import Folder
from twin.results.dataset import METRICS, RUNS, described
from twin.results.formats import kind_of
from twin.results.saved import saved_tables
from twin.results.tables import Headroom, Monthly
from twin.scenario.located import asset_districts, capacity_districts
from twin.scenario.schema import Scenario
from twin.sweep.reading import files, judge, refuse_missing_tables, standing
from twin.sweep.spec import TABLES as KEPT
from twin.sweep.tables import first, with_district

RUN = "run"
"""What a run by itself is called among the runs that are judged."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts on results that stand.

    Attributes
    ----------
    status
        ``complete``, ``unsolved``, ``unbalanced``, or ``failed`` where runs of a sweep have.
    tables
        Of the run by which charts explain the first failure.
    wall_s
        By cell, the seconds that its runs took.
    """

    folder: Path
    name: str
    status: str
    verdicts: Sequence[Verdict]
    notes: Sequence[str]
    tables: Mapping[str, Any]
    wall_s: Mapping[str, float]


def judge_saved(folder: Path, checks: Checks) -> Judged:
    """Judge a run or a sweep that stands in a folder.

    Raises
    ------
    InvalidInput
        If the folder holds neither, or a check names what the results do not have.
    """
    kind = kind_of(folder)
    if kind == "run":
        return _run(folder, checks)
    if kind == "sweep":
        return _sweep(folder, checks)
    raise InvalidInput([Mistake(str(folder), 0, "no results to judge", "the folder of a run or a sweep")])


def _run(folder: Path, checks: Checks) -> Judged:
    saved = Folder(folder)
    about = saved.run
    wrong = _unknown(checks, saved.scenario)
    if wrong:
        raise InvalidInput(wrong)
    wanted = checks.tables | {*TABLES}
    there = {name: table for name, table in saved_tables(folder).items() if name in wanted}
    if Monthly.table in there:
        there[Monthly.table] = saved.monthly
    tables = {name: first(_located(name, table, saved.scenario), RUN) for name, table in there.items()}
    missing = sorted(checks.tables - tables.keys())
    if missing:
        raise InvalidInput([Mistake(str(folder), 0, f"has no table {missing[0]}", "run it again")])
    status = str(about.get("status", "complete"))
    evaluation = Evaluation(checks)
    reason = "" if status == "complete" else str(about.get("reason", status))
    evaluation.take({RUN: ("all", reason)}, tables)
    seconds = about.get("wall_s", 0.0)
    wall_s = {"all": float(seconds) if isinstance(seconds, int | float) else 0.0}
    return Judged(folder, saved.name, status, evaluation.verdicts(), (), tables, wall_s)


def _unknown(checks: Checks, scenario: Scenario) -> list[Mistake]:
    """Return what a run cannot have; whether a check's asset was there, its table tells."""
    named = [check.model_copy(update={"asset": ""}) for check in checks.checks]
    return unknown(
        Checks(tuple(named), checks.places, checks.tolerance, checks.tolerances, checks.tolerance_places),
        scenario,
    )


def _located(name: str, table: Any, scenario: Scenario) -> Any:
    """Return a table with the districts that a sweep's has."""
    if name == Monthly.table:
        return with_district(table, "asset", asset_districts(scenario))
    if name == Headroom.table:
        return with_district(table, "capacity_name", capacity_districts(scenario))
    return table


def _sweep(folder: Path, checks: Checks) -> Judged:
    about = described(folder)
    refuse_missing_tables(checks, tuple(about["asked"].get("tables", KEPT)))
    verdicts = judge(folder, checks)
    counts, reasons = standing(folder)
    notes = [", ".join(f"{count} {status}" for status, count in counts.items())]
    notes += [f"{counted(count, 'run')}: {reason}" for reason, count in reasons]
    bad = [status for status in ("failed", "unbalanced", "unsolved") if counts.get(status)]
    status = bad[0] if bad else "complete"
    name = str(about.get("name", folder.name))
    return Judged(
        folder, name, status, verdicts, notes, worst_tables(folder, checks, verdicts), wall_s(folder)
    )


def worst_tables(folder: Path, checks: Checks, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the tables of the run of a sweep by which charts explain the first failure."""
    worst = first_failing(verdicts)
    kept = described(folder)["asked"].get("tables", KEPT)
    wanted = {name for name in (*checks.tables, *TABLES) if name in kept}
    for content in files(folder, wanted) if worst else ():
        if worst and worst.worst_run in content[METRICS]["run_id"].to_pylist():
            return {name: table for name, table in content.items() if name != RUNS}
    return {}


def wall_s(folder: Path) -> dict[str, float]:
    """Return the seconds that the runs of each cell of a sweep took."""
    found: dict[str, float] = {}
    for content in files(folder, set()):
        for row in content[RUNS].select(["cell", "wall_s"]).to_pylist():
            found[row["cell"]] = found.get(row["cell"], 0.0) + (row["wall_s"] or 0.0)
    return found
