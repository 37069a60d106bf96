"""What a gas network says of its elements: pressures, flows, velocities, and what mains hold."""

from collections.abc import Iterator
from math import pi

import numpy as np

from twin.utilities.base import Mask, Signal, Vector
from twin.utilities.gas.fluid import GAS_CONSTANT, NORMAL_BAR, NORMAL_K
from twin.utilities.gas.grid import Grid
from twin.utilities.gas.names import BRANCHES, NAME
from twin.utilities.gas.read_out import pipes, pressures, serve
from twin.utilities.gas.regulation import Regulation
from twin.utilities.gas.settings import GasSettings
from twin.utilities.gas.standing import Standing
from twin.utilities.gas.structures import Index
from twin.utilities.gas.tracing import asked_upstream, downstream_order, incoming

_FLOW, _WANTED = "gas_m3_per_h", "wanted_m3_per_h"
UNSERVED_BY_RANK = tuple(f"unserved_{rank}_m3_per_h" for rank in ("interruptible", "firm", "homes"))
"""What is not served of those whom gas reaches, by when they are cut: the first first."""
_SECONDS_PER_HOUR = 3600.0
_ASKED_OF = ("pipe", "press_control", "compressor")
_POWERED = ("press_control", "compressor", "pump")


class Readings:
    """Columns of what a network reads out.

    Attributes
    ----------
    signals, values
        In one order.
    passed
        m3/h supplied, fed back, served, not served and asked for.
    """

    def __init__(self, grid: Grid, regulation: Regulation, settings: GasSettings) -> None:
        self._grid, self._regulation, self._settings = grid, regulation, settings
        file = grid.file
        own = file.branches
        self._m3_per_h = file.fluid.m3_per_kg * _SECONDS_PER_HOUR
        table_of = {name: number for number, name in enumerate(BRANCHES)}
        # the first branch of each element: a pipe in sections carries one flow
        self._first = {name: self._first_of(table_of[name], len(file.names[name])) for name in BRANCHES}
        self._flows = np.concatenate([self._first[name] for name in BRANCHES])
        self._asked = np.concatenate([self._first[name] for name in _ASKED_OF])
        self._at = np.concatenate([np.arange(file.junctions), grid.sinks.node])
        self._outer = file.nodes.outer_bar
        self.signals = tuple(self._make_signals())
        self._pipes = np.flatnonzero(own.table == table_of["pipe"])
        area = pi * (own.diameter / 2.0) ** 2
        self._speed = 1.0 / file.fluid.density / area * NORMAL_BAR / NORMAL_K
        self.reset()

    def _first_of(self, table: int, count: int) -> Index:
        own, found = self._grid.file.branches, np.zeros(count, dtype=np.intp)
        for b in np.flatnonzero(own.table == table)[::-1]:
            found[own.row[b]] = b
        return found

    def reset(self) -> None:
        """Say nothing, as when opened."""
        self.values = np.zeros(len(self.signals))
        self.passed = np.zeros(5)
        self._asked_of = np.zeros(len(self._grid.kind))
        self._asked_at: dict[int, float] = {}
        self._asked_by_rank = np.zeros(self._grid.now.wanted.shape[1])

    def _make_signals(self) -> Iterator[Signal]:
        names = self._grid.file.names
        yield from (Signal(name, "pressure_bar", "bar") for name in names["junction"])
        for quantity, unit in (("pressure_bar", "bar"), (_WANTED, "m3/h"), ("delivered_m3_per_h", "m3/h")):
            yield from (Signal(name, quantity, unit) for name in names["sink"])
        for table in ("source", "ext_grid"):
            yield from (Signal(name, q, "m3/h") for q in (_FLOW, _WANTED) for name in names[table])
        for table in BRANCHES:
            yield from (Signal(name, _FLOW, "m3/h") for name in names[table])
        for table in _ASKED_OF:
            yield from (Signal(name, _WANTED, "m3/h") for name in names[table])
        yield from (Signal(name, "gas_velocity_m_per_s", "m/s") for name in names["pipe"])
        yield from (Signal(name, "linepack_minutes", "min") for name in names["pipe"])
        for table in _POWERED:
            yield from (Signal(name, "power_kw", "kW") for name in names[table])
        whole = _WANTED, "delivered_m3_per_h", *UNSERVED_BY_RANK[: self._grid.now.wanted.shape[1]]
        yield from (Signal(f"{NAME}/network", q, "m3/h") for q in whole)

    def ask(self, wanted: Vector) -> None:
        """Note what branches and sources would carry if nothing but pipes were in the way."""
        grid, now = self._grid, self._grid.now
        self._asked_by_rank = wanted.sum(axis=0)
        missing = (wanted * (1.0 - now.part)).sum(axis=1)
        more, at_node = np.zeros(len(grid.kind)), np.zeros(len(grid.slack))
        if (missing > 0.0).any():
            there = (grid.branch.start, grid.branch.end, now.flow, np.flatnonzero(grid.live), len(grid.slack))
            np.add.at(at_node, grid.sinks.node, missing)
            ways = downstream_order(*there), *incoming(*there)
            more, at_node = asked_upstream(ways, now.flow, grid.branch.start, grid.branch.end, at_node)
        self._asked_of = np.where(grid.live, np.abs(now.flow), 0.0) + more
        supplied = self._regulation.supplied()
        self._asked_at = {node: max(flow, 0.0) + float(at_node[node]) for node, flow in supplied.items()}

    def write(self, total: Vector, standing: Standing) -> None:
        """Write all values at the last solution; total is what each sink asks for, kg/s."""
        grid, now, per_h = self._grid, self._grid.now, self._m3_per_h
        source, flow = grid.file.draws["source"], np.where(grid.live, now.flow, 0.0)
        served, cut = np.empty(len(total)), self._asked_by_rank.copy()
        serve(now.wanted, now.part, grid.reached, grid.sinks.node, served, cut)
        fed = -source.kg_per_s * standing.now("source") * grid.reached[source.node]
        supplied = self._regulation.supplied()
        out, wanted = self._at_sources(supplied), self._at_sources(self._asked_at)
        whole = np.array([total.sum(), served.sum(), *np.maximum(cut, 0.0)])
        end = pressures(self.values, now.square, grid.reached, self._outer, self._at)
        for some in (total, served, fed, fed, out, wanted, flow[self._flows], self._asked_of[self._asked]):
            begin, end = end, end + len(some)
            np.multiply(some, per_h, out=self.values[begin:end])
        parts = *self._of_pipes(flow), self._power(flow, standing), whole * per_h
        np.concatenate(parts, out=self.values[end:])
        self.passed = self._passed(supplied, served, total) * per_h

    def _at_sources(self, at_node: dict[int, float]) -> Vector:
        """Return what of a node's each of its sources gives: those at one node share alike."""
        found = np.zeros(len(self._grid.file.names["ext_grid"]))
        for node, amount in at_node.items():
            rows = self._regulation.at_node[node]
            found[rows] = amount / len(rows)
        return found

    def _passed(self, supplied: dict[int, float], served: Vector, total: Vector) -> Vector:
        amounts = np.array([*supplied.values(), 0.0])
        fed = self._grid.now.fed.copy()
        for node in self._regulation.full:
            fed[node] -= supplied[node]
        came = np.maximum(amounts, 0.0).sum() + np.maximum(fed, 0.0).sum()
        went = np.maximum(-amounts, 0.0).sum() + np.maximum(-fed, 0.0).sum()
        return np.array([came, went, served.sum(), total.sum() - served.sum(), total.sum()])

    def _of_pipes(self, flow: Vector) -> tuple[Vector, Vector]:
        """Return the highest velocity in each pipe, and for how many minutes its gas would feed its flow."""
        grid = self._grid
        own, z, count = grid.branch, grid.file.fluid.compressibility, len(grid.file.names["pipe"])
        speed, minutes = np.zeros(count), np.zeros(count)
        ends = own.start, own.end, self._pipes, grid.file.branches.row
        warm = self._speed, grid.warm.entry_k, grid.file.branches.outlet_k, grid.warm.content
        pipes(ends, warm, (z.x, z.y), grid.now.square, flow, self._m3_per_h / 60.0, speed, minutes)
        return speed, minutes

    def _power(self, flow: Vector, standing: Standing) -> Vector:
        """Return what regulators, compressors and pumps draw, kW, by isentropic work."""
        found = [standing.built["press_control"] * self._settings.station_power_kw]
        if not (len(self._first["compressor"]) or len(self._first["pump"])):
            return np.asarray(found[0])
        fluid, grid = self._grid.file.fluid, self._grid
        bar = np.sqrt(np.maximum(grid.now.square, 0.0))
        gas_constant = 1e3 * GAS_CONSTANT / fluid.molar_mass if fluid.molar_mass else GAS_CONSTANT / 0.0165
        for table in ("compressor", "pump"):
            b = self._first[table]
            inlet, outlet = (
                np.maximum(bar[grid.branch.start[b]], 1e-2),
                np.maximum(bar[grid.branch.end[b]], 1e-2),
            )
            raised = np.maximum(outlet / inlet, 1.0)
            cv = fluid.heat_capacity - gas_constant
            specific = gas_constant * fluid.compressibility.at(inlet) * grid.warm.entry_k[b]
            if cv > 0.0 and fluid.heat_capacity > 0.0:
                k = fluid.heat_capacity / cv
                work = k / (k - 1.0) * specific * (raised ** ((k - 1.0) / k) - 1.0)
            else:
                work = specific * np.log(raised)
            efficiency = max(self._settings.compressor_efficiency, 1e-3)
            found.append(work * np.abs(flow[b]) / 1e3 / efficiency)
        return np.concatenate(found)

    def active(self, standing: Standing) -> Mask:
        """Return for each signal whether its element is in service and reached by gas."""
        grid, file = self._grid, self._grid.file
        sinks = grid.reached[grid.sinks.node] & standing.now("sink")
        fed = grid.reached[file.draws["source"].node] & standing.now("source")
        held = standing.now("ext_grid")
        live = {table: grid.live[self._first[table]] for table in BRANCHES}
        return np.concatenate(
            [
                grid.reached[: file.junctions],
                *(sinks, sinks, sinks, fed, fed, held, held),
                *(live[table] for table in BRANCHES),
                *(live[table] for table in _ASKED_OF),
                *(live["pipe"], live["pipe"]),
                *(live[table] for table in _POWERED),
                np.ones(2 + grid.now.wanted.shape[1], dtype=bool),
            ]
        )

    def save(self) -> tuple[Vector, ...]:
        """Return what is read, to keep."""
        return self.values.copy(), self.passed.copy()

    def restore(self, kept: tuple[Vector, ...]) -> None:
        """Return to what was read."""
        self.values, self.passed = kept[0].copy(), kept[1].copy()
