"""From what checks measure in many runs to verdicts; and what moved against a baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Literal

import numpy as np

from twin.checks.checks import HOURS, ROUNDING, SOLVED, Check, Checks, Observed, needs, observe
from twin.results.solved import BALANCE, OPEN_FAILED, open_balances

if TYPE_CHECKING:
    import pyarrow as pa


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
    """

    name: str
    cell: str
    status: Literal["pass", "fail", "error"]
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
    """

    def __init__(self, checks: Checks) -> None:
        self.checks = checks
        self.cells: dict[str, Cell] = {}
        self._accepted = {check.metric for check in checks.checks if check.metric in HOURS}
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
            for run, observed in observe(check, tables).items():
                own = self.cells[cells[run][0]]
                if run in taken and run not in own.uncomputed.get(number, {}):
                    own.observed.setdefault(number, {})[run] = observed

    def _accepts(self, row: Mapping[str, float]) -> bool:
        """Tell whether a check takes on a run's hours without a solution; an open balance none does."""
        bounds = [check.bound for check in self.checks.checks if check.metric == HOURS[0]]
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
                found.append(self._judge(check, cell, own, own.observed.get(number, {}), place))
        return found

    def _judge(
        self, check: Check, cell: str, own: Cell, observed: Mapping[str, Observed], place: tuple[str, int]
    ) -> Verdict:
        bound = check.bound
        uncomputed = own.uncomputed.get(self.checks.checks.index(check), {})
        values = {run: o.value for run, o in observed.items()}
        values |= dict.fromkeys([*own.without, *uncomputed], bound.worst)
        over = "worst run" if check.quantile is None else f"quantile {check.quantile:g}"

        def verdict(status: Literal["pass", "fail", "error"], value: float, **more: str) -> Verdict:
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
        lacking = f"{len(own.without)} of {own.runs} runs have no result" if own.without else ""
        detail = "; ".join(filter(None, [lacking, next(iter(uncomputed.values()), "")]))
        if bound.holds(value) and abs(value) < inf:
            return verdict("pass", value, worst_run=worst_run, detail=detail)
        breach = min((o.first_breach for o in observed.values() if o.first_breach), default="")
        return verdict("fail", value, first_breach=breach, worst_run=worst_run, detail=detail)

    def _nothing(self, check: Check) -> str:
        if check.metric and not check.narrowed and check.metric not in self._metrics:
            close = get_close_matches(check.metric, sorted(self._metrics), n=1)
            return f"no metric {check.metric}" + (f" (did you mean {close[0]}?)" if close else "")
        return "nothing that it names was recorded"


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
    detail = f"{len(bad)} of {own.runs} runs; {first[0]}: {first[1]}" if first else ""
    status: Literal["pass", "fail"] = "fail" if bad else "pass"
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


Summary = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By cell, metric and statistic."""


def compare(now: Summary, before: Summary, tolerance: float) -> list[Verdict]:
    """Compare metrics with a baseline: one verdict per cell, which lists what moved or went.

    What the baseline does not hold is listed as new and breaks nothing: a baseline may be a part of a
    ``metrics.json``, and a later version of the program may measure more.
    """
    verdicts = []
    for cell in {**before, **now}:
        new, old = _flat(now.get(cell, {})), _flat(before.get(cell, {}))
        moved = sorted(
            ((_change(value, new.get(name)), name) for name, value in old.items()), key=lambda pair: -pair[0]
        )
        moved = [(change, name) for change, name in moved if change > tolerance]
        lines = [f"{name}: {old[name]:.6g} -> {_shown(new.get(name))}" for _, name in moved]
        lines += [f"{name}: new, {new[name]:.6g}" for name in new if name not in old]
        largest = max((change for change, _ in moved), default=0.0)
        status: Literal["pass", "fail"] = "fail" if moved else "pass"
        bound, detail = f"<= {tolerance:g}", "\n".join(lines)
        verdicts.append(Verdict("baseline", cell, status, largest, bound, "largest change", 0, detail=detail))
    return verdicts


def _flat(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {f"{m} {s}".strip(): value for m, own in metrics.items() for s, value in own.items()}


def _change(old: float, new: float | None) -> float:
    """Return a change relative to the larger value; none where both are nothing but rounding."""
    if new is None:
        return inf
    return abs(new - old) / max(abs(old), abs(new)) if abs(new - old) > ROUNDING else 0.0


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.6g}"
