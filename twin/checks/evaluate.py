"""From what checks measure in many runs to verdicts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from math import inf, isinf, isnan, nan
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from twin.checks.checks import HOURS, ROUNDING, SOLVED, Check, Checks, Known
from twin.checks.measure import Observed, needs, observe
from twin.errors import counted
from twin.results.solved import BALANCE, OPEN_FAILED, open_balances

if TYPE_CHECKING:
    import pyarrow as pa


Status = Literal["pass", "fail", "error"]
Outcome = Literal["pass", "fail", "error", "warning", "info", "known"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a check came out in a cell.

    Attributes
    ----------
    status
        ``pass``; ``fail``: the bound is broken; ``error``: there is nothing to judge.
    value
        Over the runs: the worst, or the quantile; infinite where a run without result decides.
    runs, without
        Runs of the cell; how many of them have no result.
    first_breach
        The earliest month in any run in which the bound is broken, where months are known.
    worst_run
        The run with the worst value.
    severity
        Of the check: only a broken ``error`` decides.
    known
        Why and until when a failure is excused, by whom; empty if it is not.
    seconds
        What measuring and judging took.
    unit
        Of the value.
    """

    name: str
    cell: str
    status: Status
    value: float
    bound: str
    over: str
    runs: int
    without: int = 0
    first_breach: str = ""
    worst_run: str = ""
    detail: str = ""
    file: str = ""
    line: int = 0
    metric: str = ""
    severity: Literal["error", "warning", "info"] = "error"
    known: str = ""
    seconds: float = 0.0
    unit: str = ""

    @property
    def single(self) -> bool:
        """Return whether it is of one run, for which neither cell nor worst run need be told."""
        return self.cell == "all" and self.runs <= 1

    @property
    def outcome(self) -> Outcome:
        """Return what becomes of it; what cannot be judged is an error, whatever its severity."""
        if self.status != "fail":
            return self.status
        if self.known:
            return "known"
        return "fail" if self.severity == "error" else self.severity

    @property
    def decides(self) -> bool:
        """Return whether it ends in exit code 1."""
        return self.outcome in ("fail", "error")


def passed(verdicts: Collection[Verdict]) -> bool:
    """Return whether nothing was found that decides."""
    return not any(verdict.decides for verdict in verdicts)


@dataclass(slots=True)
class Cell:
    """What is known of the runs of one combination of choices.

    Attributes
    ----------
    observed
        By number of the check, each run's measurement.
    without
        Runs that have no result, with the reason.
    unsolved
        Runs with hours that have no solution or did not settle, with how many.
    uncomputed
        By number of the check, runs that have results but not what it reads, with the reason.
    """

    observed: dict[int, dict[str, Observed]] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)
    unsolved: dict[str, str] = field(default_factory=dict)
    uncomputed: dict[int, dict[str, str]] = field(default_factory=dict)
    runs: int = 0


class Evaluation:
    """Takes in runs, in any order and any grouping, and gives the verdicts at the end.

    Parameters
    ----------
    checks
        What is asserted.
    today
        The day by which known failures end.
    """

    def __init__(self, checks: Checks, today: date | None = None) -> None:
        self.checks = checks
        self._today = today or date.today()
        self._seconds = [0.0] * len(checks.checks)
        self.cells: dict[str, Cell] = {}
        # who is only warned of hours without a solution, or has them excused, has not taken them on
        self._deciding = [c for c in checks.checks if c.severity == "error" and c.known is None]
        self._accepted = {check.metric for check in self._deciding if check.metric in HOURS}
        self._metrics: set[str] = set()

    def missing(self, cell: str, run_id: str, reason: str) -> None:
        """Take in a run that has no result."""
        own = self.cells.setdefault(cell, Cell())
        own.runs += 1
        own.without[run_id] = reason

    def take(self, cells: Mapping[str, tuple[str, str]], tables: "Mapping[str, pa.Table]") -> None:
        """Take in finished runs.

        Parameters
        ----------
        cells
            By run: its cell, and why it ended early (empty if it is complete).
        tables
            What `observe` reads.
        """
        metrics = tables["metrics"]
        self._metrics.update(metrics.column_names)
        needed = [needs(check, tables) for check in self.checks.checks]
        looked_at = {"run_id", *HOURS}.union(*needed)
        taken = set()
        for row in metrics.select(
            [c for c in metrics.column_names if c in looked_at or c.startswith(BALANCE)]
        ).to_pylist():
            cell, reason = cells[row["run_id"]]
            own = self.cells.setdefault(cell, Cell())
            if reason:
                _note_uncomputed(own, row, reason, needed)
            if reason and not self._accepts(row):
                self.missing(cell, row["run_id"], reason)
                continue
            taken.add(row["run_id"])
            own.runs += 1
            hours = {name: row.get(name) for name in HOURS if name not in self._accepted}
            bad = [f"{value:g} {name}" for name, value in hours.items() if value is None or value > 0.0]
            if bad:
                own.unsolved[row["run_id"]] = ", ".join(bad)
        for number, check in enumerate(self.checks.checks):
            began = perf_counter()
            measured = observe(check, tables)
            self._seconds[number] += perf_counter() - began
            for run, observed in measured.items():
                own = self.cells[cells[run][0]]
                if run in taken and run not in own.uncomputed.get(number, {}):
                    own.observed.setdefault(number, {})[run] = observed

    def _accepts(self, row: Mapping[str, float]) -> bool:
        """Tell whether a check takes on a run's hours without a solution; an open balance none does."""
        bounds = [check.bound for check in self._deciding if check.metric == HOURS[0]]
        hours = row.get(HOURS[0])
        held = hours is not None and all(bound.holds(hours) for bound in bounds)
        return bool(bounds) and held and not open_balances(_known(row), OPEN_FAILED)

    def verdicts(self) -> list[Verdict]:
        """Return the verdict of every check in every cell."""
        found: list[Verdict] = []
        for cell, own in self.cells.items():
            found.append(_solved(cell, own))
            for number, check in enumerate(self.checks.checks):
                place = self.checks.places[number]
                verdict = self._judge(check, cell, own, own.observed.get(number, {}), place)
                seconds = self._seconds[number] / len(self.cells)
                verdict = replace(verdict, severity=check.severity, seconds=seconds)
                found.append(_excused(verdict, check.known, self._today) if check.known else verdict)
        return found

    def _judge(
        self, check: Check, cell: str, own: Cell, observed: Mapping[str, Observed], place: tuple[str, int]
    ) -> Verdict:
        bound = check.bound
        uncomputed = own.uncomputed.get(self.checks.checks.index(check), {})
        values = {run: o.value for run, o in observed.items()}
        values |= dict.fromkeys([*own.without, *uncomputed], bound.worst)
        over = "worst run" if check.quantile is None else f"quantile {check.quantile:g}"

        def verdict(status: Status, value: float, **more: Any) -> Verdict:
            return Verdict(
                check.name,
                cell,
                status,
                value,
                str(bound),
                over,
                own.runs,
                len(own.without),
                **more,
                file=place[0],
                line=place[1],
                metric=check.metric,
            )

        nothing = [run for run, value in values.items() if value is None or isnan(value)]
        if nothing or not values:
            return verdict("error", nan, detail=self._nothing(check))
        value = _over(list(values.values()), check.quantile, bound.upper)
        worst_run = (max if bound.upper else min)(values, key=lambda run: values[run])
        lacking = f"{len(own.without)} of {counted(own.runs, 'run')} without a result" if own.without else ""
        shown = observed.get(worst_run, Observed(value))
        detail = _joined(lacking, next(iter(uncomputed.values()), ""), shown.detail)
        if bound.holds(value) and abs(value) < inf:
            return verdict("pass", value, worst_run=worst_run, detail=detail, unit=shown.unit)
        breach = min((o.first_breach for o in observed.values() if o.first_breach), default="")
        told = {"first_breach": breach, "worst_run": worst_run, "detail": detail, "unit": shown.unit}
        return verdict("fail", value, **told)

    def _nothing(self, check: Check) -> str:
        if check.metric and not check.narrowed and check.metric not in self._metrics:
            close = get_close_matches(check.metric, sorted(self._metrics), n=1)
            return f"no metric {check.metric}" + (f" (did you mean {close[0]}?)" if close else "")
        return "nothing that it names was recorded"


def _excused(verdict: Verdict, known: Known, today: date) -> Verdict:
    """Return the verdict of a check whose failure somebody knows of; a run without result nobody excuses."""
    if verdict.status == "pass":
        return replace(verdict, detail=_joined(verdict.detail, f"it holds again: {known} can go"))
    if verdict.status == "error" or isinf(verdict.value):
        return verdict
    limit = known.no_worse_than
    if limit and not limit.holds(verdict.value):
        worse = f"worse than its excuse allows, {limit}: {known.reason} ({known.owner})"
        return replace(verdict, detail=_joined(worse, verdict.detail))
    if known.holds(today):
        return replace(verdict, known=str(known))
    return replace(
        verdict,
        detail=_joined(
            verdict.detail, f"excused until {known.until}, which is past: {known.reason} ({known.owner})"
        ),
    )


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _note_uncomputed(own: Cell, row: Mapping[str, float], reason: str, needed: Sequence[set[str]]) -> None:
    known = _known(row).keys()
    for number, metrics in enumerate(needed):
        if not metrics <= known:
            own.uncomputed.setdefault(number, {})[str(row["run_id"])] = f"not computed: {reason}"


def _known(row: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics that a run has, of a table in which another may have more."""
    return {name: value for name, value in row.items() if name != "run_id" and value is not None}


def _over(values: Sequence[float], quantile: float | None, upper: bool) -> float:
    """Return the worst value, or a quantile rounded to the worse side, so that infinity stays one."""
    if quantile is None:
        return max(values) if upper else min(values)
    ordered = sorted(values)
    place = quantile * (len(ordered) - 1)
    return ordered[int(np.ceil(place - ROUNDING)) if upper else int(np.floor(place + ROUNDING))]


def _solved(cell: str, own: Cell) -> Verdict:
    bad = own.without | own.unsolved
    first = next(iter(bad.items()), None)
    detail = f"{len(bad)} of {counted(own.runs, 'run')}; {first[0]}: {first[1]}" if first else ""
    status: Status = "fail" if bad else "pass"
    return Verdict(
        SOLVED,
        cell,
        status,
        float(len(bad)),
        "<= 0",
        "runs",
        own.runs,
        len(own.without),
        worst_run=first[0] if first else "",
        detail=detail,
    )
