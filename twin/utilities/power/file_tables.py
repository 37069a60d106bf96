"""The tables of a pandapower net: indices, columns and kinds of values as pandapower's own tables have them.

pandapower looks buses and elements up by their index, in memory as long as the largest; compiled code takes
what it finds there. So what is not as it should be is refused by name before.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from twin.errors import Mistake
from twin.utilities.base import Mask, Vector
from twin.utilities.power.internal_tables import quiet

MOST_INDEX = 10_000_000
_TEXT = {
    *("name", "type", "zone", "geo", "std_type", "et", "tap_side", "tap_changer_type", "curve_style"),
    *("object", "level", "recycle", "coords"),
}
"""Columns that hold whatever they hold."""
_PLAIN = ("float64", "int64", "uint32", "int32", "bool")
_FLAGS = ("in_service", "closed", "slack")
"""What is neither true nor false there says nothing."""
_TOLD = 3


def check_tables(net: Any, needed: Mapping[str, Collection[str]], file: str) -> Iterator[Mistake]:
    """Yield what is wrong with the form of some tables; bring what is odd and clear into pandapower's form.

    Parameters
    ----------
    needed
        By table, the columns that it cannot do without.
    """
    for table, columns in needed.items():
        frame = net.get(table)
        if not hasattr(frame, "columns"):
            yield Mistake(file, 0, f"no table {table}", "pandapower JSON")
            continue
        if not len(frame) and not set(columns) <= set(frame.columns):
            net[table] = _own()[table].copy()
            continue
        wrong = [*_index(frame, table, file), *_columns(frame, table, columns, file)]
        yield from wrong
        if not wrong:
            yield from _values(net, table, file)


def _index(frame: Any, table: str, file: str) -> Iterator[Mistake]:
    if frame.index.dtype.kind not in "iu":
        odd = [index for index in frame.index if not _is_index(index)]
        for index in odd[:_TOLD]:
            yield Mistake(file, 0, f"{table} {index}: the index is no whole number", "a whole number from 0")
        if not odd:
            frame.index = frame.index.astype(np.int64)
        else:
            return
    wrong = (frame.index < 0) | (frame.index > MOST_INDEX)
    for index in frame.index[wrong][:_TOLD]:
        yield Mistake(file, 0, f"{table} {index}: the index is not from 0 to {MOST_INDEX}", "a smaller one")
    for index in dict.fromkeys(frame.index[frame.index.duplicated()].tolist()[:_TOLD]):
        yield Mistake(file, 0, f"{table} {index} again", "once")


def _is_index(value: object) -> bool:
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return is_number and float(value).is_integer()  # type: ignore[arg-type]


def _columns(frame: Any, table: str, needed: Collection[str], file: str) -> Iterator[Mistake]:
    names = list(frame.columns)
    missing = [name for name in needed if name not in names] if len(frame) else []
    for name in missing:
        yield Mistake(file, 0, f"table {table} has no column {name}")
    twice = dict.fromkeys(str(name) for name in names if names.count(name) > 1)
    for name in twice:
        yield Mistake(file, 0, f"table {table} has column {name} twice", "once")


def _values(net: Any, table: str, file: str) -> Iterator[Mistake]:
    """Turn columns into numbers and flags, and yield the cells that are neither."""
    frame = net[table]
    for name in [n for n in frame.columns if isinstance(n, str) and n not in _TEXT]:
        kind = str(frame[name].dtype)
        flag = name in _FLAGS
        if kind == "Int64" or (kind in _PLAIN and not (flag and kind != "bool")):
            continue
        own = _own()[table]
        if name not in own.columns or (str(own[name].dtype) == kind and not flag):
            continue
        values = np.array([number(value) for value in frame[name]], dtype=float)
        empty = np.array([_is_empty(value) for value in frame[name]], dtype=bool)
        wrong = ~np.isin(values, (0.0, 1.0)) if flag else np.isnan(values) & ~empty
        for row in np.flatnonzero(wrong)[:_TOLD]:
            problem = f"{element(net, table, frame.index[row])}: {name} is {frame[name].iloc[row]!r:.60}"
            yield Mistake(file, 0, problem, "true or false" if flag else "a number")
        if not wrong.any():
            frame[name] = values.astype(bool) if flag or _is_flag(own, name, values) else _narrow(values)


def _is_flag(own: Any, name: str, values: Vector) -> bool:
    return str(own[name].dtype) == "bool" and not np.isnan(values).any()


def _narrow(values: Vector) -> Any:
    """Return whole numbers as such: pandapower indexes by some of them."""
    whole = np.isfinite(values) & (np.abs(values) < 2.0**53) & (values == np.floor(values))
    return values.astype(np.int64) if whole.all() else values


def _is_empty(value: object) -> bool:
    return value is None or str(value) in ("nan", "<NA>", "NaT", "None")


@cache
def _own() -> Any:
    """Return pandapower's own tables, without rows; making them takes long, and few files need them."""
    import pandapower as pp

    with quiet():
        return pp.create_empty_network()


def number(value: Any) -> float:
    """Return a cell's number, NaN if it has none."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def element(net: Any, table: str, row: Any) -> str:
    """Return how an element is told: its table, its index and its name."""
    name = net[table].at[row, "name"] if "name" in net[table] else None
    return f"{table} {row}" + (f" {name!r}" if isinstance(name, str) and name else "")


def used(frame: Any) -> Mask:
    """Return which rows of a table are in service; all where it has no such column."""
    return np.array(frame.in_service if "in_service" in frame else np.ones(len(frame)), dtype=bool)
