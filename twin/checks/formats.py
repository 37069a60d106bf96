"""Verdicts for machines and people: JSON, JUnit XML, a Markdown summary, a table."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from twin.checks.evaluate import Verdict
from twin.files import write_text
from twin.results.manifest import claim
from twin.visible import visible

SUMMARY_LIMIT_BYTES = 1024 * 1024
"""What GitHub takes as a job summary."""
_DETAIL_LIMIT = 2000
_ROUNDING = 1e-9
_MARKUP = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"} | {ord(c): f"&#{ord(c)};" for c in "[`*~$"}
_EDGE = re.compile(r"(?<!\w)_|_(?!\w)")
"""An underscore that begins or ends a word slants it."""
_ROOM_BYTES = 200  # for the line that says how much was left out


def write_verdicts(folder: Path, title: str, verdicts: Sequence[Verdict], notes: Sequence[str] = ()) -> None:
    """Write ``checks.json``, ``junit.xml`` and ``summary.md`` into a folder of results.

    Parameters
    ----------
    notes
        Lines that stand above the table: how many runs, which failed and why.
    """
    rows = [{**asdict(v), "value": v.value if isfinite(v.value) else str(v.value)} for v in verdicts]
    content = {"title": title, "passed": passed(verdicts), "notes": list(notes), "verdicts": rows}
    claim(folder, ("checks.json", "junit.xml", "summary.md"))
    write_text(folder / "checks.json", json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    write_text(folder / "junit.xml", junit(title, verdicts))
    write_text(folder / "summary.md", markdown(title, verdicts, notes))


def passed(verdicts: Sequence[Verdict]) -> bool:
    """Return whether everything holds."""
    return all(verdict.status == "pass" for verdict in verdicts)


def junit(title: str, verdicts: Sequence[Verdict]) -> str:
    """Return JUnit XML: a suite per cell, a test case per check, with value, bound and place.

    The form is what the common CI servers read (Jenkins, GitLab, GitHub actions): names, counts, and a
    ``failure`` or ``error`` with a message and a text.
    """
    root = Element("testsuites")
    for cell in dict.fromkeys(v.cell for v in verdicts):
        own = [verdict for verdict in verdicts if verdict.cell == cell]
        suite = SubElement(
            root,
            "testsuite",
            {
                "name": _xml(f"{title}: {cell}"),
                "tests": str(len(own)),
                "failures": str(sum(v.status == "fail" for v in own)),
                "errors": str(sum(v.status == "error" for v in own)),
                "skipped": "0",
                "time": "0",
            },
        )
        for verdict in own:
            _case(suite, title, verdict)
    indent(root)
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _case(suite: Element, title: str, verdict: Verdict) -> None:
    place = {"classname": _xml(f"{title}.{verdict.cell}"), "name": _xml(verdict.name), "time": "0"}
    case = SubElement(suite, "testcase", place)
    text = "\n".join(f"{name}: {value}" for name, value in facts(verdict))
    if verdict.status == "pass":
        SubElement(case, "system-out").text = _xml(text)
        return
    kind = "failure" if verdict.status == "fail" else "error"
    told = SubElement(case, kind, {"message": _xml(sentence(verdict)), "type": kind})
    told.text = _xml(text)


def markdown(title: str, verdicts: Sequence[Verdict], notes: Sequence[str] = ()) -> str:
    """Return a summary of at most `SUMMARY_LIMIT_BYTES`: failures first, then what passed, while it fits."""
    bad = [verdict for verdict in verdicts if verdict.status != "pass"]
    good = [verdict for verdict in verdicts if verdict.status == "pass"]
    state = f"{len(bad)} of {len(verdicts)} checks do not hold" if bad else f"all {len(verdicts)} checks hold"
    lines = [f"## {_cell(title)}: {state}", "", *map(_cell, notes), ""]
    lines += ["| | check | cell | value | must be | first breach | where |", "|---|---|---|---|---|---|---|"]
    text = _cut("\n".join(lines), SUMMARY_LIMIT_BYTES // 2)
    size, shown = len(text.encode()), [text]
    for number, verdict in enumerate([*bad, *good]):
        row = "\n" + _row(verdict)
        size += len(row.encode())
        if size > SUMMARY_LIMIT_BYTES - _ROOM_BYTES:
            shown.append(f"\n\n{len(verdicts) - number:,} more are in checks.json and junit.xml.")
            break
        shown.append(row)
    return "".join(shown) + "\n"


def _row(verdict: Verdict) -> str:
    mark = {"pass": "ok", "fail": "**fails**", "error": "**error**"}[verdict.status]
    place = f"{verdict.file}:{verdict.line}" if verdict.file else ""
    detail = f"<br>{_cell(_cut(verdict.detail, _DETAIL_LIMIT))}" if verdict.detail else ""
    cells = (
        mark,
        _cell(verdict.name),
        _cell(verdict.cell),
        f"{_number(verdict.value)} ({verdict.over}){detail}",
        verdict.bound.replace("<", "&lt;").replace(">", "&gt;"),
        verdict.first_breach,
        _cell(place),
    )
    return f"| {' | '.join(cells)} |"


def sentence(verdict: Verdict) -> str:
    """Return a verdict in one line."""
    place = f"{verdict.file}:{verdict.line}: " if verdict.file else ""
    detail = verdict.detail.splitlines()[0] if verdict.detail else ""
    value = f"{_number(verdict.value)} ({verdict.over}), must be {verdict.bound}"
    parts = [
        f"{place}{verdict.name} in {verdict.cell}: {value}",
        f"first breach {verdict.first_breach}" if verdict.first_breach else "",
        detail,
    ]
    return "; ".join(part for part in parts if part)


def facts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield what there is to know about a verdict, by name."""
    yield "value", f"{_number(verdict.value, 10)} ({verdict.over})"
    yield "must be", verdict.bound
    if verdict.runs:
        yield "runs", f"{verdict.runs}, {verdict.without} without result"
    if verdict.first_breach:
        yield "first breach", verdict.first_breach
    if verdict.worst_run:
        yield "worst run", verdict.worst_run
    if verdict.file:
        yield "check", f"{verdict.file}:{verdict.line}"
    if verdict.detail:
        yield "detail", _cut(verdict.detail, _DETAIL_LIMIT)


def table(verdicts: Sequence[Verdict]) -> list[tuple[str, str]]:
    """Return the verdicts as rows of the terminal: failures first."""
    ordered = sorted(verdicts, key=lambda verdict: verdict.status == "pass")
    rows = []
    for verdict in ordered:
        mark = {"pass": "ok", "fail": "FAILS", "error": "ERROR"}[verdict.status]
        value = f"{mark}: {_number(verdict.value)} ({verdict.over}), must be {verdict.bound}"
        breach = f"; first breach {verdict.first_breach}" if verdict.first_breach else ""
        detail = f"; {_cut(verdict.detail, 200)}" if verdict.detail else ""
        rows.append((f"{verdict.name} [{verdict.cell}]", value + breach + detail))
    return rows


def _number(value: float, digits: int = 6) -> str:
    """Return a number for people, who need not see what only rounding left."""
    return "0" if abs(value) < _ROUNDING else f"{value:.{digits}g}"


def _cut(text: str, limit: int) -> str:
    raw = text.encode(errors="backslashreplace")
    if len(raw) <= limit:
        return text
    return raw[: max(0, limit - 4)].decode(errors="ignore") + " ..."


def _cell(text: str) -> str:
    """Return a text that Markdown shows as it is, in one cell."""
    escaped = "\n".join(map(visible, text.split("\n"))).translate(_MARKUP)
    return _EDGE.sub("&#95;", escaped).replace("|", "\\|").replace("\n", "<br>")


def _xml(text: str) -> str:
    """Return a text with what XML cannot hold written out."""
    return "\n".join(map(visible, text.split("\n")))
