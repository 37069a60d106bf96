"""Verdicts as data and for people: JSON, a Markdown summary, a table, a line."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from twin.checks.evaluate import Verdict, passed
from twin.errors import counted
from twin.visible import visible

FORMAT = 2
"""Of ``checks.json``; 1 had neither severity nor outcome, and no number."""

SUMMARY_LIMIT_BYTES = 1024 * 1024
"""What GitHub takes as a job summary."""
_DETAIL_LIMIT, _LINE_LIMIT = 2000, 300
_ROUNDING = 1e-9
_MARKUP = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"} | {ord(c): f"&#{ord(c)};" for c in "[`*~$"}
_EDGE = re.compile(r"(?<!\w)_|_(?!\w)")
"""An underscore that begins or ends a word slants it."""
_ROOM_BYTES = 200  # for the line that says how much was left out
_MARKS = ("fail", "error", "known", "warning", "info", "pass")
"""In the order in which they are told."""
_BESIDE = ("known", "warning", "info")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts of a run or a sweep, with what its files tell beside them.

    Attributes
    ----------
    notes
        Lines that stand above the table: how many runs, which failed and why.
    path
        The checks file, as seen from where the program was called.
    wall_s
        By cell, the seconds that its runs took.
    about
        Versions and other facts by name.
    charts
        Markdown that shows why the first check fails.
    """

    title: str
    verdicts: Sequence[Verdict]
    notes: Sequence[str] = ()
    path: str = ""
    wall_s: Mapping[str, float] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    charts: Sequence[str] = ()

    def as_data(self) -> dict[str, Any]:
        """Return what ``checks.json`` holds."""
        return {
            "format": FORMAT,
            "title": self.title,
            "passed": passed(self.verdicts),
            "notes": list(self.notes),
            "verdicts": [_row_of_json(verdict) for verdict in self.verdicts],
        }


def _row_of_json(verdict: Verdict) -> dict[str, Any]:
    row = {**asdict(verdict), "outcome": verdict.outcome}
    del row["seconds"]  # the same verdict is the same file
    return {**row, "value": verdict.value if isfinite(verdict.value) else str(verdict.value)}


_OUTCOMES = {
    "pass": ("holds", "hold"),
    "fail": ("fails", "fail"),
    "error": ("cannot be judged", "cannot be judged"),
    "known": ("known to fail", "known to fail"),
    "warning": ("warns", "warn"),
    "info": ("informs", "inform"),
}
"""What is said of one check, and of many, by outcome."""


def headline(verdicts: Sequence[Verdict]) -> str:
    """Return the verdict in one line, which begins with ``verdict: `` and PASS or FAIL."""
    count = Counter[str](verdict.outcome for verdict in verdicts)
    bad = [verdict for verdict in verdicts if verdict.decides]
    first = min((v for v in bad if v.first_breach), key=lambda v: v.first_breach, default=None)
    worst = first or (bad[0] if bad else None)
    told = [counted(count[kind], *words) for kind, words in _OUTCOMES.items() if count[kind]]
    parts = [counted(len(verdicts), "check"), ", ".join(told) or "none"]
    if worst:
        since = f" since {worst.first_breach}" if worst.first_breach else ""
        parts.append(f"first {_named(worst)}{since}")
    return f"verdict: {'FAIL' if bad else 'PASS'}: {'; '.join(parts)}"


def markdown(judged: Judgement) -> str:
    """Return a summary of at most `SUMMARY_LIMIT_BYTES`: failures first, then what passed, then charts."""
    verdicts = judged.verdicts
    ordered = sorted(verdicts, key=lambda verdict: _MARKS.index(verdict.outcome))
    bad = sum(verdict.decides for verdict in verdicts)
    excused = Counter[str](verdict.outcome for verdict in verdicts)
    checks = counted(len(verdicts), "check")
    holds = f"all {checks} hold" if len(verdicts) != 1 else "its check holds"
    state = f"{bad} of {checks} {'does' if bad == 1 else 'do'} not hold" if bad else holds
    beside = [counted(excused[kind], *_OUTCOMES[kind]) for kind in _BESIDE if excused[kind]]
    if beside and not bad:
        state = f"no check of {len(verdicts)} decides against it"
    heading = f"## {cell(judged.title)}: {state}" + (f" ({', '.join(beside)})" if beside else "")
    lines = [heading, "", *map(cell, judged.notes), ""]
    lines += ["| | check | cell | value | must be | first breach | where |", "|---|---|---|---|---|---|---|"]
    text = _cut("\n".join(lines), SUMMARY_LIMIT_BYTES // 2)
    size, shown = len(text.encode()), [text]
    for number, verdict in enumerate(ordered):
        row = "\n" + _row(verdict)
        size += len(row.encode())
        if size > SUMMARY_LIMIT_BYTES - _ROOM_BYTES:
            shown.append(f"\n\n{len(verdicts) - number:,} more are in checks.json and junit.xml.")
            break
        shown.append(row)
    for chart in judged.charts:
        size += len(chart.encode()) + 2
        if size <= SUMMARY_LIMIT_BYTES - _ROOM_BYTES:
            shown.append(f"\n\n{chart}")
    return "".join(shown) + "\n"


def _row(verdict: Verdict) -> str:
    bold = {"fail": "**fails**", "error": "**error**", "warning": "warns", "info": "informs", "pass": "ok"}
    mark = bold.get(verdict.outcome, verdict.outcome)
    place = f"{verdict.file}:{verdict.line}" if verdict.file else ""
    told = "\n".join(filter(None, (verdict.known, verdict.detail)))
    detail = f"<br>{cell(_cut(told, _DETAIL_LIMIT))}" if told else ""
    columns = (
        mark,
        cell(verdict.name),
        cell(verdict.cell),
        f"{_value(verdict)}{detail}",
        verdict.bound.replace("<", "&lt;").replace(">", "&gt;"),
        verdict.first_breach,
        cell(place),
    )
    return f"| {' | '.join(columns)} |"


def sentence(verdict: Verdict) -> str:
    """Return a verdict in one line."""
    place = f"{verdict.file}:{verdict.line}: " if verdict.file else ""
    detail = verdict.detail.splitlines()[0] if verdict.detail else ""
    parts = [
        f"{place}{_named(verdict)}: {_value(verdict)}, must be {verdict.bound}",
        f"first breach {verdict.first_breach}" if verdict.first_breach else "",
        verdict.known,
        detail,
    ]
    return "; ".join(part for part in parts if part)


def facts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield what there is to know about a verdict, by name."""
    yield "value", _value(verdict, 10)
    yield "must be", verdict.bound
    if verdict.runs:
        yield "runs", f"{verdict.runs}, {verdict.without} without result"
    if verdict.first_breach:
        yield "first breach", verdict.first_breach
    if verdict.worst_run:
        yield "worst run", verdict.worst_run
    if verdict.severity != "error":
        yield "severity", verdict.severity
    if verdict.known:
        yield "known", verdict.known
    if verdict.file:
        yield "check", f"{verdict.file}:{verdict.line}"
    if verdict.detail:
        yield "detail", _cut(verdict.detail, _DETAIL_LIMIT)


def table(verdicts: Sequence[Verdict]) -> list[tuple[str, str]]:
    """Return the verdicts as rows of the terminal: failures first."""
    ordered = sorted(verdicts, key=lambda verdict: _MARKS.index(verdict.outcome))
    marks = {"pass": "ok", "fail": "FAILS", "error": "ERROR", "warning": "warns", "info": "informs"}
    rows = []
    for verdict in ordered:
        mark = marks.get(verdict.outcome, verdict.outcome)
        value = f"{mark}: {_value(verdict)}, must be {verdict.bound}"
        breach = f"; first breach {verdict.first_breach}" if verdict.first_breach else ""
        told = "; ".join(filter(None, (verdict.known, *verdict.detail.splitlines())))
        detail = f"; {_cut(told, _LINE_LIMIT)}" if told else ""
        name = verdict.name if verdict.single else f"{verdict.name} [{verdict.cell}]"
        rows.append((name, value + breach + detail))
    return rows


def _named(verdict: Verdict) -> str:
    return verdict.name if verdict.single else f"{verdict.name} in {verdict.cell}"


def _value(verdict: Verdict, digits: int = 6) -> str:
    """Return a value with its unit, and over which runs it is where there may be many."""
    value = f"{_number(verdict.value, digits)} {verdict.unit}".rstrip()
    return value if verdict.single and verdict.over == "worst run" else f"{value} ({verdict.over})"


def _number(value: float, digits: int = 6) -> str:
    """Return a number for people, who need not see what only rounding left."""
    return "0" if abs(value) < _ROUNDING else f"{value:.{digits}g}"


def _cut(text: str, limit: int) -> str:
    raw = text.encode(errors="backslashreplace")
    if len(raw) <= limit:
        return text
    return raw[: max(0, limit - 4)].decode(errors="ignore") + " ..."


def cell(text: str) -> str:
    """Return a text that Markdown shows as it is, in one cell."""
    escaped = "\n".join(map(visible, text.split("\n"))).translate(_MARKUP)
    return _EDGE.sub("&#95;", escaped).replace("|", "\\|").replace("\n", "<br>")
