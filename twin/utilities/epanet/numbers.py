"""The numbers of an INP file; EPANET takes ``nan`` and ``inf`` for ones, with which none can reckon."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import inf, isinf
from typing import TYPE_CHECKING

from twin.errors import Mistake

if TYPE_CHECKING:
    from twin.utilities.epanet.inp import Sections

Words = Sequence[str]
_WORD = re.compile(r"[+-]?(inf(inity)?|nan(\(\w*\))?)", re.IGNORECASE)
_EXPONENT = re.compile(rb"e[+\d]\d\d")
_MOST_DIGITS = 300
_NAMING = ("MAP", "QUAL", "HYDR", "PATT", "VERI")
"""Options that name something."""
_PUMP_NAMES = ("HEAD", "PATT")


def read_number(word: str) -> float:
    """Return a number as EPANET reads it, which takes one in hexadecimal too.

    Raises
    ------
    ValueError
        If it is none.
    """
    digits = word.lstrip("+-").lower()
    try:
        return float.fromhex(word) if digits.startswith("0x") else float(word)
    except OverflowError:  # where C's strtod reads infinity
        return -inf if word.startswith("-") else inf


def may_be_infinite(raw: bytes) -> bool:
    """Return whether a file may have a number that is not finite: most have none, and are long."""
    text = raw.lower()
    if _EXPONENT.search(text) or any(part in text for part in (b"nan", b"inf", b"0x")):
        return True
    return max(map(len, text.split(b"\n"))) > _MOST_DIGITS


def infinite(sections: "Sections", file: str) -> Iterator[Mistake]:
    """Yield lines with a number that is not finite."""
    for name, numbers in _NUMBERS.items():
        for words, line in sections.get(name, ()):
            wrong = [word for word in numbers(words) if _is_infinite(word)]
            if wrong:
                yield Mistake(file, line, f"{words[0]}: {wrong[0]} is no finite number", "a finite number")


def _is_infinite(word: str) -> bool:
    if not word or (word[-1].isdecimal() and len(word) < 5):
        return False
    if _WORD.fullmatch(word):
        return True
    try:
        return isinf(read_number(word))
    except ValueError:  # a word that EPANET knows, or refuses
        return False


def _between(first: int, beyond: int | None = None) -> Callable[[Words], Words]:
    """Return a reader of some words of each line; the others are names."""
    return lambda words: words[first:beyond]


def _of_valve(words: Words) -> Words:
    """Return diameter, setting and minor loss; the setting of one kind is a curve."""
    curve = len(words) > 4 and words[4].upper() == "GPV"
    return (*words[3:5], *words[6 if curve else 5 : 7])


def _of_pump(words: Words) -> Words:
    """Return the words of a pump that are not the name of a curve or a pattern."""
    return [word for key, word in pairwise(words[2:]) if not key.upper().startswith(_PUMP_NAMES)]


def _of_energy(words: Words) -> Words:
    """Return the price of a line, or a pump's, unless it has a pattern or a curve there."""
    at, naming = (3, ("PATT", "EFFI")) if words[0].upper() == "PUMP" else (2, ("PATT",))
    return () if words[at - 1 : at] and words[at - 1].upper().startswith(naming) else words[at:]


def _of_control(words: Words) -> Words:
    """Return the setting, and the time or level, of a simple control."""
    at = 5 if len(words) > 4 and words[4].upper().endswith("TIME") else 6
    return (*words[2:3], *words[at:])


_NUMBERS: dict[str, Callable[[Words], Words]] = {
    "JUNCTIONS": _between(1, 3),
    "RESERVOIRS": _between(1, 2),
    "TANKS": _between(1, 7),
    "PIPES": _between(3),
    "PUMPS": _of_pump,
    "VALVES": _of_valve,
    "DEMANDS": _between(1, 2),
    "EMITTERS": _between(1),
    "LEAKAGE": _between(1),
    "STATUS": _between(1),
    "PATTERNS": _between(1),
    "CURVES": _between(1),
    "ENERGY": _of_energy,
    "CONTROLS": _of_control,
    "RULES": _between(4),
    "OPTIONS": lambda words: () if words[0].upper().startswith(_NAMING) else words[1:],
}
