"""Reading a pandapower file: what pandapower would fail on, or the twin cannot compute, is named first."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake, listed
from twin.networks.power_numbers import NUMBERS, POSITIVE, REFERENCES, SWITCHED

_NO_NET = "is no pandapower net"
_WRITE = "a file written by pandapower.to_json"
_UNSUPPORTED = {
    "svc": "static var compensators (write it as a gen with its reactive limits)",
    "tcsc": "thyristor-controlled series capacitors (write it as an impedance)",
    "ssc": "static synchronous compensators (write it as a gen with p_mw 0)",
    "vsc": "voltage source converters (write it as a dcline or a gen)",
    "b2b_vsc": "back-to-back converters (write it as a dcline)",
}
_OPTIONS = {
    "distributed_slack": "a slack that is distributed",
    "tdpf": "resistance that depends on line temperature",
}
_DEPENDENT = ("const_z", "const_i")


def read_net(path: Path) -> Any:
    """Return the net of a pandapower JSON file, its indices whole numbers.

    Raises
    ------
    InvalidInput
        With every mistake that is found.
    """
    net = _parse(path)
    mistakes = [Mistake(path.name, 0, *text) for text in _missing(net)]
    if not mistakes:
        _repair_indices(net)
        _fill(net)
        found = [*_references(net), *_numbers(net), *_unsupported(net)]
        mistakes = [Mistake(path.name, 0, *text) for text in found]
    if mistakes:
        raise InvalidInput(mistakes)
    return net


def _parse(path: Path) -> Any:
    """Let pandapower read the file, whatever version wrote it."""
    import pandapower as pp

    try:
        net = pp.from_json(str(path))
    except Exception as error:  # a stranger's file makes pandapower raise all kinds
        raise InvalidInput([_unread(path, error)]) from error
    if not isinstance(net, pp.pandapowerNet):
        raise InvalidInput([Mistake(path.name, 0, _NO_NET, _WRITE)])
    return net


def _unread(path: Path, error: Exception) -> Mistake:
    """Say why a file cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return Mistake(path.name, 0, "is not in UTF-8", _WRITE)
    except json.JSONDecodeError as wrong:
        return Mistake(path.name, wrong.lineno, f"is no JSON: {wrong.msg}", _WRITE)
    kind = content.get("_class") if isinstance(content, dict) else None
    if kind != "pandapowerNet":
        return Mistake(path.name, 0, f"{_NO_NET} but {kind}" if kind else _NO_NET, _WRITE)
    said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return Mistake(path.name, 0, f"pandapower cannot read it: {said}", "write it with a recent pandapower")


Text = tuple[str, ...]


def _missing(net: Any) -> Iterator[Text]:
    """Yield what a net lacks altogether: buses, supplies, columns; what stands twice."""
    if not len(net.bus):
        yield "holds no bus", "at least a bus and an ext_grid"
        return
    gens = net.gen.slack.fillna(False).astype(bool) if len(net.gen) else np.zeros(0, dtype=bool)
    if not len(net.ext_grid) and not gens.any():
        yield "holds no supply", "an ext_grid, or a gen with slack"
    for table in {*NUMBERS, *REFERENCES}:
        if table not in net or not len(net[table]):
            continue
        frame = net[table]
        for column in (*NUMBERS.get(table, ()), *REFERENCES.get(table, ())):
            if column not in frame.columns:
                yield f"{table} has no column {column}", _WRITE
        if frame.index.has_duplicates:
            twice = frame.index[frame.index.duplicated()].unique()
            yield f"{table} holds index {listed([str(i) for i in twice])} twice", "an index of its own each"


def _repair_indices(net: Any) -> None:
    """Make whole numbers of indices that were written as numbers with a point."""
    for table in {*NUMBERS, *REFERENCES}:
        if table not in net or not len(net[table]):
            continue
        index = net[table].index
        if index.dtype != np.int64 and _whole(index.to_numpy()):
            net[table].index = index.astype(np.int64)
        for column in REFERENCES.get(table, ()):
            values = net[table][column]
            if values.dtype.kind != "i" and _whole(values.to_numpy()):
                net[table][column] = values.astype(float).astype(np.int64)


def _fill(net: Any) -> None:
    """Add the columns that only scale ratings where an old file lacks them."""
    for table, column, value in (("line", "max_i_ka", np.nan), ("line", "df", 1.0), ("trafo", "df", 1.0)):
        if column not in net[table]:
            net[table][column] = value


def _whole(values: Any) -> bool:
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return False
    return bool(np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all())


def _references(net: Any) -> Iterator[Text]:
    """Yield buses and elements that are named and do not exist."""
    for table, columns in REFERENCES.items():
        for column in columns if table in net and len(net[table]) else ():
            yield from _absent(net, table, column, "bus", np.ones(len(net[table]), dtype=bool))
    if len(net.switch):
        for kind, table in SWITCHED.items():
            yield from _absent(net, "switch", "element", table, (net.switch.et == kind).to_numpy())


def _absent(net: Any, table: str, column: str, of: str, rows: Any) -> Iterator[Text]:
    frame = net[table]
    wrong = rows & ~frame[column].isin(net[of].index).to_numpy()
    if wrong.any():
        values = sorted({str(value) for value in frame[column][wrong]})
        names = _names(net, table, wrong)
        yield f"{table} {names}: {column} {listed(values)} does not exist", f"an index of table {of}"


def _numbers(net: Any) -> Iterator[Text]:
    """Yield values that are no finite numbers, or not above zero where they must be."""
    for table, columns in NUMBERS.items():
        for column in columns if table in net and len(net[table]) else ():
            frame = net[table]
            values = _as_numbers(frame[column])
            bad = ~np.isfinite(values)
            if bad.any():
                said = listed(sorted({str(value) for value in frame[column][bad]}))
                yield (
                    f"{table} {_names(net, table, bad)}: {column} is {said}, not a number",
                    "a finite number",
                )
            low = ~bad & (values <= 0.0) & _used(frame)
            if column in POSITIVE.get(table, ()) and low.any():
                said = listed(sorted({f"{value:g}" for value in values[low]}))
                yield f"{table} {_names(net, table, low)}: {column} is {said}", "above zero"
    yield from _impedances(net)


def _as_numbers(column: Any) -> Any:
    import pandas as pd

    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _used(frame: Any) -> Any:
    used = frame.in_service if "in_service" in frame else np.ones(len(frame), dtype=bool)
    return np.asarray(used, dtype=bool)


def _impedances(net: Any) -> Iterator[Text]:
    """Yield branches without impedance, and transformers with more resistance than impedance."""
    line, trafo = net.line, net.trafo
    if len(line):
        ohm = _as_numbers(line.r_ohm_per_km) ** 2 + _as_numbers(line.x_ohm_per_km) ** 2
        none = (ohm * _as_numbers(line.length_km) == 0.0) & _used(line)
        if none.any():
            yield f"line {_names(net, 'line', none)} has no impedance", "a closed switch between its buses"
    if len(trafo):
        more = (_as_numbers(trafo.vkr_percent) > np.abs(_as_numbers(trafo.vk_percent))) & _used(trafo)
        if more.any():
            yield f"trafo {_names(net, 'trafo', more)}: vkr_percent is above vk_percent", "at most vk_percent"


def _unsupported(net: Any) -> Iterator[Text]:
    """Yield what the twin cannot compute as pandapower does."""
    for table, what in _UNSUPPORTED.items():
        if table in net and len(net[table]):
            on = _used(net[table])
            if on.any():
                kind, remedy = what.rstrip(")").split(" (")
                yield (
                    f"{table} {_names(net, table, on)}: {kind} are not computed",
                    f"{remedy}, or take it out of service",
                )
    for option, what in _OPTIONS.items():
        if net.user_pf_options.get(option):
            yield f"user_pf_options ask for {option}: {what} is not computed", f"{option} false"
    yield from _voltage_dependent(net)


def _voltage_dependent(net: Any) -> Iterator[Text]:
    columns = [column for column in net.load.columns if column.startswith(_DEPENDENT)]
    if columns and net.user_pf_options.get("voltage_depend_loads", True):
        rows = (net.load[columns].fillna(0.0) != 0.0).any(axis=1).to_numpy() & _used(net.load)
        if rows.any():
            names = _names(net, "load", rows)
            yield f"load {names} depends on voltage", "constant power: const_z and const_i columns at 0"


def _names(net: Any, table: str, rows: Any) -> str:
    """Return the names of some rows of a table, or their indices."""
    frame = net[table]
    given = frame["name"].tolist() if "name" in frame else [None] * len(frame)
    named = [
        name if isinstance(name, str) and name else str(index)
        for name, index in zip(given, frame.index, strict=True)
    ]
    return listed([named[i] for i in np.flatnonzero(rows)])
