"""What an INP file says of each element, and of the network as a whole: for telling two files apart."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from twin.utilities.epanet.inp import LINKS, NODES, Row, read_rows
from twin.utilities.names import WHOLE

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "JUNCTIONS": ("elevation", "demand", "pattern"),
    "RESERVOIRS": ("head", "pattern"),
    "TANKS": (
        *("elevation", "initial_level", "minimum_level", "maximum_level", "diameter", "minimum_volume"),
        *("volume_curve", "overflow"),
    ),
    "PIPES": ("from", "to", "length", "diameter", "roughness", "minor_loss", "status"),
    "PUMPS": ("from", "to", "parameters"),
    "VALVES": ("from", "to", "diameter", "type", "setting", "minor_loss", "curve"),
}
"""EPANET 2.3 users' manual, appendix C; the last column takes what words are left."""
_OF_ELEMENTS = ("DEMANDS", "EMITTERS", "LEAKAGE", "STATUS", "QUALITY", "SOURCES", "MIXING", "ROUGHNESS")
"""Sections whose lines begin with the ID of an element."""
_BY_KEY = ("PATTERNS", "CURVES")
_LINES = ("CONTROLS", "RULES", "OPTIONS", "TIMES", "ENERGY", "REACTIONS")


def elements(path: Path, network: str) -> dict[str, dict[str, object]]:
    """Return by address what the file says of it; a node and a link of one ID are told together.

    Raises
    ------
    InvalidInput
        If the file cannot be read.
    """
    sections = read_rows(path)
    found: dict[str, dict[str, object]] = {}
    for section in (*NODES, *LINKS):
        names = _COLUMNS[section]
        for row in sections.get(section, ()):
            own = found.setdefault(f"{network}/{row.words[0]}", {})
            own |= _named(names, row.words[1:])
    for section in _OF_ELEMENTS:
        for row in sections.get(section, ()):
            _add(found, f"{network}/{row.words[0]}", section.lower(), row.words[1:])
    for row in sections.get("TAGS", ()):
        if len(row.words) > 2:
            _add(found, f"{network}/{row.words[1]}", "tag", row.words[2:])
    found[f"{network}/{WHOLE}"] = dict(_whole(sections))
    return found


def _named(names: Sequence[str], words: Sequence[str]) -> Iterator[tuple[str, object]]:
    last = len(names) - 1
    for place, name in enumerate(names):
        if place < len(words):
            yield name, " ".join(words[place:]) if place == last else _value(words[place])


def _value(word: str) -> object:
    """Return a word's number: 1200 and 1200.0 are one length."""
    try:
        return float(word)
    except ValueError:
        return word


def _add(found: dict[str, dict[str, object]], address: str, name: str, words: Sequence[str]) -> None:
    """Add a line to what is said of an element: several of a kind stand behind one another."""
    own, text = found.setdefault(address, {}), " ".join(words)
    own[name] = f"{own[name]}; {text}" if name in own else text


def _whole(sections: Mapping[str, Sequence[Row]]) -> Iterator[tuple[str, object]]:
    """Yield what is said of no single element."""
    for section in _BY_KEY:
        values: dict[str, list[str]] = {}
        for row in sections.get(section, ()):
            values.setdefault(row.words[0], []).extend(row.words[1:])
        yield from ((f"{section.lower()} {key}", " ".join(own)) for key, own in values.items())
    for section in _LINES:
        lines = [" ".join(row.words) for row in sections.get(section, ())]
        if lines:
            yield section.lower(), "; ".join(lines)
