"""Fault level: the initial short-circuit current at each bus by IEC 60909, as pandapower computes it.

The largest three-phase current (`calc_sc`, case "max"), once for each way in which the grid stands. What a
file lacks for it is named, and nothing is guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from twin.columns import Row
from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Vector
from twin.utilities.power.compile import in_service
from twin.utilities.power.file_tables import number
from twin.utilities.power.internal_tables import quiet
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.tables import FaultLevelRow

_NEEDED = {
    "ext_grid": ("s_sc_max_mva", "rx_max"),
    "gen": ("vn_kv", "sn_mva", "xdss_pu", "rdss_ohm", "cos_phi"),
    "sgen": ("sn_mva", "k"),
    "motor": ("lrc_pu", "rx", "vn_kv", "efficiency_n_percent", "cos_phi_n"),
}
_MAY_BE_NOTHING = ("rx_max", "rdss_ohm", "k", "rx")
BREAKING = "breaking_ka"
"""Column of a file's buses or switches: what the breakers there can break."""
_NAMED = 3


class FaultLevels:
    """Computes the fault level at each bus whenever the grid has come to stand otherwise.

    Parameters
    ----------
    network
        The grid.
    file
        Its file, as it is told.

    Raises
    ------
    InvalidInput
        With what the file lacks.
    """

    def __init__(self, network: PowerNetwork, file: str) -> None:
        self._power = network
        net = network.gear.net_now()
        lacking = list(_lacking(net, network.names, file))
        if lacking:
            raise InvalidInput(lacking)
        _short_circuit(net, file)  # what cannot be computed is told before the run
        self._file, self._breaking = file, _breaking(net)
        self._stands, self._changed = b"", False
        self._rows: list[FaultLevelRow] = []

    def watch(self) -> None:
        """Do nothing: a fault level depends on what stands, not on load."""

    def end_month(self, month: str) -> None:
        """Compute the fault levels of a month in which the grid stands otherwise than before."""
        stands = self._power.gear.stands()
        if stands == self._stands:
            return
        self._stands = stands
        current, power = _short_circuit(self._power.gear.net_now(), self._file)
        for name, now_ka, now_mva, breaking in zip(
            self._power.names["bus"], current, power, self._breaking, strict=True
        ):
            if np.isfinite(now_ka):
                rated = bool(np.isfinite(breaking))
                self._rows.append(
                    FaultLevelRow(
                        month=month,
                        bus=f"power/{name}",
                        fault_level_ka=float(now_ka),
                        fault_level_mva=float(now_mva),
                        breaking_ka=float(breaking) if rated else None,
                        within_rating=bool(now_ka <= breaking) if rated else None,
                    )
                )

    @property
    def rows(self) -> Mapping[type[Row], Sequence[Row]]:
        """Return the rows of its table."""
        return {FaultLevelRow: self._rows}


def _short_circuit(net: Any, file: str) -> tuple[Vector, Vector]:
    """Return current, kA, and power, MVA, at each bus; NaN where nothing feeds a fault."""
    from pandapower.shortcircuit import calc_sc

    if not in_service(net, "ext_grid").any() and not in_service(net, "gen").any():
        none = np.full(len(net.bus), np.nan)
        return none, none
    try:
        with quiet():
            calc_sc(net, fault="3ph", case="max", branch_results=False)
    except Exception as error:  # pandapower raises many kinds
        problem = f"pandapower cannot compute fault levels: {type(error).__name__}: {error}"
        raise InvalidInput([Mistake(file, 0, problem[:300], "fault_levels: false")]) from error
    found = net.res_bus_sc.reindex(net.bus.index)
    current = found.ikss_ka.to_numpy(dtype=float)
    power = np.sqrt(3.0) * net.bus.vn_kv.to_numpy(dtype=float) * current
    dead = ~in_service(net, "bus") | ~(current > 0.0)
    return np.where(dead, np.nan, current), np.where(dead, np.nan, power)


def _lacking(net: Any, names: Mapping[str, Sequence[str]], file: str) -> Iterator[Mistake]:
    """Yield what the tables lack of what short-circuit currents need, built or not yet."""
    for table, columns in _NEEDED.items():
        frame = net[table]
        for column in columns if len(frame) else ():
            values = _numbers(frame, column)
            least = 0.0 if column in _MAY_BE_NOTHING else np.finfo(float).tiny
            rows = np.flatnonzero(~((values >= least) & (values < np.inf))).tolist()
            if rows:
                more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
                told = ", ".join(f"power/{names[table][row]}" for row in rows[:_NAMED])
                remedy = "a number, or fault_levels: false"
                yield Mistake(file, 0, f"{told}{more}: no {column}, which fault levels need", remedy)


def _numbers(frame: Any, column: str) -> Vector:
    """Return a column's numbers, NaN where there is none."""
    if column not in frame:
        return np.full(len(frame), np.nan)
    return np.array([number(value) for value in frame[column]], dtype=float)


def _breaking(net: Any) -> Vector:
    """Return what breakers at each bus can break, kA: the least the file says; NaN where it does not."""
    least = np.full(len(net.bus), np.inf)
    if BREAKING in net.bus:
        own = _numbers(net.bus, BREAKING)
        least = np.where(np.isfinite(own), own, least)
    if BREAKING in net.switch:
        at = net.bus.index.get_indexer(net.switch.bus)
        own = _numbers(net.switch, BREAKING)
        np.minimum.at(least, at[np.isfinite(own)], own[np.isfinite(own)])
    return np.where(np.isfinite(least), least, np.nan)
