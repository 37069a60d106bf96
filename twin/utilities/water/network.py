"""The water network: sources, tanks, pumps and zones, delivering what pressure allows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from epanet import toolkit as en

from twin.errors import InvalidInput, Mistake, listed
from twin.utilities.base import IDLE, NOTHING, Cause, Change, Mask, Signal, Vector
from twin.utilities.demand import Given
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.kernels import write_base, write_factors
from twin.utilities.epanet.project import Index, PressureDemand, as_in_file
from twin.utilities.epanet.saved import Copies, copies, put_back
from twin.utilities.epanet.saved import Saved as Engine
from twin.utilities.epanet.scheduled import Scheduled
from twin.utilities.water.given import GivenDemand
from twin.utilities.water.kernels import Columns, add_up, share_leaks, write_readings
from twin.utilities.water.settings import WaterSettings
from twin.utilities.water.shortage import Shortage

LEAKAGE_CLASS = 1
_SECONDS_PER_HOUR = 3600.0
_MISSING_M3 = 1e-6


class Saved(NamedTuple):
    """A network at an instant: base, factors, growth and series of demand; leaks' shares, readings, sums."""

    engine: Engine
    demand: tuple[Vector, Vector, float, tuple[Vector, float]]
    accounted: Copies
    shortage: Copies


class WaterNetwork(Scheduled):
    """One EPANET network as a `Network` that delivers water.

    Parameters
    ----------
    path, settings
        The INP file and its pressures.
    demand_points
        Addresses of the junctions that carry districts' demand.
    n_classes
        Classes of demand; of three, the second is leakage.
    inputs
        Addresses of the links that stop without power: the port ``running``, which takes 1 or 0 (held).
    given
        What time series give to junctions.

    Raises
    ------
    InvalidInput
        If EPANET cannot open the file or an address is unknown.
    """

    name: str = "water"
    ratings: Mapping[str, float] = {}
    totals: tuple[str, ...] = (
        "supplied_m3",
        "served_m3",
        "leaked_m3",
        "stored_m3",
        "unserved_m3",
        "required_m3",
        "pump_energy_mwh",
        "negative_pressure_h",
    )

    def __init__(
        self,
        path: Path,
        settings: WaterSettings,
        demand_points: Sequence[str] = (),
        n_classes: int = 0,
        inputs: Sequence[str] = (),
        given: Sequence[Given] = (),
    ) -> None:
        pressures = settings.min_pressure_m, settings.required_pressure_m, settings.pressure_exponent
        as_file = settings.demand_model == "file"
        self._engine = Hydraulics(path, self.name, None if as_file else PressureDemand(*pressures), inputs)
        wrong = [p for p in demand_points if self._engine.node_at.get(p) not in self._engine.junctions]
        if wrong:
            raise InvalidInput([Mistake(path.name, 0, f"{p} is not a junction") for p in wrong])
        self._points = np.array([self._engine.node_at[p] for p in demand_points], dtype=np.intp)
        self._classes = n_classes
        self.signals = self._make_signals()
        self.stores = self._engine.stores
        self._prepare(given)

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        """Return what the file says and is not used, or used otherwise."""
        return self._engine.warnings

    def apply(self, changes: Sequence[Change]) -> None:
        """Build (`open`), set (`setting`) and hold (`held`) pipes, pumps and valves."""
        self._engine.apply(changes, set())

    def set_base(self, base: Vector) -> None:
        """Set each demand point's base demand by class, m3/s."""
        engine = self._engine
        self._base = base.copy()
        write_base(
            engine.project.address,
            self._nodes,
            self._categories,
            base.ravel(),
            self._written,
            engine.project.flow_unit,
        )

    def set_demand(self, factors: Vector, native: float = 1.0, given: Vector = NOTHING) -> None:
        """Set this instant's factor of each class, and the growth of the file's own demand."""
        self._factors = factors.copy()
        write_factors(self._engine.project.address, self._patterns, factors)
        if self._classes == LEAKAGE_CLASS + 2:
            share_leaks(self._base, factors, LEAKAGE_CLASS, self._points, self._leak_share)
        if native != self._native:
            self._scale_native(native)
        self._given.set(given, native)

    def set_input(self, port: str, values: Vector) -> None:
        """Hold closed the links whose flag is 0: the port ``running``."""
        self._engine.set_running(values)

    def solve(self) -> None:
        """Solve the hydraulics now."""
        engine = self._engine
        engine.solve()
        write_readings(self._values, self._columns, engine.whole, engine.connected)

    def read(self) -> Vector:
        """Return one value per signal."""
        return self._values

    def read_totals(self) -> Vector:
        """Return what was accounted since the opening, in the order of `totals`."""
        return self._sums

    def read_causes(self) -> Mapping[Cause, float]:
        """Return m3 of water not served since the opening, by cause."""
        return self._shortage.causes()

    def active(self) -> Mask:
        """Return which signals belong to commissioned assets that reach a source."""
        engine = self._engine
        nodes, links = engine.connected, engine.standing
        return np.concatenate(
            [
                np.tile(nodes[engine.junctions], 3),
                np.tile(nodes[engine.tanks], 2),
                links[self._flow_links],
                links[engine.pipes],
                links[engine.pumps],
                [True, True],
            ]
        )

    def relief(self, assets: frozenset[str]) -> Vector:
        """Return 1 for each point: pipes are not told apart by who draws."""
        return np.ones(len(self._points))

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return the pumps without power that its file keeps off; signals tell what is amiss."""
        idle = self._engine.idle()
        return {IDLE: idle} if idle else {}

    def next_change_s(self) -> int:
        """Return the seconds until a tank, a control or a pattern changes the state."""
        return self._engine.next_change_s()

    def advance(self, seconds: int) -> None:
        """Let time pass; served is what customers got, leaked what the leaks took."""
        engine = self._engine
        for step in engine.steps(seconds):
            solved = step if not engine.failed else 0
            missing = add_up(self._sums, engine.passed, solved, self._leak_share, engine.whole)
            if engine.demand_driven and missing > _MISSING_M3:
                self._sums[-1] += step / _SECONDS_PER_HOUR
            if missing > _MISSING_M3:
                self._shortage.attribute(missing)

    def reset(self) -> None:
        """Return to the opened state, to the bit."""
        self.set_base(np.zeros((len(self._points), self._classes)))
        self.set_demand(np.ones(len(self._patterns)))
        self._given.reset()
        self._engine.reset()
        self._begin()

    def save(self) -> object:
        """Return what it would go on from."""
        demand = self._base.copy(), self._factors.copy(), self._native, self._given.save()
        accounted = copies((self._leak_share, self._values, self._sums))
        return Saved(self._engine.save(), demand, accounted, self._shortage.save())

    def restore(self, state: object) -> None:
        """Go on from a saved state."""
        assert isinstance(state, Saved)
        base, factors, native, given = state.demand
        self.set_base(base)
        self.set_demand(factors, native)
        self._given.restore(given)
        self._engine.restore(state.engine)
        put_back((self._leak_share, self._values, self._sums), state.accounted)
        self._shortage.restore(state.shortage)

    def read_stored(self) -> Vector:
        """Return the water in each tank, m3."""
        return self._engine.storage.volume.copy()

    def put_stored(self, volumes: Vector) -> None:
        """Let so much water be in each tank, m3."""
        self._engine.put_stored(volumes)

    def _prepare(self, given: Sequence[Given]) -> None:
        """Add what series give, and the classes of demand, to the freshly opened project."""
        engine = self._engine
        handle = engine.project.handle
        en.closeH(handle)
        self._given = GivenDemand(engine, given)
        self._native_base = self._read_native()
        patterns = [f"twin-{number}" for number in range(self._classes if len(self._points) else 0)]
        for pattern in patterns:
            en.addpattern(handle, pattern)
        indices = [en.getpatternindex(handle, pattern) for pattern in patterns]
        self._patterns = np.array(indices, dtype=np.intp)
        first, replaced = np.zeros(len(self._points), dtype=np.intp), list[str]()
        for row, node in enumerate(self._points):
            bases = engine.project.base_demands(int(node) + 1)
            own = len(bases)
            if any(bases):
                replaced.append(engine.nodes[int(node)])
            for category in range(1, own + 1):
                en.setbasedemand(handle, int(node) + 1, category, 0.0)
            for number in range(self._classes):
                en.adddemand(handle, int(node) + 1, 0.0, f"twin-{number}", "")
            first[row] = own + 1
        if replaced:
            problem = f"the file's own demand of {listed(replaced)} is replaced by that of their districts"
            engine.project.warnings.append(Mistake(engine.path.name, 0, problem))
        engine.project.open_solver()
        self._nodes = np.repeat(self._points, self._classes)
        self._categories = (first[:, None] + np.arange(self._classes)).ravel()
        self._written = np.zeros(len(self._nodes))
        self._leak_share, self._shortage = np.zeros(len(engine.nodes)), Shortage(engine)
        self._values = np.zeros(len(self.signals))
        self._sums = np.zeros(len(self.totals))
        self._scale_native(1.0)  # as it is written when the network is reset
        self._begin()

    def _begin(self) -> None:
        """Let nothing be asked and nothing be accounted yet."""
        self._base = np.zeros((len(self._points), self._classes))
        self._factors = np.ones(len(self._patterns))
        self._shortage.reset()
        for values in (self._leak_share, self._values, self._sums):
            values[:] = 0.0

    def _read_native(self) -> tuple[Index, Index, Vector]:
        """Return nodes, categories (from 1) and base demands, in the unit of the file, beside the points."""
        project, own = self._engine.project, {*self._points.tolist(), *self._given.nodes.tolist()}
        rows = [
            (node, category, as_in_file(base))
            for node in self._engine.junctions.tolist()
            if node not in own
            for category, base in enumerate(project.base_demands(node + 1), 1)
        ]
        nodes, categories, base = np.array(rows, dtype=float).reshape(-1, 3).T.copy()
        return nodes.astype(np.intp), categories.astype(np.intp), base

    def _scale_native(self, native: float) -> None:
        nodes, categories, base = self._native_base
        address, anew = self._engine.project.address, np.full(len(base), np.nan)
        write_base(address, nodes, categories, base * native, anew, 1.0)
        self._native = native

    def _make_signals(self) -> tuple[Signal, ...]:
        engine = self._engine
        self._flow_links = np.concatenate([engine.pipes, engine.valves, engine.pumps])
        flow = "m3/s"
        groups = [
            (engine.nodes, engine.junctions, "pressure_m", "m"),
            (engine.nodes, engine.junctions, "required_m3_per_s", flow),
            (engine.nodes, engine.junctions, "delivered_m3_per_s", flow),
            (engine.nodes, engine.tanks, "level_m", "m"),
            (engine.nodes, engine.tanks, "fill_percent", "%"),
            (engine.links, self._flow_links, "flow_m3_per_s", flow),
            (engine.links, engine.pipes, "velocity_m_per_s", "m/s"),
            (engine.links, engine.pumps, "power_kw", "kW"),
        ]
        signals = [Signal(f"water/{ids[i]}", q, u) for ids, at, q, u in groups for i in at]
        self._columns = tuple(Columns(engine.junctions, engine.tanks, self._flow_links, engine.pipes))
        whole = ("required_m3_per_s", "delivered_m3_per_s")
        return tuple(signals + [Signal("water/network", q, flow) for q in whole])
