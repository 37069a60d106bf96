"""Grids that are no pandapower JSON yet: nets in memory, and the files that pandapower converts."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.text import read_text
from twin.utilities.power.cgmes import convert_cgmes
from twin.utilities.power.internal_tables import quiet
from twin.utilities.power.matpower import read_mat, read_mpc, to_net
from twin.utilities.power.tables_in import read_sqlite, read_workbook, write_tables

_MOST_TOLD = 20


def is_net(given: object) -> bool:
    """Return whether something is a pandapower net; pandapower is not imported for what is none."""
    return any(
        kind.__module__ == "pandapower.auxiliary" and kind.__name__ == "pandapowerNet"
        for kind in type(given).__mro__
    )


def write_net(net: Any, path: Path) -> None:
    """Write a net as pandapower JSON.

    Raises
    ------
    InvalidInput
        If pandapower cannot write it.
    """
    import pandapower as pp

    try:
        with quiet():
            pp.to_json(net, str(path))
    except Exception as error:  # a net may hold anything
        raise _cannot(path.name, "write", error) from error


def is_foreign(path: Path) -> bool:
    """Return whether a file is to be converted."""
    return path.suffix.lower() in _READERS


def convert(path: Path, target: Path) -> list[Mistake]:
    """Convert a file to pandapower JSON; return what is left out, as far as the file or pandapower tells.

    Raises
    ------
    InvalidInput
        If it is no such file, holds more than any grid, or what is no part of one.
    """
    lost: list[Mistake] = []
    with _remarks(path.name, lost):
        try:
            with quiet():
                lost += _READERS[path.suffix.lower()](path, target)
        except InvalidInput:
            raise
        except Exception as error:  # converters of foreign files raise whatever these lead them to
            raise _cannot(path.name, "convert", error) from error
    return list(dict.fromkeys(lost))


def _workbook(path: Path, target: Path) -> list[Mistake]:
    return write_tables(read_workbook(path), target, path.name)


def _sqlite(path: Path, target: Path) -> list[Mistake]:
    return write_tables(read_sqlite(path), target, path.name)


def _matpower(path: Path, target: Path) -> list[Mistake]:
    case = read_mpc(path) if path.suffix.lower() == ".m" else read_mat(path)
    write_net(to_net(case, path.name), target)
    return case.left_out(path.name)


def _ucte(path: Path, target: Path) -> list[Mistake]:
    from pandapower.converter.ucte.from_ucte import from_ucte

    if "##N" not in read_text(path):
        raise InvalidInput([Mistake(path.name, 0, "no UCTE file: it has no nodes (##N)")])
    write_net(from_ucte(str(path)), target)
    return []


def _cgmes(path: Path, target: Path) -> list[Mistake]:
    net, lost = convert_cgmes(path)
    write_net(net, target)
    return lost


_READERS: dict[str, Callable[[Path, Path], list[Mistake]]] = {
    ".xlsx": _workbook,
    ".sqlite": _sqlite,
    ".db": _sqlite,
    ".m": _matpower,
    ".mat": _matpower,
    ".uct": _ucte,
    ".zip": _cgmes,
}


def _cannot(file: str, what: str, error: Exception) -> InvalidInput:
    text = " ".join(str(error).split())[:200]
    return InvalidInput([Mistake(file, 0, f"pandapower cannot {what} this: {type(error).__name__}: {text}")])


@contextmanager
def _remarks(file: str, lost: list[Mistake]) -> Iterator[None]:
    """Take pandapower's warnings while it converts for what it leaves out, or takes otherwise."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if len(lost) < _MOST_TOLD:
                lost.append(Mistake(file, 0, " ".join(record.getMessage().split())[:300]))

    handler, root = Handler(logging.WARNING), logging.getLogger()
    kept, root.handlers = root.handlers, [handler]
    try:
        yield
    finally:
        root.handlers = kept
