"""The raw content of a scenario folder, and where each value of it stands."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from twin.bounds import MOST_YAML_BYTES
from twin.errors import InvalidInput, Mistake
from twin.scenario.markup import NotYaml, load_yaml
from twin.scenario.reach import ANYWHERE, AS_ALLOWED, OUTSIDE, Reach
from twin.scenario.schema import TABLES, Scenario
from twin.scenario.tables import read_table
from twin.text import read_text

Words = tuple[str, ...]
MOST_GUESSES = 20
"""Where many names are wrong, a near one is no help and takes long to find."""


@dataclass(slots=True)
class Document:
    """Nested plain values, the place of each, and the mistakes found while reading.

    Attributes
    ----------
    content
        What will be checked against the schema.
    places
        Path of a value to (file, line).
    refused
        Paths of values that a mistake tells of already.
    broken
        The YAML file has no content that could be checked.
    unread
        Networks whose files could not be read: nothing can be said of their assets.
    reach
        Which files may be read.
    own
        Paths of values that the user set, who may name any file.
    """

    content: dict[str, Any] = field(default_factory=dict)
    places: dict[Words, tuple[str, int]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    refused: set[Words] = field(default_factory=set)
    broken: bool = False
    unread: set[str] = field(default_factory=set)
    reach: Reach = ANYWHERE
    own: set[Words] = field(default_factory=set)

    def place(self, key: Sequence[str | int]) -> tuple[str, int]:
        """Return where a value, or the nearest thing around it, stands."""
        path = tuple(str(part) for part in key)
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return "scenario.yaml", 0

    def add(self, key: Sequence[str | int], problem: str, remedy: str = "") -> None:
        """Note a mistake at a value."""
        file, line = self.place(key)
        self.mistakes.append(Mistake(file, line, problem, remedy))

    def near(self, name: str, known: Iterable[str]) -> str:
        """Return what a name may have meant; where many names are wrong, that is no help and takes long."""
        few = len(self.mistakes) < MOST_GUESSES
        close = get_close_matches(name, list(known), n=1) if few else []
        return f"did you mean {close[0]}?" if close else ""

    def may_read(self, path: Path, key: Sequence[str], name: str) -> bool:
        """Return whether a file that a value names may be read; note it at the value if not."""
        if any(tuple(key[:length]) in self.own for length in range(1, len(key) + 1)):
            return True
        if self.reach.holds(path):
            return True
        self.add(key, f"{name} {OUTSIDE}", AS_ALLOWED)
        return False


def read_document(path: Path, reach: Reach = ANYWHERE) -> Document:
    """Read a scenario's YAML file and the tables beside it."""
    document = Document(reach=reach)
    document.places[()] = (path.name, 1)
    read_yaml(path, document)
    for name, keys in TABLES.items():
        table = path.parent / f"{name}.csv"
        # a link to what is not there is no table that was left out
        if os.path.lexists(table):
            if not reach.holds(table):
                document.mistakes.append(Mistake(table.name, 0, f"{OUTSIDE}: it is a link", AS_ALLOWED))
                continue
            if name in document.content:
                document.add((name,), f"{name} is given here and in {name}.csv", "one of them")
            _read_table(table, name, keys, document)
    return document


def place_of(scenario: Scenario, *key: str) -> tuple[str, int]:
    """Return where a value of a loaded scenario stands: what is said of it later names its line too."""
    path = scenario.folder / scenario.file
    return read_document(path).place(key) if path.is_file() else (f"{key[0]}.csv", 0)


def order_file(folder: Path, name: str) -> Path | None:
    """Return the file of a build order: by name in ``build_orders/`` or by path; None if there is none."""
    candidates = [folder / "build_orders" / f"{name}.csv", folder / name, Path(name)]
    found = (path for path in candidates if path.suffix == ".csv" and os.path.isfile(path))
    return next(found, None) if name else None


def read_order(document: Document, folder: Path) -> None:
    """Read the build order that is chosen; a resolved scenario holds it already."""
    name = str(document.content.get("build_order") or "")
    path = order_file(folder, name)
    if path is not None:
        if document.may_read(path, ("build_order",), name):
            _read_table(path, "order", (), document)
    elif name and "order" not in document.content:
        known = ", ".join(sorted(p.stem for p in folder.glob("build_orders/*.csv")))
        document.add(("build_order",), f"no build order {name}", f"one of {known}" if known else "")


def read_yaml(path: Path, document: Document, example: str = "name: ..., start: ..., end: ...") -> None:
    """Read a YAML mapping and where each of its values stands."""
    document.broken = True
    try:
        content = load_yaml(read_text(path, MOST_YAML_BYTES), path.name, document.places, document.mistakes)
    except InvalidInput as error:
        document.mistakes += error.mistakes
        return
    except NotYaml as error:
        document.mistakes.append(Mistake(path.name, error.line, f"not valid YAML: {error}"))
        return
    if not isinstance(content, dict):
        document.mistakes.append(Mistake(path.name, 1, "not a mapping", example))
        return
    document.content, document.broken = content, False


def _read_table(path: Path, name: str, keys: tuple[str, ...], document: Document) -> None:
    """Read a CSV: nested mappings by its key columns, or a list if it has none."""
    document.places[(name,)] = (path.name, 1)
    target: Any = {} if keys else []
    document.content[name] = target
    for row in read_table(name, path, keys, document.mistakes):
        key = _place_row(target, (name, *row.key), row.values, (path.name, row.line), document)
        for column, remedy in row.refused.items() if key else ():
            document.add((*key, column), f"{'.'.join(key)}.{column} is {row.values[column]!r}", remedy)
            document.refused.add((*key, column))


def _place_row(
    target: Any, key: Words, values: dict[str, Any], place: tuple[str, int], document: Document
) -> Words:
    """Put a row where its key says; return that place, empty if there is a row already."""
    if isinstance(target, list):
        key = (*key, str(len(target)))
        target.append(values)
    else:
        *parents, last = key[1:]
        for parent in parents:
            target = target.setdefault(parent, {})
        if last in target:
            where = document.places[key][1]
            document.mistakes.append(
                Mistake(*place, f"{'.'.join(map(str, key))} again", f"once; first in line {where}")
            )
            return ()
        target[last] = values
    for length in range(2, len(key)):
        document.places.setdefault(key[:length], place)
    document.places[key] = place
    return key
