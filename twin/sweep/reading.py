"""A sweep's dataset, file by file, as checks and summaries read it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.checks.checks import Checks
from twin.checks.evaluate import Evaluation, Verdict
from twin.errors import InvalidInput, Mistake
from twin.results.dataset import METRICS, RUNS, opened, read

if TYPE_CHECKING:
    import pyarrow as pa

_REASONS = 20
_QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}

Summary = dict[str, dict[str, dict[str, float]]]


def refuse_missing_tables(checks: Checks, kept: tuple[str, ...]) -> None:
    """Refuse checks that read what a sweep does not keep.

    Raises
    ------
    InvalidInput
        One line per check.
    """
    mistakes = [
        Mistake(*place, f"{check.name} reads {table}, which the sweep does not keep", "add it to its tables")
        for check, place in zip(checks.checks, checks.places, strict=True)
        for table in sorted(check.tables - {"metrics", *kept})
    ]
    if mistakes:
        raise InvalidInput(mistakes)


def judge(folder: Path, checks: Checks) -> list[Verdict]:
    """Return the verdict of each check in each cell of a sweep; a run without result counts as bad."""
    evaluation = Evaluation(checks)
    for content in files(folder, checks.tables):
        runs = content.pop(RUNS)
        rows = runs.select(["run_id", "cell", "status", "reason"]).to_pylist()
        evaluation.take({r["run_id"]: (r["cell"], _ended(r["status"], r["reason"])) for r in rows}, content)
    for row in unfinished(folder):
        evaluation.missing(row["cell"], row["run_id"], row["reason"])
    return evaluation.verdicts()


def files(folder: Path, tables: set[str]) -> "Iterator[dict[str, pa.Table]]":
    """Yield the content of each file that counts, by table; `runs` and `metrics` always.

    Raises
    ------
    InvalidInput
        If the dataset's tables do not agree.
    """
    for name in opened(folder).members:
        yield {table: read(folder / table / name) for table in sorted({RUNS, METRICS, *tables})}


def unfinished(folder: Path) -> Sequence[dict[str, Any]]:
    """Return the rows of failed runs that have no result yet."""
    return opened(folder).failed


def standing(folder: Path) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """Return how many runs ended in which way, and why some have no result, the most frequent first."""
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    rows = [row for content in files(folder, set()) for row in content[RUNS].to_pylist()]
    for row in (*rows, *unfinished(folder)):
        counts[row["status"]] += 1
        if row["status"] != "complete":
            reasons[row["reason"]] += 1
    return dict(counts), reasons.most_common(_REASONS)


def for_want_of_room(folder: Path) -> bool:
    """Tell whether all runs that failed did so because the disk was full."""
    return all(row["reason"].startswith("disk: ") for row in unfinished(folder))


def summarise(folder: Path) -> Summary:
    """Return p10, p50 and p90 of each metric over the complete runs of each cell."""
    values: dict[str, dict[str, list[float]]] = {}
    for content in files(folder, set()):
        rows = content[RUNS].select(["run_id", "cell", "status"]).to_pylist()
        cells = {r["run_id"]: r["cell"] for r in rows if r["status"] == "complete"}
        for row in content[METRICS].to_pylist():
            cell = cells.get(row.pop("run_id"))
            if cell is not None:
                for name, value in row.items():
                    if value is not None:
                        values.setdefault(cell, {}).setdefault(name, []).append(value)
    return {
        cell: {
            name: {label: float(np.quantile(own, q)) for label, q in _QUANTILES.items()}
            for name, own in sorted(metrics.items())
        }
        for cell, metrics in sorted(values.items())
    }


def _ended(status: str, reason: str) -> str:
    return "" if status == "complete" else reason or status
