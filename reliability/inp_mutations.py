"""Structural mutations of EPANET's INP files: every section, every word of a line, every option."""

from collections.abc import Callable

from reliability.odd import Random, how_many, odd_number, pick
from twin.utilities.epanet.inp import SECTIONS

_ODD = (
    *(
        "",
        "*",
        "abc",
        "nan",
        "inf",
        "-inf",
        "1,5",
        "0:61",
        "25:00",
        "-1:00",
        "12 PM",
        "1e400",
        "YES",
        "NO",
        "OPEN",
    ),
    *(
        "CLOSED",
        "CV",
        "ACTIVE",
        "HEAD",
        "POWER",
        "SPEED",
        "PATTERN",
        "PRV",
        "PSV",
        "PBV",
        "FCV",
        "TCV",
        "GPV",
    ),
    *("PCV", "LPS", "GPM", "CMH", "CFS", "имя", "X" * 40, "X" * 300, '"a b"', '"', "9" * 40, "10000000000"),
)
_OPTIONS = {
    "OPTIONS": (
        *(
            "UNITS",
            "HEADLOSS",
            "PRESSURE",
            "QUALITY",
            "VISCOSITY",
            "DIFFUSIVITY",
            "SPECIFIC GRAVITY",
            "TRIALS",
        ),
        *("ACCURACY", "UNBALANCED", "PATTERN", "DEMAND MULTIPLIER", "EMITTER EXPONENT", "EMITTER BACKFLOW"),
        *(
            "TOLERANCE",
            "MAP",
            "CHECKFREQ",
            "MAXCHECK",
            "DAMPLIMIT",
            "HEADERROR",
            "FLOWCHANGE",
            "DEMAND MODEL",
        ),
        *("MINIMUM PRESSURE", "REQUIRED PRESSURE", "PRESSURE EXPONENT", "HYDRAULICS USE", "HYDRAULICS SAVE"),
        *("SEGMENTS", "VERIFY", "UNBALANCED CONTINUE", "STATUS"),
    ),
    "TIMES": (
        *("DURATION", "HYDRAULIC TIMESTEP", "QUALITY TIMESTEP", "RULE TIMESTEP", "PATTERN TIMESTEP"),
        *("PATTERN START", "REPORT TIMESTEP", "REPORT START", "START CLOCKTIME", "STATISTIC"),
    ),
    "ENERGY": ("GLOBAL PRICE", "GLOBAL PATTERN", "GLOBAL EFFIC", "DEMAND CHARGE", "PUMP"),
    "REACTIONS": ("ORDER BULK", "GLOBAL BULK", "GLOBAL WALL", "LIMITING POTENTIAL", "ROUGHNESS CORRELATION"),
    "REPORT": ("STATUS", "SUMMARY", "PAGESIZE", "NODES", "LINKS", "FILE", "PRESSURE", "ENERGY"),
}
"""Every option of EPANET 2.3's manual, by section."""
_REFERENCES = ("JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "CURVES", "PATTERNS")
_NEW = {
    "CONTROLS": "LINK {0} {1} IF NODE {2} BELOW {3}",
    "RULES": "RULE X\nIF TANK {2} LEVEL < {3}\nTHEN LINK {0} STATUS = {1}\nPRIORITY {3}",
    "PATTERNS": "{0} {3} {3} 0 0",
    "CURVES": "{0} {3} {3}",
    "DEMANDS": "{2} {3} {0}",
    "EMITTERS": "{2} {3}",
    "LEAKAGE": "{0} {3} {3}",
    "STATUS": "{0} {1}",
    "PUMPS": "X {2} {2} HEAD {0}",
    "VALVES": "X {2} {2} {3} PRV {3} 0",
    "PIPES": "X {2} {2} {3} {3} {3} 0 OPEN",
    "TANKS": "X {3} {3} {3} {3} {3} {3} *",
    "JUNCTIONS": "X {3} {3}",
    "RESERVOIRS": "X {3}",
    "TAGS": "LINK {0} gravity",
    "MIXING": "{2} 2COMP {3}",
    "QUALITY": "{2} {3}",
    "SOURCES": "{2} MASS {3}",
}
Rows = list[list[str]]


class Inp:
    """An INP file as words by section, and what its lines name."""

    def __init__(self, text: str) -> None:
        self.sections: dict[str, Rows] = {}
        rows: Rows = []
        for line in text.splitlines():
            words = line.split(";", 1)[0].split()
            if words and words[0].startswith("["):
                rows = self.sections.setdefault(words[0].strip("[]").upper(), [])
            elif words:
                rows.append(words)

    def names(self) -> list[str]:
        """Return every ID, and one that is none."""
        return [row[0] for name in _REFERENCES for row in self.sections.get(name, ())] + ["NOBODY"]

    def text(self) -> str:
        """Return the file."""
        return "\n".join(
            f"[{name}]\n" + "\n".join(" ".join(row) for row in rows) for name, rows in self.sections.items()
        )


def mutate_inp(text: str, rng: Random) -> str:
    """Return an INP file with one to three mutations."""
    inp = Inp(text)
    for _ in range(how_many(rng)):
        pick(rng, _WAYS)(inp, rng)
    return inp.text()


def _section(inp: Inp, rng: Random) -> Rows:
    """Return the rows of a section that has some."""
    filled = [rows for rows in inp.sections.values() if rows]
    return pick(rng, filled) if filled else []


def _word(inp: Inp, rng: Random, now: str) -> str:
    kind = rng.random()
    try:
        number: float | None = float(now)
    except ValueError:
        number = None
    if kind < (0.75 if number is not None else 0.15):
        return str(odd_number(rng, number))
    return pick(rng, inp.names()) if kind < 0.9 else pick(rng, _ODD)


def _set_word(inp: Inp, rng: Random) -> None:
    rows = _section(inp, rng)
    if rows:
        row = pick(rng, rows)
        at = int(rng.integers(len(row)))
        row[at] = _word(inp, rng, row[at])


def _set_column(inp: Inp, rng: Random) -> None:
    rows = _section(inp, rng)
    at = int(rng.integers(8))
    value = _word(inp, rng, next((row[at] for row in rows if len(row) > at), "1"))
    for row in rows:
        if len(row) > at:
            row[at] = value


def _set_option(inp: Inp, rng: Random) -> None:
    name = pick(rng, list(_OPTIONS))
    option = pick(rng, _OPTIONS[name])
    inp.sections.setdefault(name, []).append([option, _word(inp, rng, "1")])


def _drop_row(inp: Inp, rng: Random) -> None:
    rows = _section(inp, rng)
    if rows:
        del rows[int(rng.integers(len(rows)))]


def _drop_word(inp: Inp, rng: Random) -> None:
    row = pick(rng, _section(inp, rng) or [["x"]])
    del row[int(rng.integers(len(row)))]
    row[:] = row or ["x"]


def _repeat_row(inp: Inp, rng: Random) -> None:
    rows = _section(inp, rng)
    if rows:
        rows.insert(int(rng.integers(len(rows))), list(pick(rng, rows)))


def _swap_words(inp: Inp, rng: Random) -> None:
    row = pick(rng, _section(inp, rng) or [["x"]])
    a, b = rng.integers(len(row), size=2)
    row[a], row[b] = row[b], row[a]


def _shuffle_rows(inp: Inp, rng: Random) -> None:
    _section(inp, rng).reverse()


def _to_itself(inp: Inp, rng: Random) -> None:
    rows = [
        row for name in ("PIPES", "PUMPS", "VALVES") for row in inp.sections.get(name, ()) if len(row) > 2
    ]
    if rows:
        row = pick(rng, rows)
        row[2] = row[1]


def _drop_section(inp: Inp, rng: Random) -> None:
    inp.sections.pop(pick(rng, list(inp.sections)), None) if len(inp.sections) > 1 else None


def _empty_section(inp: Inp, rng: Random) -> None:
    _section(inp, rng).clear()


def _new_row(inp: Inp, rng: Random) -> None:
    """Add a line of any section, about what is there."""
    name = pick(rng, list(_NEW))
    names = inp.names()
    words = (
        pick(rng, names),
        pick(rng, ("OPEN", "CLOSED", "1.5", "0")),
        pick(rng, names),
        str(odd_number(rng)),
    )
    inp.sections.setdefault(name, []).append([_NEW[name].format(*words)])


def _new_section(inp: Inp, rng: Random) -> None:
    name = pick(rng, (*SECTIONS, "NOTHING"))
    inp.sections.setdefault(name, []).append([pick(rng, inp.names()), str(odd_number(rng)), pick(rng, _ODD)])


def _unlink(inp: Inp, rng: Random) -> None:
    """Leave a part of the network with nothing that joins it to the rest."""
    pipes = inp.sections.get("PIPES", [])
    for _ in range(min(len(pipes), int(rng.integers(1, 6)))):
        del pipes[int(rng.integers(len(pipes)))]


_WAYS: tuple[Callable[[Inp, Random], None], ...] = (
    *(
        _set_word,
        _set_word,
        _set_word,
        _set_word,
        _set_column,
        _set_option,
        _set_option,
        _drop_row,
        _drop_word,
    ),
    *(_repeat_row, _swap_words, _shuffle_rows, _to_itself, _drop_section, _empty_section, _new_row, _new_row),
    *(_new_section, _unlink),
)
