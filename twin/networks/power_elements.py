"""What a pandapower net's elements draw and feed in, what they are read out as, and what they bring along."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from twin.networks.base import Mask, Signal, Vector

CONSUMERS = ("load", "asymmetric_load", "motor", "storage", "ward", "xward")
"""Tables whose rows draw power, the loads first; a row that draws less than nothing feeds in."""

_CONSTANT = ("storage",)
_LOADING, _POWER = ("loading_percent", "%"), ("power_mw", "MW")
_COLUMNS = (
    ("bus", ("voltage_pu", "pu")),
    *((table, kind) for table in ("line", "trafo", "trafo3w") for kind in (_LOADING, _POWER)),
    ("ext_grid", _POWER),
    ("ext_grid", ("apparent_mva", "MVA")),
    ("consumer", ("supply_pu", "pu")),
    ("consumer", _POWER),
    ("trafo", ("asked_mw", "MW")),
    ("trafo3w", ("asked_mw", "MW")),
    ("ext_grid", ("asked_mva", "MVA")),
)
_WHOLE = ("fed_in_mw", "supplied_mw", "load_mw", "losses_mw", "unserved_mw")
WHOLE = len(_WHOLE)
"""How many readings are the whole network's, the last of all."""


def consumer_names(names: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of all consumers, in the order of all vectors of them."""
    return [name for table in CONSUMERS for name in names[table]]


def signals(names: Mapping[str, Sequence[str]]) -> tuple[Signal, ...]:
    """Return the signals of a net with these names by table, in the order of `power_measure.measure`."""
    rows = {**names, "consumer": consumer_names(names)}
    own = [Signal(f"power/{name}", *kind) for table, kind in _COLUMNS for name in rows[table]]
    return tuple(own + [Signal("power/network", name, "MW") for name in _WHOLE])


def ratings_mva(net: Any, names: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the rating of each transformer, of the larger of the lower windings for three."""
    two, three = net.trafo, net.trafo3w
    ratings = dict(zip(names["trafo"], two.sn_mva * two.parallel, strict=True))
    ratings |= dict(zip(names["trafo3w"], three[["sn_mv_mva", "sn_lv_mva"]].max(axis=1), strict=True))
    return {f"power/{name}": float(mva) for name, mva in ratings.items()}


def consumer_powers(net: Any, table: str) -> Vector:
    """Return MW and Mvar that each row of a table of consumers draws if in service, shape (2, rows)."""
    frame = net[table]
    if table.endswith("ward"):
        columns = frame[["ps_mw", "qs_mvar"]]
    elif table == "asymmetric_load":
        phases = [frame[[f"{kind}_{phase}_{unit}" for phase in "abc"]] for kind, unit in _PARTS]
        columns = np.stack([phase.to_numpy(dtype=float).sum(axis=1) for phase in phases], axis=1)
    elif table == "motor":
        return _motor_powers(frame)
    else:
        columns = frame[["p_mw", "q_mvar"]]
    scale = np.ones(len(frame)) if table.endswith("ward") else frame.scaling.to_numpy(dtype=float)
    return np.ascontiguousarray(np.asarray(columns, dtype=float).T * scale)


_PARTS = (("p", "mw"), ("q", "mvar"))


def generator_powers(net: Any, table: str) -> Vector:
    """Return MW that each row of a table of generators feeds in if in service."""
    frame = net[table]
    if table == "asymmetric_sgen":
        power = frame[["p_a_mw", "p_b_mw", "p_c_mw"]].to_numpy(dtype=float).sum(axis=1)
    else:
        power = frame.p_mw.to_numpy(dtype=float)
    return np.asarray(power * frame.scaling.to_numpy(dtype=float))


def _motor_powers(frame: Any) -> Vector:
    scale = frame.loading_percent.to_numpy(dtype=float) / 100.0 * frame.scaling.to_numpy(dtype=float)
    mw = frame.pn_mech_mw.to_numpy(dtype=float) / frame.efficiency_percent.to_numpy(dtype=float) * 100 * scale
    mva = mw / frame.cos_phi.to_numpy(dtype=float)
    return np.stack([mw, np.sqrt(np.maximum(mva**2 - mw**2, 0.0))])


class Consumption(NamedTuple):
    """What a file's consumers draw, MW and Mvar, shape (2, consumers); nothing where a row feeds in.

    Attributes
    ----------
    varying
        What follows the file's daily shape.
    steady
        What does not: storage.
    """

    varying: Vector
    steady: Vector


def consumption(net: Any, stands: Mapping[str, Mask]) -> Consumption:
    """Return what the file's consumers draw, of those that stand, by table."""
    parts: list[list[Vector]] = [[], []]
    for table in CONSUMERS:
        powers = consumer_powers(net, table)
        drawn = np.where((powers[0] >= 0.0) & stands[table], powers, 0.0)
        still = table in _CONSTANT
        parts[still].append(drawn)
        parts[not still].append(np.zeros_like(drawn))
    return Consumption(*(np.concatenate(part, axis=1) for part in parts))
