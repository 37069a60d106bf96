"""Mistakes and failed checks at their lines, as forges show them: GitHub, GitLab, SARIF."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from twin.checks.checks import shown_path
from twin.checks.formats import Judgement, sentence
from twin.errors import Mistake

Level = Literal["error", "warning", "note"]
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_GITLAB = {"error": "major", "warning": "minor", "note": "info"}
_MOST = 50
"""Annotations of a job; GitHub shows no more of a step."""


class Note(NamedTuple):
    """One thing to be shown at a line of a file.

    Attributes
    ----------
    rule
        What kind of thing: ``mistake``, ``warning``, or the name of a check.
    path
        As seen from where the program was called; empty if it is in no file.
    """

    level: Level
    rule: str
    message: str
    path: str
    line: int


def of_mistakes(mistakes: Sequence[Mistake], level: Level, near: Sequence[Path]) -> list[Note]:
    """Return mistakes as notes.

    Parameters
    ----------
    near
        Files and folders that the command line named: what a mistake calls by its name lies there.
    """
    rule = "mistake" if level == "error" else level
    return [
        Note(level, rule, _told(mistake), _path(mistake.file, near), mistake.line) for mistake in mistakes
    ]


def of_verdicts(judged: Judgement) -> list[Note]:
    """Return what does not hold as notes at the lines of the checks file."""
    levels: dict[str, Level] = {"fail": "error", "error": "error", "warning": "warning"}
    return [
        Note(
            levels.get(verdict.outcome, "note"),
            verdict.name,
            sentence(verdict),
            judged.path if verdict.file else "",
            verdict.line,
        )
        for verdict in judged.verdicts
        if verdict.outcome != "pass"
    ]


def github(notes: Sequence[Note]) -> Iterator[str]:
    """Yield workflow commands, which GitHub shows beside the lines of a pull request."""
    for note in notes[:_MOST]:
        place = [f"title={_property(f'twin: {note.rule}')}"]
        if note.path:
            place = [f"file={_property(note.path)}", f"line={max(note.line, 1)}", *place]
        level = "notice" if note.level == "note" else note.level
        yield f"::{level} {','.join(place)}::{_data(note.message)}"


def in_github() -> bool:
    """Return whether the program runs in a job of GitHub."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def code_quality(notes: Sequence[Note]) -> str:
    """Return GitLab's code-quality report: its merge requests show it beside the lines.

    A fingerprint has no line, which moves between commits, but tells the first of those alike from the next:
    of two with one fingerprint one is shown.
    """
    rows, alike = [], Counter[str]()
    for note in notes:
        own = "\0".join((note.rule, note.path, note.message))
        alike[own] += 1
        told = own if alike[own] == 1 else f"{own}\0{alike[own]}"
        rows.append(
            {
                "description": note.message,
                "check_name": note.rule,
                "fingerprint": hashlib.sha256(told.encode(errors="backslashreplace")).hexdigest(),
                "severity": _GITLAB[note.level],
                "location": {"path": note.path or ".", "lines": {"begin": max(note.line, 1)}},
            }
        )
    return json.dumps(rows, indent=2) + "\n"


def sarif(notes: Sequence[Note]) -> str:
    """Return SARIF 2.1.0 (OASIS, 2020), which code scanning of forges and editors read."""
    rules = [{"id": rule} for rule in dict.fromkeys(note.rule for note in notes)]
    driver = {"name": "twin", "version": version("twin"), "rules": rules}
    content = {
        "$schema": _SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(note) for note in notes]}],
    }
    return json.dumps(content, indent=2) + "\n"


def _result(note: Note) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": note.rule,
        "level": note.level,
        "message": {"text": note.message},
    }
    if note.path:
        place: dict[str, Any] = {"artifactLocation": {"uri": quote(note.path, errors="backslashreplace")}}
        if note.line:
            place["region"] = {"startLine": note.line}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _told(mistake: Mistake) -> str:
    """Return a mistake without its place; in full where that is no line of a file."""
    remedy = f" ({mistake.remedy})" if mistake.remedy else ""
    return f"{mistake.problem}{remedy}" if mistake.line else str(mistake)


def _path(file: str, near: Sequence[Path]) -> str:
    """Return where a file lies that a mistake calls by its name; empty if it is none of those."""
    for place in near:
        folder = place if place.is_dir() else place.parent
        for candidate in (folder / file, *([place] if place.name == file else [])):
            if candidate.is_file():
                return shown_path(candidate)
        for inner in ("timeseries", "build_orders"):
            if (folder / inner / file).is_file():
                return shown_path(folder / inner / file)
    return shown_path(Path(file)) if Path(file).is_file() else ""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
