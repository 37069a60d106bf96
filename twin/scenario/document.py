"""The raw content of a scenario folder, and where each value of it stands."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from twin.bounds import MOST_YAML_BYTES
from twin.errors import InvalidInput, Mistake
from twin.scenario.background import BACKGROUND, read_background
from twin.scenario.currency import ACCOUNT, known, of_another, stated, within
from twin.scenario.markup import NotYaml, load_yaml
from twin.scenario.reach import ANYWHERE, AS_ALLOWED, OUTSIDE, Reach
from twin.scenario.schema import TABLES, Scenario
from twin.scenario.sheets import ENDING, Book
from twin.scenario.tables import Source, read_table
from twin.text import read_text

Words = tuple[str, ...]
MOST_GUESSES = 20
"""Where many names are wrong, a near one is no help and takes long to find."""
WORKBOOK = f"tables{ENDING}"
"""A workbook whose sheets are tables, beside the scenario."""


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
    unread_sheets
        Workbook and sheet of what is no table.
    """

    content: dict[str, Any] = field(default_factory=dict)
    places: dict[Words, tuple[str, int]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    refused: set[Words] = field(default_factory=set)
    broken: bool = False
    unread: set[str] = field(default_factory=set)
    reach: Reach = ANYWHERE
    own: set[Words] = field(default_factory=set)
    unread_sheets: list[tuple[str, str]] = field(default_factory=list)

    @property
    def currency(self) -> str:
        """Return what the YAML file says of its money; where that is no currency, the schema will say so."""
        return stated(self.content)

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
    _know_names(document)
    sheets = _sheets(path.parent, document)
    for name, keys in TABLES.items():
        given = [*_beside(path.parent, name, document), *sheets.get(name, ())]
        for source in given[1:]:
            problem = f"{name} is given here and in {given[0].file}"
            document.mistakes.append(Mistake(source.file, 0, problem, "one of them"))
        if given:
            if name in document.content:
                document.add((name,), f"{name} is given here and in {given[0].file}", "one of them")
            _read_table(given[0], name, keys, document)
    if _is_there(path.parent / BACKGROUND, document):
        _read_background(path.parent / BACKGROUND, document)
    return document


def _know_names(document: Document) -> None:
    """Give the YAML's money the names that the program knows; KZT may not stand for another currency."""
    currency = document.currency
    if currency == ACCOUNT:
        return
    for key, place in document.places.items():
        if key and (wrong := of_another(key[-1], currency)):
            document.mistakes.append(Mistake(*place, *wrong))
    document.content = within(document.content, known, currency)
    document.places = {
        tuple(known(part, currency) for part in key): place for key, place in document.places.items()
    }


def _beside(folder: Path, name: str, document: Document) -> Iterator[Source]:
    """Yield the files beside the scenario that give a table."""
    for ending in (".csv", ENDING):
        path = folder / f"{name}{ending}"
        if not _is_there(path, document):
            continue
        if ending == ".csv":
            yield Source(path)
        elif book := _open(path, document):
            own = [sheet for sheet in book.sheets if _as_table(sheet) == name]
            own = own or book.sheets if len(book.sheets) == 1 else own
            if len(own) == 1:
                yield Source(path, book, own[0])
                document.unread_sheets += [(path.name, sheet) for sheet in book.sheets if sheet not in own]
            else:
                remedy = f"one of them called {name}"
                problem = f"has {len(own) or len(book.sheets)} sheets that may be {name}"
                document.mistakes.append(Mistake(path.name, 0, problem, remedy))


def _sheets(folder: Path, document: Document) -> dict[str, list[Source]]:
    """Return the sheets of `tables.xlsx` that give tables, by table."""
    path = folder / WORKBOOK
    book = _open(path, document) if _is_there(path, document) else None
    found: dict[str, list[Source]] = {}
    for sheet in book.sheets if book else ():
        if _as_table(sheet) in TABLES:
            found.setdefault(_as_table(sheet), []).append(Source(path, book, sheet))
        else:
            document.unread_sheets.append((path.name, sheet))
    return found


def _as_table(sheet: str) -> str:
    """Return which table a sheet gives, by its name."""
    return sheet.strip().lower().replace(" ", "_")


def _is_there(path: Path, document: Document) -> bool:
    """Tell whether a file may be read; a link to what is not there is no table that was left out."""
    if not os.path.lexists(path):
        return False
    if document.reach.holds(path):
        return True
    document.mistakes.append(Mistake(path.name, 0, f"{OUTSIDE}: it is a link", AS_ALLOWED))
    return False


def _open(path: Path, document: Document) -> Book | None:
    try:
        return Book(path)
    except InvalidInput as error:
        document.mistakes += error.mistakes
        return None


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
            _read_table(Source(path), "order", (), document)
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


def _read_table(source: Source, name: str, keys: tuple[str, ...], document: Document) -> None:
    """Read a table: nested mappings by its key columns, or a list if it has none."""
    document.places[(name,)] = (source.file, 1)
    target: Any = {} if keys else []
    document.content[name] = target
    for row in read_table(name, source, keys, document.mistakes, document.currency):
        key = _place_row(target, (name, *row.key), row.values, (source.file, row.line), document)
        for column, remedy in row.refused.items() if key else ():
            document.add((*key, column), f"{'.'.join(key)}.{column} is {row.values[column]!r}", remedy)
            document.refused.add((*key, column))


def _read_background(path: Path, document: Document) -> None:
    """Read the land beneath the networks: a list of shapes, each where its feature begins."""
    if "background" in document.content:
        document.add(("background",), f"background is given here and in {path.name}", "one of them")
    shapes: list[dict[str, Any]] = []
    document.content["background"], document.places[("background",)] = shapes, (path.name, 1)
    try:
        for line, own in read_background(path):
            for shape in own:
                document.places[("background", str(len(shapes)))] = path.name, line
                shapes.append(shape)
    except InvalidInput as error:
        document.mistakes += error.mistakes


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
