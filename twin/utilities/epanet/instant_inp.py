"""An instant written into the user's own INP file: what stands in it otherwise stays to the letter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from twin.errors import Mistake, counted, listed
from twin.utilities.epanet.inp import Row, Sections, read_rows
from twin.utilities.epanet.inp_text import gone, number, rewritten
from twin.utilities.epanet.numbers import read_number
from twin.utilities.epanet.saved import LinkState

_OPTIONS = (
    *("DEMAND MULT", "DEMAND MODEL", "MINIMUM PRESSURE", "REQUIRED PRESSURE", "PRESSURE EXPONENT"),
    *("ACCU", "UNBALANCED", "HYDRAULICS"),
)
_TIMES = ("DURATION", "START CLOCKTIME", "PATTERN START", "REPORT START")
_PIPE_STATUSES = ("OPEN", "CLOSED", "CV")
_LINKS = ("LINK", "PIPE", "PUMP", "VALVE")
_ACTIONS = ("THEN", "ELSE", "AND")
_HOUR_S = 3600
_AT_LIMIT = 1e-9


@dataclass(frozen=True, slots=True)
class Instant:
    """How a network stands, by ID, in the units of its file.

    Attributes
    ----------
    second
        Since midnight.
    levels, heads, asked
        Levels of tanks above their bottoms, heads of reservoirs, demand of junctions.
    links
        How each stands.
    held
        Links that are held closed, whatever controls and rules say.
    pressures
        What is delivered by pressure: the lowest, the required one, the exponent; None where demand is
        drawn at any.
    accuracy
        What EPANET was asked for.
    """

    second: int
    levels: Mapping[str, float]
    heads: Mapping[str, float]
    asked: Mapping[str, float]
    links: Mapping[str, LinkState]
    held: frozenset[str]
    pressures: tuple[float, float, float] | None
    accuracy: float


def instant_inp(path: Path, instant: Instant) -> str:
    """Return an INP file with an instant in it; it lasts no time.

    Bytes that are no UTF-8, in comments, are lone surrogates.
    """
    rows = read_rows(path)
    lines = _Lines(instant, _unused(rows), frozenset(_rules_out(rows, instant.held)))
    changes = {
        "JUNCTIONS": lines.junction,
        "DEMANDS": gone,
        "TANKS": lines.tank,
        "RESERVOIRS": lines.reservoir,
        "PIPES": lines.pipe,
        "PUMPS": lines.pump,
        "STATUS": gone,
        "CONTROLS": lines.control,
        "RULES": lines.rule,
        "OPTIONS": lambda words: None if _begins(words, _OPTIONS) else words,
        "TIMES": lambda words: None if _begins(words, _TIMES) else words,
    }
    clock = f"{instant.second // _HOUR_S}:{instant.second // 60 % 60:02}:{instant.second % 60:02}"
    more: dict[str, list[list[str]]] = {
        "PATTERNS": [[lines.constant, "1"]],
        "STATUS": list(_statuses(rows, instant.links)),
        "OPTIONS": list(_options(instant)),
        "TIMES": [
            ["DURATION", "0"],
            ["PATTERN", "START", "0"],
            ["REPORT", "START", "0"],
            ["START", "CLOCKTIME", clock],
        ],
    }
    return rewritten(path.read_bytes().decode("utf-8-sig", errors="surrogateescape"), changes, more)


def left_out(path: Path, held: frozenset[str]) -> Iterator[Mistake]:
    """Yield the controls and rules of a file that an instant of it leaves out."""
    rows = read_rows(path)
    controls = rows.get("CONTROLS", ())
    timed = [row.line for row in controls if _at_time(row.words)]
    if timed:
        problem = f"left out of an instant: {counted(len(timed), 'control')} at a time since the start"
        yield Mistake(path.name, timed[0], problem)
    acting = [row for row in controls if _acts_on(row.words, held) and not _at_time(row.words)]
    if acting:
        links = listed(list(dict.fromkeys(row.words[1] for row in acting)))
        problem = f"left out of this instant, which holds closed {links}: {counted(len(acting), 'control')}"
        yield Mistake(path.name, acting[0].line, problem)
    for name, row in _rules_out(rows, held).items():
        problem = f"rule {name} is left out of this instant: a link that it names is held, or a time"
        yield Mistake(path.name, row.line, problem)


class _Lines:
    """What becomes of single lines of the file."""

    def __init__(self, at: Instant, constant: str, rules: frozenset[str]) -> None:
        self.constant = constant
        self._at, self._rules, self._out = at, rules, False

    def junction(self, words: list[str]) -> list[str]:
        elevation = words[1] if len(words) > 1 else "0"
        return [words[0], elevation, number(self._at.asked[words[0]]), self.constant]

    def tank(self, words: list[str]) -> list[str]:
        """Begin at the level of the instant; a line of two words is a reservoir's, as EPANET has it."""
        if len(words) < 5:
            return self.reservoir(words) if words[0] in self._at.heads else words
        level = self._at.levels[words[0]]
        for limit, sign in ((words[3], -1.0), (words[4], 1.0)):
            # EPANET closes the pipes of a tank that is at its limit to the last digit
            if sign * (level - read_number(limit)) > -_AT_LIMIT:
                return [*words[:2], limit, *words[3:]]
        return [*words[:2], number(level), *words[3:]]

    def reservoir(self, words: list[str]) -> list[str]:
        return [words[0], number(self._at.heads[words[0]])]

    def pipe(self, words: list[str]) -> list[str]:
        """Keep a check valve, unless it is held closed; how others stand is said by their status."""
        if len(words) < 6:
            return words
        loss = next((word for word in words[6:] if word.upper() not in _PIPE_STATUSES), "0")
        if not _has_check_valve(words):
            return [*words[:6], loss]
        return [*words[:6], loss, "CLOSED" if words[0] in self._at.held else "CV"]

    def pump(self, words: list[str]) -> list[str]:
        """Keep what the pump is; its speed is that of the instant, of one that stands still the file's."""
        kept, pairs = words[:3], words[3:]
        state = self._at.links[words[0]]
        for key, value in zip(pairs[::2], pairs[1::2], strict=False):
            speed = key.upper().startswith("SPEED")
            if not key.upper().startswith("PATT") and not (speed and state.open):
                kept += [key, value]
        if len(pairs) % 2:
            kept.append(pairs[-1])
        return [*kept, "SPEED", number(state.setting)] if state.open and state.setting else kept

    def control(self, words: list[str]) -> list[str] | None:
        return None if _acts_on(words, self._at.held) or _at_time(words) else words

    def rule(self, words: list[str]) -> list[str] | None:
        if words[0].upper() == "RULE":
            self._out = words[-1] in self._rules
        return None if self._out else words


def _statuses(rows: Sections, links: Mapping[str, LinkState]) -> Iterator[list[str]]:
    """Yield how links stand, where their own lines do not say it."""
    check_valves = {words[0] for words, _ in rows.get("PIPES", ()) if _has_check_valve(words)}
    pumps = {words[0] for words, _ in rows.get("PUMPS", ())}
    for link, state in links.items():
        if link in check_valves or (link in pumps and state.open):
            continue
        if link in pumps or state.setting is None:
            yield [link, "OPEN" if state.open else "CLOSED"]
        else:
            yield [link, number(state.setting)]


def _options(instant: Instant) -> Iterator[list[str]]:
    yield ["DEMAND", "MULTIPLIER", "1"]
    yield ["ACCURACY", number(instant.accuracy)]
    yield ["UNBALANCED", "CONTINUE", "10"]
    yield ["DEMAND", "MODEL", "PDA" if instant.pressures else "DDA"]
    if instant.pressures:
        lowest, required, exponent = map(number, instant.pressures)
        yield ["MINIMUM", "PRESSURE", lowest]
        yield ["REQUIRED", "PRESSURE", required]
        yield ["PRESSURE", "EXPONENT", exponent]


def _rules_out(rows: Sections, held: frozenset[str]) -> dict[str, Row]:
    """Return the first lines of rules that an instant leaves out, by ID."""
    out: dict[str, Row] = {}
    rule = Row([], 0)
    for row in rows.get("RULES", ()):
        if row.words[0].upper() == "RULE":
            rule = row
        elif rule.words and (_acts_on(row.words, held) or _by_time(row.words)):
            out[rule.words[-1]] = rule
    return out


def _acts_on(words: Sequence[str], links: frozenset[str]) -> bool:
    """Return whether a control, or a clause of a rule, names one of some links."""
    at = 0 if words[0].upper() in _LINKS else 1
    names_link = at == 0 or words[0].upper() in _ACTIONS
    return names_link and len(words) > at + 1 and words[at].upper() in _LINKS and words[at + 1] in links


def _at_time(words: Sequence[str]) -> bool:
    return [word.upper() for word in words[3:5]] == ["AT", "TIME"]


def _by_time(words: Sequence[str]) -> bool:
    return [word.upper() for word in words[1:3]] == ["SYSTEM", "TIME"]


def _has_check_valve(words: Sequence[str]) -> bool:
    return any(word.upper() == "CV" for word in words[6:])


def _begins(words: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether a line begins with one of some options, whose words may be longer."""
    split = [name.split() for name in names]
    return any(
        len(words) >= len(parts)
        and all(word.upper().startswith(part) for word, part in zip(words, parts, strict=False))
        for parts in split
    )


def _unused(rows: Sections) -> str:
    """Return an ID for a constant pattern that the file does not use."""
    taken = {words[0].upper() for words, _ in rows.get("PATTERNS", ())}
    return next(name for n in count(1) if (name := f"constant-{n}").upper() not in taken)
