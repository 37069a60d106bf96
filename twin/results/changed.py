"""What a change of a scenario did to the city: two finished runs, and only what differs between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.errors import counted
from twin.results.differences import Folder, first_difference, number, read_folder, resolved, site_lines
from twin.results.formats import read_about, read_own
from twin.results.solved import BALANCE
from twin.scenario.changes import differences, sentences
from twin.visible import visible

_ROUNDING = 1e-9
_MOST_OF_A_KIND = 10
_MARKUP = {ord(c): f"&#{ord(c)};" for c in "&<>[]`*~$|_"}


@dataclass(frozen=True, slots=True)
class Moved:
    """A metric that differs.

    Attributes
    ----------
    way
        ``better`` or ``worse`` by the direction that the metric declares, empty where it declares none.
    """

    metric: str
    before: float | None
    after: float | None
    way: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What differs between two runs.

    Attributes
    ----------
    inputs
        Sentences on their scenarios.
    sites
        Lines of the sites whose dates differ, below the names of the runs.
    short
        By capacity, the months in which its peak is beyond it in each run.
    first
        The first day on which the cities differ.
    """

    names: tuple[str, str]
    inputs: tuple[str, ...]
    metrics: tuple[Moved, ...]
    sites: Sequence[tuple[str, ...]]
    short: Mapping[str, tuple[int, int]]
    first: str

    def as_data(self) -> dict[str, Any]:
        """Return it for the JSON document."""
        return {
            "inputs": list(self.inputs),
            "metrics": [
                {"metric": own.metric, "before": own.before, "after": own.after, "way": own.way}
                for own in self.metrics
            ],
            "sites": [
                {"site": site, "before": before, "after": after} for site, before, after in self.sites[1:]
            ],
            "months_short": {name: list(months) for name, months in self.short.items()},
            "first_difference": self.first,
        }


def what_changed(before: Path, after: Path) -> Changed:
    """Compare two runs' folders.

    Raises
    ------
    InvalidInput
        If one is none, or of another format.
    """
    old, new = read_folder(before), read_folder(after)
    return Changed(
        (old.name, new.name),
        tuple(_inputs(before, after)),
        tuple(_moved(old, new, read_about(after, "run").get("metrics", {}))),
        site_lines([old, new]),
        _short(old, new),
        first_difference([old, new]),
    )


def comment(changed: Changed) -> str:
    """Return Markdown for a merge request: what differs and nothing else."""
    before, after = changed.names
    lines = [f"## What the change does to the city: {_plain(before)} -> {_plain(after)}", ""]
    worse = sum(own.way == "worse" for own in changed.metrics)
    better = sum(own.way == "better" for own in changed.metrics)
    differ = counted(len(changed.metrics), "metric differs", "metrics differ")
    lines.append(f"{differ}: {worse} worse, {better} better.")
    if changed.first:
        lines.append(f"First difference: {_plain(changed.first)}.")
    lines += _list("Changed in the scenario", changed.inputs)
    if changed.metrics:
        rows = [
            (_plain(own.metric), number(own.before), number(own.after), _by(own)) for own in changed.metrics
        ]
        lines += _table(("metric", before, after, "change"), rows)
    if len(changed.sites) > 1:
        lines += _table(("site", before, after), [tuple(map(_plain, row)) for row in changed.sites[1:]])
    if changed.short:
        shorts = [(_plain(name), f"{a}", f"{b}") for name, (a, b) in changed.short.items()]
        lines += _table(("months short", before, after), shorts)
    return "\n".join(lines) + "\n"


def _inputs(before: Path, after: Path) -> Iterator[str]:
    old, new = (resolved(read_own(folder / "scenario.yaml")) for folder in (before, after))
    if old and new:
        yield from sentences(differences(old, new), _MOST_OF_A_KIND)
    told = [read_about(folder, "run") for folder in (before, after)]
    digests = [own.get("inputs_sha256", {}) for own in told]
    files = [name for name in digests[1] if name in digests[0] and digests[0][name] != digests[1][name]]
    networks = [name for name in files if not name.endswith((".csv", ".yaml", ".xlsx"))]
    yield from (f"{name} differs" for name in networks)
    if told[0].get("program") != told[1].get("program"):
        yield "the program, or an engine, is of another version"


def _moved(old: Folder, new: Folder, told: Mapping[str, Any]) -> Iterator[Moved]:
    for name in dict.fromkeys((*old.metrics, *new.metrics)):
        before, after = old.metrics.get(name), new.metrics.get(name)
        if name.startswith(BALANCE) or before == after:
            continue
        if before is None or after is None:
            yield Moved(name, before, after, "")
        elif abs(after - before) > _ROUNDING * max(1.0, abs(before), abs(after)):
            direction = told.get(name, {}).get("better", "")
            way = "better" if (after < before) == (direction == "less") else "worse"
            yield Moved(name, before, after, way if direction else "")


def _short(old: Folder, new: Folder) -> dict[str, tuple[int, int]]:
    """Return how many months each capacity is short, of those where that differs."""
    counts = [_months_short(own) for own in (old, new)]
    names = dict.fromkeys((*counts[0], *counts[1]))
    pairs = {name: (counts[0].get(name, 0), counts[1].get(name, 0)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _months_short(folder: Folder) -> dict[str, int]:
    months: dict[str, int] = {}
    for row in folder.headroom:
        if float(row["peak"]) > float(row["capacity"]):
            months[row["capacity_name"]] = months.get(row["capacity_name"], 0) + 1
    return months


def _by(own: Moved) -> str:
    if own.before is None or own.after is None:
        return "new" if own.before is None else "gone"
    change = f"{own.after - own.before:+,.4g}"
    share = f" ({100.0 * (own.after - own.before) / abs(own.before):+.3g} %)" if own.before else ""
    return f"{change}{share} {own.way}".strip()


def _list(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"**{title}**", "", *(f"- {_plain(line)}" for line in lines)] if lines else []


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    marked = [tuple(map(_plain, head)), tuple("---" for _ in head), *rows]
    return ["", *(f"| {' | '.join(row)} |" for row in marked)]


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is, in one line."""
    return visible(text).translate(_MARKUP)
