"""What draws or feeds constant power beside the load table: motors, storage, generators, wards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.utilities.base import Mask, Vector
from twin.utilities.power.rules import Index

_PHASES = ("a", "b", "c")


@dataclass(frozen=True, slots=True)
class Constants:
    """Elements of constant power, one row each; direct current lines have one at either end.

    Attributes
    ----------
    address, table, row
        Which element it is.
    bus
        Row of its bus in the bus table.
    drawn_mw
        What it draws; what it feeds in is negative.
    follows
        Whether pandapower lets its power follow the voltage with the loads at its bus.
    link
        Whether it is the end of a direct current line, whose losses are the grid's.
    """

    address: tuple[str, ...]
    table: tuple[str, ...]
    row: Index
    bus: Index
    drawn_mw: Vector
    follows: Mask
    link: Mask

    def places(self, bus: Index, standing: Mapping[str, Mask]) -> Index:
        """Return the internal bus of each in a switching state, -1 where dead or out of service."""
        return np.where(self.of(standing), bus[self.bus], -1) if len(self.bus) else np.zeros(0, dtype=np.intp)

    def missed_mw(self, built: Mapping[str, Mask]) -> float:
        """Return what those that are built would draw together."""
        return float(np.maximum(self.drawn_mw, 0.0)[self.of(built) & ~self.link].sum())

    def of(self, flags: Mapping[str, Mask]) -> Mask:
        """Return the flag of each among those of its table."""
        return np.array([flags[t][r] for t, r in zip(self.table, self.row, strict=True)], dtype=bool)


def read_constants(net: Any, names: Mapping[str, Sequence[str]]) -> Constants:
    """Read them out of a net's tables, as it is opened."""
    parts = [
        ("motor", "bus", _motor_mw(net)),
        ("sgen", "bus", -_scaled(net, "sgen")),
        ("storage", "bus", _scaled(net, "storage")),
        ("ward", "bus", net.ward.ps_mw.to_numpy(dtype=float)),
        ("xward", "bus", net.xward.ps_mw.to_numpy(dtype=float)),
        ("asymmetric_load", "bus", _phases_mw(net, "asymmetric_load")),
        ("asymmetric_sgen", "bus", -_phases_mw(net, "asymmetric_sgen")),
        ("gen", "bus", -_scaled(net, "gen")),
        *_links(net),
    ]
    parts = [part for part in parts if len(part[2])]
    tables = [table for table, _, mw in parts for _ in mw]
    rows = _joined([np.arange(len(mw)) for _, _, mw in parts]).astype(np.intp)
    return Constants(
        address=tuple(f"power/{names[t][r]}" for t, r in zip(tables, rows, strict=True)),
        table=tuple(tables),
        row=rows,
        bus=_joined([net.bus.index.get_indexer(net[t][side].to_numpy()) for t, side, _ in parts]).astype(
            np.intp
        ),
        drawn_mw=_joined([mw for _, _, mw in parts]),
        follows=np.array([t not in ("gen", "dcline") for t in tables], dtype=bool),
        link=np.array([t == "dcline" for t in tables], dtype=bool),
    )


def _joined(parts: list[Any]) -> Vector:
    return np.concatenate(parts) if parts else np.zeros(0)


def _scaled(net: Any, table: str) -> Vector:
    return np.asarray((net[table].p_mw * net[table].scaling).to_numpy(dtype=float))


def _phases_mw(net: Any, table: str) -> Vector:
    total = sum(net[table][f"p_{phase}_mw"].to_numpy(dtype=float) for phase in _PHASES)
    return np.asarray(total * net[table].scaling.to_numpy(dtype=float))


def _motor_mw(net: Any) -> Vector:
    motor = net.motor
    share = motor.loading_percent / 100.0 * motor.scaling
    return np.asarray((motor.pn_mech_mw / motor.efficiency_percent * 100.0 * share).to_numpy(dtype=float))


def _links(net: Any) -> list[tuple[str, str, Vector]]:
    """Return both ends of direct current lines: what comes out is what goes in less its losses."""
    line = net.dcline
    power = line.p_mw.to_numpy(dtype=float)
    into = np.abs(power)
    out = into * (1.0 - line.loss_percent.to_numpy(dtype=float) / 100.0) - line.loss_mw.to_numpy(dtype=float)
    forward = power > 0.0
    return [
        ("dcline", "from_bus", np.where(forward, into, -out)),
        ("dcline", "to_bus", np.where(forward, -out, into)),
    ]
