"""What pandapower takes long to make is made once for each process of the tests, and copied from then on.

An empty grid has 85 tables, which take 0.1 s; a file of three buses takes 0.2 s to read. Thousands of tests
open grids, most of them the same few. The first of each is read by pandapower itself, as in any program.
"""

import hashlib
import pickle
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import numpy as np
import pandapower as pp
import pandas as pd
from pandapower.io_utils import FromSerializableRegistry

_FRAME = ("DataFrame", "pandas.core.frame")
_MOST = 100
"""Grids that are kept, the oldest of which goes first."""


@cache
def _empty(columns: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    return pd.DataFrame(columns=[name for name, _ in columns], index=pd.Index([], dtype=np.int64)).astype(
        dict(columns)
    )


def _create_dataframes(_: type, data: dict[str, Any]) -> dict[str, Any]:
    for name, columns in data.items():
        if isinstance(columns, dict):
            data[name] = _empty(tuple(columns.items())).copy()
    return data


def _once(read: Callable[..., Any]) -> Callable[..., Any]:
    """Return a reader of text that hands out a copy of what it read of the same text before."""
    kept: dict[tuple[object, ...], bytes] = {}

    @wraps(read)
    def reads(text: object, **options: object) -> Any:
        if not isinstance(text, str) or not all(isinstance(one, bool | None) for one in options.values()):
            return read(text, **options)
        key = (hashlib.sha256(text.encode()).digest(), *options.items())
        if key in kept:
            return pickle.loads(kept[key])
        net = read(text, **options)
        if len(kept) == _MOST:
            del kept[next(iter(kept))]
        kept[key] = pickle.dumps(net, pickle.HIGHEST_PROTOCOL)
        return net

    return reads


def _empty_once(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a reader of tables that copies those without rows, which are most of them in every file."""
    kept: dict[tuple[object, ...], pd.DataFrame] = {}

    def reads(table: Any) -> Any:
        key = (str(table.obj), *sorted((name, str(value)) for name, value in table.d.items()))
        if key in kept:
            return kept[key].copy()
        frame = read(table)
        if not len(frame):
            kept[key] = frame.copy()
        return frame

    return reads


def make_grids_once() -> None:
    """Let pandapower make and read its empty tables once, and each text."""
    readers = FromSerializableRegistry.from_serializable.registry
    readers[_FRAME] = _empty_once(readers[_FRAME])
    pp.pandapowerNet.create_dataframes = classmethod(_create_dataframes)
    pp.from_json_string = pp.file_io.from_json_string = _once(pp.file_io.from_json_string)
