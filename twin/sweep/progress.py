"""How far a sweep is: a line on a terminal, or lines of JSON."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from twin.checks.checks import Checks
from twin.checks.measure import observe
from twin.errors import counted
from twin.simulation.batch import Failed
from twin.sweep.execute import Observer, Tally
from twin.sweep.runs import Planned
from twin.sweep.worker import Done


class Worst:
    """The check that most runs have broken so far.

    Parameters
    ----------
    checks
        Each is looked at in every run by itself.
    """

    def __init__(self, checks: Checks) -> None:
        self._checks = checks.checks
        self._broken = [0] * len(self._checks)

    def take(self, result: Done | Failed) -> None:
        """Take in a run; one without result breaks every check."""
        if isinstance(result, Failed) or result.status != "complete":
            self._broken = [count + 1 for count in self._broken]
            return
        for number, check in enumerate(self._checks):
            (seen,) = observe(check, result.tables).values()
            self._broken[number] += not check.bound.holds(seen.value)

    def __str__(self) -> str:
        most = max(self._broken, default=0)
        return f"{self._checks[self._broken.index(most)].name}: {counted(most, 'run')}" if most else ""


@contextmanager
def show(way: str, checks: Checks) -> Iterator[Observer | None]:
    """Give an observer that shows progress.

    Parameters
    ----------
    way
        ``json``: one line per run on standard error; ``auto``: a bar on a terminal, else nothing.
    """
    worst = Worst(checks)
    if way == "json":
        yield lambda tally, planned, result: _line(tally, planned, result, worst)
    elif sys.stderr.isatty():
        yield from _bar(worst)
    else:
        yield None


def _line(tally: Tally, planned: Planned, result: Done | Failed, worst: Worst) -> None:
    worst.take(result)
    content = {
        "done": tally.done,
        "total": tally.total,
        "unsolved": tally.unsolved,
        "failed": tally.failed,
        "runs_per_minute": round(tally.per_minute, 2),
        "left_s": round(tally.left_s),
        "worst_check": str(worst),
        "run_id": planned.run_id,
        "number": planned.number,
        "cell": planned.cell,
        "status": "failed" if isinstance(result, Failed) else result.status,
        "reason": f"{result.kind}: {result.reason}" if isinstance(result, Failed) else result.reason,
    }
    print(json.dumps(content, ensure_ascii=False), file=sys.stderr, flush=True)


def _bar(worst: Worst) -> Iterator[Observer]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.fields[failed]} failed  {task.fields[rate]:.1f} runs a minute "),
        TimeRemainingColumn(),
        TextColumn("{task.fields[worst]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, failed=0, rate=0.0, worst="")

        def observe_run(tally: Tally, _: Planned, result: Done | Failed) -> None:
            worst.take(result)
            bar.update(
                task,
                total=tally.total,
                completed=tally.done,
                failed=tally.failed + tally.unsolved,
                rate=tally.per_minute,
                worst=str(worst),
            )

        yield observe_run
