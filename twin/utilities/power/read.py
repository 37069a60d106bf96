"""Reading a pandapower net: what cannot be right is refused, all of it at once, by the element's name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.text import parse_json, read_text
from twin.utilities.base import Mask, Vector
from twin.utilities.power.file_profiles import without_profiles
from twin.utilities.power.file_tables import check_tables, element, number, used
from twin.utilities.power.internal_tables import quiet
from twin.utilities.trusted import refuse_foreign_classes

_BUSES = {
    "line": ("from_bus", "to_bus"),
    "trafo": ("hv_bus", "lv_bus"),
    "trafo3w": ("hv_bus", "mv_bus", "lv_bus"),
    "impedance": ("from_bus", "to_bus"),
    "dcline": ("from_bus", "to_bus"),
    "switch": ("bus",),
    **dict.fromkeys(
        (
            *("load", "sgen", "gen", "ext_grid", "storage", "motor", "shunt", "ward", "xward"),
            *("asymmetric_load", "asymmetric_sgen"),
        ),
        ("bus",),
    ),
}
_NUMBERS = {
    "bus": ("vn_kv",),
    "ext_grid": ("vm_pu",),
    "load": ("p_mw", "q_mvar", "scaling"),
    "sgen": ("p_mw", "q_mvar", "scaling"),
    "storage": ("p_mw", "q_mvar", "scaling"),
    "gen": ("p_mw", "vm_pu", "scaling"),
    "motor": ("pn_mech_mw", "loading_percent", "cos_phi", "efficiency_percent", "scaling"),
    "shunt": ("p_mw", "q_mvar", "step"),
    "ward": ("ps_mw", "qs_mvar", "pz_mw", "qz_mvar"),
    "xward": ("ps_mw", "qs_mvar", "pz_mw", "qz_mvar", "r_ohm", "x_ohm", "vm_pu"),
    "dcline": ("p_mw", "loss_percent", "loss_mw", "vm_from_pu", "vm_to_pu"),
    "line": ("length_km", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "parallel"),
    "trafo": ("sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw", "i0_percent"),
    "trafo3w": tuple(
        f"{kind}_{side}_{unit}"
        for kind, unit in (("vn", "kv"), ("sn", "mva"), ("vk", "percent"), ("vkr", "percent"))
        for side in ("hv", "mv", "lv")
    ),
    "impedance": ("rft_pu", "xft_pu", "rtf_pu", "xtf_pu", "sn_mva"),
    **{
        table: (
            *(f"{kind}_{phase}_{unit}" for kind, unit in (("p", "mw"), ("q", "mvar")) for phase in "abc"),
            "scaling",
        )
        for table in ("asymmetric_load", "asymmetric_sgen")
    },
}
_POSITIVE = {
    "bus": ("vn_kv",),
    "trafo": ("sn_mva", "vn_hv_kv", "vn_lv_kv"),
    "line": ("parallel",),
}
_DEVICES = {
    "svc": "a gen of 0 MW with its voltage and reactive limits",
    "ssc": "a gen of 0 MW with its voltage",
    "tcsc": "an impedance of its present reactance",
    "vsc": "a dcline, or a gen at each end",
    "b2b_vsc": "a dcline, or a gen at each end",
}
_SWITCHED = {"b": "bus", "l": "line", "t": "trafo", "t3": "trafo3w"}
_OPTIONS = {"tdpf": "the temperature of lines cannot be followed"}


def read_net(path: Path) -> Any:
    """Return a pandapower net, ready for use.

    Raises
    ------
    InvalidInput
        With every mistake that is found.
    """
    import pandapower as pp

    text = read_text(path)
    content = parse_json(text, path.name, "pandapower JSON")
    refuse_foreign_classes(content, path.name)
    if without_profiles(content):
        text = json.dumps(content)
    try:
        with quiet():
            net = pp.from_json_string(text, convert=True)
    except Exception as error:  # a reader of foreign files raises whatever they lead it to
        raise InvalidInput(
            [Mistake(path.name, 0, f"pandapower cannot read this: {_short(error)}", "pandapower JSON")]
        ) from error
    if not isinstance(net, pp.pandapowerNet) or "bus" not in net:
        raise InvalidInput([Mistake(path.name, 0, "not a pandapower net", "pandapower JSON")])
    with quiet():
        mistakes = [*check_tables(net, _needed(), path.name), *_whole(net, path.name)]
        if mistakes:
            raise InvalidInput(mistakes)
        mistakes = list(_mistakes(net, path.name))
        _fill_ratings(net)
    if mistakes:
        raise InvalidInput(mistakes)
    return net


def _needed() -> dict[str, tuple[str, ...]]:
    """Return the columns that each table cannot do without."""
    tables = {table: (*_BUSES.get(table, ()), *_NUMBERS.get(table, ())) for table in {**_BUSES, **_NUMBERS}}
    flags = {table: ("closed", "et", "element") if table == "switch" else ("in_service",) for table in tables}
    beside = {"controller": ("object", "in_service"), **dict.fromkeys(_DEVICES, ("in_service",))}
    return {**{table: (*columns, *flags[table]) for table, columns in tables.items()}, **beside}


def _whole(net: Any, file: str) -> Iterator[Mistake]:
    """Yield what is wrong with the net as a whole."""
    if hasattr(net.bus, "columns") and not len(net.bus):
        yield Mistake(file, 0, "the net has no bus")
    for name in ("sn_mva", "f_hz"):
        value = number(net.get(name))
        if not 0.0 < value < np.inf:
            yield Mistake(file, 0, f"{name} is {net.get(name)!r:.60}", "a number above 0")
    options = net.get("user_pf_options")
    if options is not None and not isinstance(options, dict):
        yield Mistake(file, 0, f"user_pf_options is {options!r:.60}", "a mapping of options of runpp")


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}"


def _mistakes(net: Any, file: str) -> Iterator[Mistake]:
    for table, columns in _BUSES.items():
        for column in columns:
            yield from _bad_buses(net, table, column, file)
    yield from _bad_switches(net, file)
    yield from _bad_numbers(net, file)
    for table, remedy in _DEVICES.items():
        for row in net[table].index[net[table].in_service.astype(bool)] if table in net else ():
            yield Mistake(file, 0, f"{element(net, table, row)}: the twin does not compute {table}", remedy)
    options = net.get("user_pf_options") or {}
    for option, problem in _OPTIONS.items():
        if options.get(option):
            yield Mistake(file, 0, f"option {option}: {problem}", f"{option} false")
    if options.get("distributed_slack") and options.get("enforce_q_lims"):
        yield Mistake(file, 0, "options distributed_slack and enforce_q_lims together", "one of them")


def _bad_buses(net: Any, table: str, column: str, file: str) -> Iterator[Mistake]:
    """Tell elements whose bus is none, and turn whole numbers that are written as fractions into indices."""
    frame = net[table]
    if not len(frame):
        return
    values = np.array([number(value) for value in frame[column]])
    wrong = ~np.isin(values, net.bus.index.to_numpy(dtype=float))
    for row in np.flatnonzero(wrong):
        yield Mistake(
            file,
            0,
            f"{element(net, table, frame.index[row])}: {column} {frame[column].iloc[row]} is not a bus",
            "the index of a bus",
        )
    if not wrong.any() and frame[column].dtype.kind not in "iu":
        frame[column] = values.astype(np.int64)


def _bad_switches(net: Any, file: str) -> Iterator[Mistake]:
    """Tell switches to what is not there: pandapower would count from the end, or look beyond it."""
    for row, kind, at in zip(net.switch.index, net.switch.et, net.switch.element, strict=True):
        table = _SWITCHED.get(str(kind), "")
        if not table:
            known = ", ".join(_SWITCHED)
            yield Mistake(file, 0, f"{element(net, 'switch', row)}: et is {kind!r:.60}", f"one of {known}")
        elif number(at) not in net[table].index:
            problem = f"{element(net, 'switch', row)}: element {at!r:.60} is no {table}"
            yield Mistake(file, 0, problem, f"the index of a {table}")


def _fill_ratings(net: Any) -> None:
    """Write no rating where a table has no column for it, or no number in it: no loading can be told."""
    if "max_i_ka" not in net.line:
        net.line["max_i_ka"] = np.nan
    if net.line.max_i_ka.dtype.kind not in "iuf":
        net.line["max_i_ka"] = np.array([number(value) for value in net.line.max_i_ka], dtype=float)


def _bad_numbers(net: Any, file: str) -> Iterator[Mistake]:
    """Tell cells of elements in service that are no finite numbers; write those that are as such."""
    for table, column, values, wrong in _number_columns(net):
        frame = net[table]
        for row in np.flatnonzero(wrong & used(frame)):
            problem = f"{element(net, table, frame.index[row])}: {column} is {frame[column].iloc[row]}"
            yield Mistake(file, 0, problem, _wanted(table, column))
        if not wrong.any() and frame[column].dtype.kind not in "iuf":
            frame[column] = values


def unfit(net: Any) -> dict[tuple[str, int], str]:
    """Return what is wrong with elements that are out of service, by table and place: none can be built."""
    found = {}
    for table, column, _, wrong in _number_columns(net):
        for row in np.flatnonzero(wrong).tolist():
            found[table, row] = f"{column} is {net[table][column].iloc[row]}"
    return found


def _number_columns(net: Any) -> Iterator[tuple[str, str, Vector, Mask]]:
    """Yield the columns that must hold numbers, with which cells hold none that can be reckoned with."""
    for table, columns in _NUMBERS.items():
        frame = net[table]
        for column in columns if len(frame) else ():
            values = np.array([number(value) for value in frame[column]])
            wrong = ~np.isfinite(values)
            if column in _POSITIVE.get(table, ()):
                wrong |= ~(values > 0.0)
            yield table, column, values, wrong


def _wanted(table: str, column: str) -> str:
    return "a number above 0" if column in _POSITIVE.get(table, ()) else "a finite number"
