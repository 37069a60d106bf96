"""What a pandapower net's elements are read out as, and what they bring along."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.networks.base import Signal, Vector

_LOADING, _POWER = ("loading_percent", "%"), ("power_mw", "MW")
_COLUMNS = (
    ("bus", ("voltage_pu", "pu")),
    *((table, kind) for table in ("line", "trafo", "trafo3w") for kind in (_LOADING, _POWER)),
    ("ext_grid", _POWER),
    ("ext_grid", ("apparent_mva", "MVA")),
    ("load", ("supply_pu", "pu")),
    ("load", _POWER),
    ("trafo", ("asked_mw", "MW")),
    ("trafo3w", ("asked_mw", "MW")),
    ("ext_grid", ("asked_mva", "MVA")),
)
_WHOLE = ("supplied_mw", "load_mw", "losses_mw", "unserved_mw")


def signals(names: Mapping[str, Sequence[str]]) -> tuple[Signal, ...]:
    """Return the signals of a net with these names by table, in the order of `power_measure.measure`."""
    own = [Signal(f"power/{name}", *kind) for table, kind in _COLUMNS for name in names[table]]
    return tuple(own + [Signal("power/network", name, "MW") for name in _WHOLE])


def ratings_mva(net: Any, names: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the rating of each transformer, of the larger of the lower windings for three."""
    two, three = net.trafo, net.trafo3w
    ratings = dict(zip(names["trafo"], two.sn_mva * two.parallel, strict=True))
    ratings |= dict(zip(names["trafo3w"], three[["sn_mv_mva", "sn_lv_mva"]].max(axis=1), strict=True))
    return {f"power/{name}": float(mva) for name, mva in ratings.items()}


def native_loads(net: Any) -> Vector:
    """Return MW and Mvar of the file's own loads, scaling applied, shape (2, loads)."""
    scaled = net.load[["p_mw", "q_mvar"]].mul(net.load.scaling, axis=0).mul(net.load.in_service, axis=0)
    return np.ascontiguousarray(scaled.to_numpy(dtype=float).T)


def refuse_voltage_dependent(net: Any, file: str) -> None:
    """Refuse loads that depend on voltage: their power would silently be taken as constant."""
    columns = [c for c in net.load.columns if c.startswith(("const_z", "const_i"))]
    rows = net.load.index[(net.load[columns].fillna(0.0) != 0.0).any(axis=1)] if columns else []
    if len(rows):
        raise InvalidInput(
            [Mistake(file, 0, f"load {row} depends on voltage", "constant-power loads") for row in rows]
        )
