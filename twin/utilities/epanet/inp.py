"""EPANET's INP files, read word by word as EPANET 2.3 does; what it would refuse or lose is named by line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import zip_longest
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from twin.bounds import MOST_INP_LINES
from twin.errors import InvalidInput, Mistake
from twin.text import decode, not_utf8, read_bytes
from twin.utilities.epanet.numbers import infinite, may_be_infinite, read_number
from twin.utilities.names import WHOLE

SECTIONS = (
    *("TITLE", "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "CONTROLS", "RULES"),
    *("DEMANDS", "SOURCES", "EMITTERS", "LEAKAGE", "PATTERNS", "CURVES", "QUALITY", "STATUS", "ROUGHNESS"),
    *("ENERGY", "REACTIONS", "MIXING", "REPORT", "TIMES", "OPTIONS", "COORDINATES", "VERTICES", "LABELS"),
    *("BACKDROP", "TAGS", "END"),
)
_SWMM = (
    *("SUBCATCHMENTS", "SUBAREAS", "INFILTRATION", "RAINGAGES", "CONDUITS", "XSECTIONS", "OUTFALLS"),
    *("DIVIDERS", "ORIFICES", "WEIRS", "DWF", "EVAPORATION", "LOSSES", "TRANSECTS"),
)
NODES = ("JUNCTIONS", "RESERVOIRS", "TANKS")
LINKS = ("PIPES", "PUMPS", "VALVES")
_WORDS = {"PIPES": 3, "PUMPS": 3, "VALVES": 5}
"""What a line needs for EPANET not to pass over it in silence."""
_FREE = {"", "TITLE", "LABELS", "BACKDROP"}
_MOST_BYTES = 1024
_MOST_GUESSES = 20
"""Where many names are wrong, a near one is no help and takes long to find."""
_MOST_ID_BYTES = 31
_MOST_HOURS = 500_000
"""EPANET counts seconds in 32 bits."""
_UNITS = {"SEC": 1.0 / 3600.0, "MIN": 1.0 / 60.0, "DAY": 24.0}
_PLAIN = re.compile(r"[^ \t\r\n]+")
_QUOTED = re.compile(r'"([^"]*)"?|([^ \t\r\n]+)')
_BLANK = re.compile("[ \t]")
_NOT_TEXT = (b"\xff\xfe", b"\xfe\xff")


class Row(NamedTuple):
    """A line of a section: its words, comments left out, and where it stands."""

    words: list[str]
    line: int


Sections = Mapping[str, Sequence[Row]]


def read_rows(path: Path) -> dict[str, list[Row]]:
    """Return the lines of each section of an INP file, up to ``[END]``.

    Comments, titles, labels and pictures may be written in any encoding: nothing refers to them.

    Raises
    ------
    InvalidInput
        With each line that is no UTF-8, too long, has a number that is not finite, or begins a section that
        EPANET does not know.
    """
    raw = read_bytes(path)
    if b"\0" in raw[:4] or raw.startswith(_NOT_TEXT):
        decode(raw, path.name)
    # bytes that are not UTF-8 survive as lone surrogates, so that comments may hold them
    if raw.count(b"\n") > MOST_INP_LINES:
        raise InvalidInput([Mistake(path.name, 0, f"more than {MOST_INP_LINES:,} lines")])
    lines = raw.decode("utf-8-sig", errors="surrogateescape").split("\n")
    _refuse_swmm(lines, path.name)
    mistakes: list[Mistake] = []
    sections: dict[str, list[Row]] = {}
    name, rows = "", []
    for number, line in enumerate(lines, start=1):
        kept, _, lost = line.partition("\0")
        words = split_words(kept[:_MOST_BYTES])
        if words and words[0].startswith("["):
            name = _section(Row(words, number), path.name, mistakes)
            if name == "END":
                break
            rows = sections.setdefault(name, [])
        elif words:
            rows.append(Row(words, number))
            if '"' in kept and name not in _FREE and _is_open(kept.split(";", 1)[0]):
                mistakes.append(Mistake(path.name, number, "a quote that is not closed", '"..."'))
        if lost.strip("\0 \r"):
            problem = "holds a NUL byte: EPANET reads nothing after it"
            mistakes.append(Mistake(path.name, number, problem, "the line without it"))
        if len(kept) > _MOST_BYTES // 4 and name != "TITLE" and _PLAIN.search(_beyond(kept)):
            problem = f"longer than {_MOST_BYTES} bytes: EPANET reads the rest as another line"
            mistakes.append(Mistake(path.name, number, problem, "a shorter line"))
    odd = [row.line for name in sections.keys() - _FREE for row in sections[name] if _odd(row.words)]
    if odd:
        mistakes.append(not_utf8(path.name, min(odd), raw))
    if may_be_infinite(raw):
        mistakes += infinite(sections, path.name)
    if mistakes:
        raise InvalidInput(mistakes)
    return sections


def _refuse_swmm(lines: Sequence[str], file: str) -> None:
    """Refuse a file of another program that is called INP too; it would be one mistake per section."""
    for number, line in enumerate(lines, 1):
        if line.startswith("[") and line[1:].split("]")[0].strip().upper() in _SWMM:
            problem = f"a SWMM model ({line.strip()[:40]}), which routes runoff through open channels in time"
            raise InvalidInput(
                [Mistake(file, number, problem, "an EPANET model: JUNCTIONS, TANKS, PIPES, PUMPS")]
            )


def split_words(line: str) -> list[str]:
    """Return the words of a line as EPANET tells them apart: by blanks and tabs, unless quoted."""
    kept = line.split(";", 1)[0]
    if '"' not in kept:
        return _PLAIN.findall(kept)
    return [quoted or plain for quoted, plain in _QUOTED.findall(kept)]


def with_few_quotes(text: str) -> str:
    """Return a file that EPANET reads as it stands: few words quoted, and blanks beyond those.

    It takes so many letters more for a part of a line as it has quoted words; they are of lines before.
    """
    if '"' not in text:
        return text
    return "\n".join(_with_few_quotes(line) if '"' in line else line for line in text.split("\n"))


def _with_few_quotes(line: str) -> str:
    words = split_words(line)
    if len(line) > _MOST_BYTES // 4 or not words:
        return line
    quoted = [f'"{word}"' if not word or _BLANK.search(word) else word for word in words]
    return " ".join([*quoted, ";", " " * len(words)])


def check_rows(sections: Sections, file: str) -> list[Mistake]:
    """Return what EPANET would refuse in a network, or pass over in silence."""
    mistakes = [
        *_ids(sections, NODES, file),
        *_ids(sections, LINKS, file),
        *_ends(sections, file),
        *_unconnected(sections, file),
        *_times(sections, file),
    ]
    if sum(len(sections.get(name, ())) for name in NODES) < 2:
        mistakes.append(Mistake(file, 0, "not enough nodes for a network", "two at least"))
    elif not any(sections.get(name) for name in ("RESERVOIRS", "TANKS")):
        mistakes.append(Mistake(file, 0, "no reservoir and no tank", "where the water comes from"))
    return mistakes


def _section(row: Row, file: str, mistakes: list[Mistake]) -> str:
    """Return the section that a line begins; EPANET minds neither case nor what follows the bracket."""
    text = row.words[0].upper()
    name = next((name for name in SECTIONS if text.startswith(f"[{name}]")), "")
    if not name:
        close = get_close_matches(text.strip("[]"), SECTIONS, n=1, cutoff=0.4)
        remedy = f"did you mean [{close[0]}]?" if close else ""
        mistakes.append(Mistake(file, row.line, f"EPANET knows no section {row.words[0]}", remedy))
    return name


def _is_open(line: str) -> bool:
    """Return whether the last word of a line begins with a quote that does not end."""
    *_, last = (found[0] for found in _QUOTED.finditer(line))
    return last.startswith('"') and (last == '"' or not last.endswith('"'))


def _odd(words: Sequence[str]) -> bool:
    """Return whether some word holds a byte that is not UTF-8."""
    return any("\udc80" <= letter <= "\udcff" for word in words if not word.isascii() for letter in word)


def _beyond(line: str) -> str:
    """Return what of a line EPANET's buffer has no room for."""
    return line.encode(errors="surrogateescape")[_MOST_BYTES:].decode(errors="replace").split(";", 1)[0]


def _bytes(text: str) -> int:
    return len(text.encode(errors="surrogateescape"))


def _ids(sections: Sections, names: Sequence[str], file: str) -> Iterator[Mistake]:
    """Yield IDs that are too long, given twice, or on a line that EPANET passes over."""
    seen: dict[str, int] = {}
    for name in names:
        for words, line in sections.get(name, ()):
            own = words[0]
            if not own:
                yield Mistake(file, line, "an empty ID")
            elif own == WHOLE:
                yield Mistake(file, line, f"{own} is the address of the whole network", "another ID")
            elif _bytes(own) > _MOST_ID_BYTES:
                problem = f"{own} is longer than {_MOST_ID_BYTES} bytes, EPANET's limit for an ID"
                yield Mistake(file, line, problem, "a shorter ID")
            elif own in seen:
                yield Mistake(file, line, f"{own} again", f"once; first in line {seen[own]}")
            elif len(words) < _WORDS.get(name, 1):
                yield Mistake(file, line, f"{own} lacks words: EPANET passes over this line")
            seen.setdefault(own, line)


def _ends(sections: Sections, file: str) -> Iterator[Mistake]:
    """Yield links at nodes that do not exist, or from a node to itself."""
    nodes = {words[0] for name in NODES for words, _ in sections.get(name, ())}
    looked = 0
    for name in LINKS:
        for words, line in sections.get(name, ()):
            ends = words[1:3]
            for node in dict.fromkeys(ends):
                if node not in nodes:
                    looked += 1
                    close = get_close_matches(node, nodes, n=1) if looked <= _MOST_GUESSES else []
                    remedy = f"did you mean {close[0]}?" if close else ""
                    yield Mistake(file, line, f"{words[0]}: no node {node}", remedy)
            if len(ends) == 2 and ends[0] == ends[1]:
                yield Mistake(file, line, f"{words[0]} joins {ends[0]} to itself")


def _times(sections: Sections, file: str) -> Iterator[Mistake]:
    """Yield times that EPANET's clock cannot hold: it would go backwards, or stand still."""
    for words, line in sections.get("TIMES", ()):
        for word, unit in zip_longest(words[1:], words[2:], fillvalue=""):
            try:
                hours = read_number(word) * next(
                    (v for k, v in _UNITS.items() if unit.upper().startswith(k)), 1.0
                )
            except ValueError:
                hours = -1.0 if word.startswith("-") else 0.0
            if not 0.0 <= hours <= _MOST_HOURS:
                problem = f"{' '.join(words)}: no time that EPANET can keep"
                yield Mistake(file, line, problem, f"from 0 to {_MOST_HOURS} hours")


def _unconnected(sections: Sections, file: str) -> Iterator[Mistake]:
    """Yield junctions that no link joins: EPANET solves no network that has one."""
    joined = {node for name in LINKS for words, _ in sections.get(name, ()) for node in words[1:3]}
    junctions = {words[0]: line for words, line in reversed(sections.get("JUNCTIONS", ()))}
    for name, line in sorted(junctions.items(), key=itemgetter(1)):
        if name not in joined:
            yield Mistake(file, line, f"{name} is connected to nothing", "a pipe, or no such junction")
