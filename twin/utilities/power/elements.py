"""What a pandapower net's elements are read out as, and what they bring along."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from twin.errors import Mistake
from twin.utilities.base import Mask, Signal, Vector
from twin.utilities.power.file_tables import number
from twin.utilities.power.settings import PowerSettings

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
_WHOLE = ("fed_in_mw", "supplied_mw", "load_mw", "losses_mw", "unserved_mw")


_NAMED = 3
_VARYING = ("sgen", "gen", "storage")
_A_SERIES = "a time series, or a row of resources.csv"
_SHARES = tuple(f"const_{kind}{power}_percent" for kind in "zi" for power in ("_p", "_q", ""))
_RATED = (
    ("line", "max_i_ka"),
    ("trafo", "sn_mva"),
    *(("trafo3w", f"sn_{side}_mva") for side in ("hv", "mv", "lv")),
)
_SEEN = (
    *("line", "trafo", "trafo3w", "sgen", "gen"),
    *("asymmetric_sgen", "asymmetric_load", "storage", "motor"),
)


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


def supply_limits(names: Mapping[str, Sequence[str]], ratings_mva: Mapping[str, float]) -> Vector:
    """Return the MVA that each external grid may supply, by what is said by address."""
    return np.array([ratings_mva.get(f"power/{name}", np.inf) for name in names["ext_grid"]])


def native_loads(net: Any) -> Vector:
    """Return MW and Mvar of the file's own loads, in service or not, scaling applied, shape (2, loads)."""
    scaled = net.load[["p_mw", "q_mvar"]].mul(net.load.scaling, axis=0)
    # what is out of service need not have a number, and is not built without one
    return np.asarray(np.nan_to_num(np.ascontiguousarray(scaled.to_numpy(dtype=float).T)))


def mean_draw_pu(net: Any) -> float:
    """Return what loads of one and of three phases draw on average per bus, pu."""
    phases = net.asymmetric_load[["p_a_mw", "p_b_mw", "p_c_mw"]].to_numpy(dtype=float)
    own = native_loads(net)[0, _flags(net, "load")]
    # what is out of service need not have a number
    drawn_mw = np.abs(own).sum() + np.nansum(np.abs(phases))
    return float(drawn_mw / net.sn_mva / len(net.bus))


def fill_shares(net: Any, names: Mapping[str, Sequence[str]], file: str) -> tuple[Mistake, ...]:
    """Write 0 where a load's share of constant impedance or current is no number; return what to tell."""
    told: dict[int, None] = {}
    for column in _SHARES:
        if column in net.load:
            values = np.array([number(value) for value in net.load[column]])
            told |= dict.fromkeys(np.flatnonzero(np.isnan(values) & _flags(net, "load")).tolist())
            net.load[column] = np.nan_to_num(values)
    if not told:
        return ()
    problem = f"{_several([names['load'][row] for row in told])}: const_*_percent is no number, taken as 0"
    return (Mistake(file, 0, problem, "a number: how the load follows the voltage"),)


def simplified(
    net: Any,
    names: Mapping[str, Sequence[str]],
    file: str,
    given: Collection[str] = (),
    settings: PowerSettings | None = None,
) -> tuple[Mistake, ...]:
    """Return what the twin does not use of a net, or takes in a simplified way, a line for each kind.

    Parameters
    ----------
    given
        Addresses of what time series give power to.
    settings
        What the scenario asks of the net.
    """
    told = []
    if settings is not None and settings.restoration and net.switch.closed.to_numpy(dtype=bool).all():
        told.append(Mistake(file, 0, "restoration: no switch of the file is open", "an open point"))

    def tell(table: str, rows: Any, problem: str, remedy: str = "") -> None:
        found = [names[table][i] if table in names else f"{table}-{i}" for i in np.flatnonzero(rows).tolist()]
        if found:
            told.append(Mistake(file, 0, f"{_several(found)}: {problem}", remedy))

    on = {table: _flags(net, table) for table in _SEEN}
    own = {t: np.array([f"power/{name}" not in given for name in names[t]], dtype=bool) for t in _VARYING}
    for table in ("sgen", "gen", "asymmetric_sgen"):
        rated = on[table] & (_total(net, table) != 0.0) & own.get(table, True)
        tell(table, rated, "generation runs at the file's MW at every hour, day and night", _A_SERIES)
    tell(
        "storage",
        on["storage"] & own["storage"],
        "storage draws or feeds the file's MW at every hour; its charge is not counted",
        "a time series, or a battery in resources.csv",
    )
    for table in ("trafo", "trafo3w"):
        tell(table, on[table] & _untyped_taps(net, table), "tap_pos is not used: it has no tap_changer_type")
    for table in ("motor", "asymmetric_load"):
        tell(table, on[table], "draws the file's MW at every hour, whatever profiles and growth say")
    for table in ("asymmetric_load", "asymmetric_sgen"):
        tell(table, on[table], "is taken as symmetric, a third of its power on each phase")
    for table, column in _RATED:
        rating = net[table][column].to_numpy(dtype=float)
        tell(
            table,
            on[table] & ~(rating > 0.0),
            f"no {column}: no loading and no limit can be told",
            f"{column} above 0",
        )
    control = net.get("controller")
    if control is not None and len(control):
        tell("controller", ~control.in_service.to_numpy(dtype=bool), "out of service, ignored")
    if len(net.get("loadcases", ())):
        told.append(Mistake(file, 0, "loadcases are not used", "limits of networks.power; outages"))
    if net.get("_options", {}).get("trafo_loading") == "power":
        told.append(Mistake(file, 0, "trafo_loading: power is not used, transformers' loading is by current"))
    return tuple(told)


def _several(names: Sequence[str]) -> str:
    """Return some of many names, and how many there are more."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _untyped_taps(net: Any, table: str) -> Mask:
    """Return whose tap is off its neutral position, of a changer that pandapower does not know as one."""
    frame = net[table]
    if not {"tap_pos", "tap_neutral", "tap_changer_type"} <= set(frame.columns):
        return np.zeros(len(frame), dtype=bool)
    position, neutral = (np.array([number(v) for v in frame[c]]) for c in ("tap_pos", "tap_neutral"))
    untyped = np.array([not isinstance(kind, str) for kind in frame.tap_changer_type], dtype=bool)
    return np.asarray(untyped & np.isfinite(position) & (position != np.nan_to_num(neutral)))


def _flags(net: Any, table: str) -> Mask:
    return np.asarray(net[table].in_service.to_numpy(dtype=bool))


def _total(net: Any, table: str) -> Vector:
    columns = [c for c in net[table].columns if c in ("p_mw", "p_a_mw", "p_b_mw", "p_c_mw")]
    return np.asarray(net[table][columns].abs().sum(axis=1).to_numpy(dtype=float))
