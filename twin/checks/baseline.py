"""A finished run or sweep beside an earlier one, its baseline: what moved, which way, and what may be why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from typing import Any

from twin.checks.checks import BASELINE, ROUNDING, Checks
from twin.checks.evaluate import Status, Verdict
from twin.errors import InvalidInput, Mistake, listed
from twin.files import write_text
from twin.results.formats import kind_of, read_object, read_own
from twin.results.run import read_summary
from twin.results.solved import BALANCE

Summary = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By cell, metric and statistic."""
KEPT = ("metrics.json", "run.json", "sweep.json", "scenario.yaml")
"""What a baseline holds of a results folder: figures, versions and digests, the resolved scenario."""
_WORST_FIRST = ("gone", "worse", "moved", "better")


@dataclass(frozen=True, slots=True)
class Move:
    """A metric that is not what it was.

    Attributes
    ----------
    kind
        ``worse`` and ``better`` by the direction that the metric declares; ``moved``: it declares none;
        ``gone``: it is not there any more.
    share
        The change relative to the baseline's value; infinite from 0, and where it is gone.
    """

    name: str
    kind: str
    old: float
    new: float | None
    share: float

    def __str__(self) -> str:
        if self.new is None:
            return f"{self.kind}: {self.name} {self.old:.6g} -> none"
        by = f"{100.0 * (self.new - self.old) / abs(self.old):+.3g} %" if self.old else "from 0"
        return f"{self.kind}: {self.name} {self.old:.6g} -> {self.new:.6g} ({by})"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was kept of an earlier run or sweep.

    Attributes
    ----------
    about
        Its ``run.json`` or ``sweep.json``, empty where only metrics were kept.
    scenario
        Its resolved scenario in YAML, empty where none was kept.
    """

    folder: Path
    summary: Summary
    about: Mapping[str, Any]
    scenario: str = ""

    @property
    def kind(self) -> str:
        """Return what it was kept of, ``run`` or ``sweep``: only those of a sweep have statistics."""
        statistics = (name for metrics in self.summary.values() for own in metrics.values() for name in own)
        return "sweep" if any(statistics) else "run"


def read_baseline(folder: Path) -> Baseline:
    """Read a baseline, or a results folder as one.

    Raises
    ------
    InvalidInput
        If it holds no metrics, or metrics that are no numbers.
    """
    summary = read_summary(folder)
    wrong = [
        f"{cell}: {metric}" if cell != "all" else metric
        for cell, metrics in summary.items()
        for metric, values in (metrics.items() if isinstance(metrics, Mapping) else [("", metrics)])
        if not isinstance(values, Mapping)
        or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values.values())
    ]
    if wrong:
        file = str(folder / "metrics.json")
        raise InvalidInput([Mistake(file, 0, f"{listed(wrong)}: no number", "twin run --update-baseline")])
    kind = kind_of(folder)
    about = read_object(folder / f"{kind}.json") if kind else {}
    return Baseline(folder, summary, about, read_own(folder / "scenario.yaml"))


def compare(
    now: Summary, before: Summary, checks: Checks, direction: Callable[[str], str] = lambda _: ""
) -> list[Verdict]:
    """Compare metrics with a baseline: one verdict per cell, which tells worse, gone, better and new apart.

    What is worse by more than is allowed, or gone, breaks it. What is better, or new, is told and breaks
    nothing: a baseline may be a part of a ``metrics.json``. What only rounding left is not compared: errors
    of balances have a limit of their own in every run.

    Parameters
    ----------
    direction
        Which way a metric improves: ``less``, ``more``; empty: it declares none, so any move breaks.
    """
    verdicts = []
    for cell in {**before, **now}:
        new, old = _flat(now.get(cell, {})), _flat(before.get(cell, {}))
        moves = moved(new, old, checks, direction)
        bad = [move for move in moves if move.kind != "better"]
        lines = [str(move) for move in moves]
        fresh = [name for name in new if name not in old]
        if fresh:
            lines.append(f"new, not judged: {listed(fresh)}")
        status: Status = "fail" if bad else "pass"
        bound = f"<= {checks.tolerance:g}" + (" or as tolerances say" if checks.tolerances else "")
        largest = max(move.share for move in bad) if bad else _largest_allowed(new, old, moves)
        over = "largest change"
        if not isfinite(largest):
            over = "a metric is gone" if bad[0].kind == "gone" else "a change from 0"
        verdicts.append(Verdict(BASELINE, cell, status, largest, bound, over, 0, detail="\n".join(lines)))
    return verdicts


def moved(
    new: Mapping[str, float], old: Mapping[str, float], checks: Checks, direction: Callable[[str], str]
) -> list[Move]:
    """Return the metrics that moved by more than is allowed: gone ones first, then the worst."""
    moves = []
    for name, value in old.items():
        metric, other = name.split(" ")[0], new.get(name)
        allowed = checks.allowed(metric)
        share = _change(value, other)
        near = other is not None and abs(other - value) <= allowed.absolute
        if share > allowed.relative and not near:
            moves.append(Move(name, _kind(value, other, direction(metric)), value, other, share))
    return sorted(moves, key=lambda move: (_WORST_FIRST.index(move.kind), -move.share, move.name))


def _largest_allowed(new: Mapping[str, float], old: Mapping[str, float], moves: Sequence[Move]) -> float:
    """Return the largest change of what did not move by more than is allowed, if it is relative."""
    beyond = {move.name for move in moves}
    shares = (_change(value, new.get(name)) for name, value in old.items() if name not in beyond)
    return max(filter(isfinite, shares), default=0.0)


def _kind(old: float, new: float | None, better: str) -> str:
    if new is None:
        return "gone"
    if not better:
        return "moved"
    return "better" if (new < old) == (better == "less") else "worse"


def directions(about: Mapping[str, Any]) -> Callable[[str], str]:
    """Return which way metrics improve, as the ``run.json`` or ``sweep.json`` of their results tells."""
    told = about.get("metrics", {})
    return lambda name: str(told.get(name, {}).get("better", "")) if isinstance(told, Mapping) else ""


def update(folder: Path, results: Path) -> list[str]:
    """Keep a finished run or sweep as the baseline that later ones are compared with.

    Returns
    -------
    list
        The files that it holds now.

    Raises
    ------
    FileExistsError
        If the folder holds something else.
    """
    if folder.resolve() == results.resolve():
        raise FileExistsError(f"{folder} holds the results themselves; a baseline lies beside them")
    if folder.is_dir() and (
        strange := sorted({path.name for path in folder.iterdir()} - {*KEPT, "README.md"})
    ):
        raise FileExistsError(f"{folder} holds something else, {strange[0]}; choose another for --baseline")
    folder.mkdir(parents=True, exist_ok=True)
    there = [name for name in KEPT if (results / name).is_file()]
    for name in KEPT:
        if name in there:
            write_text(folder / name, (results / name).read_text(encoding="utf-8"))
        else:
            (folder / name).unlink(missing_ok=True)
    return there


def _flat(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {
        f"{metric} {statistic}".strip(): value
        for metric, own in metrics.items()
        if not metric.startswith(BALANCE)
        for statistic, value in own.items()
    }


def _change(old: float, new: float | None) -> float:
    """Return a change relative to the old value, infinite from 0; none where it is nothing but rounding."""
    if new is None:
        return inf
    if abs(new - old) <= ROUNDING:
        return 0.0
    return abs(new - old) / abs(old) if old else inf
