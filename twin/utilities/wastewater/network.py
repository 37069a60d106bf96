"""The wastewater network: gravity reaches, wet wells, lift stations, force mains and plants."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from epanet import toolkit as en

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import NOTHING, Cause, Change, Mask, Signal, Vector
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.kernels import write_base
from twin.utilities.epanet.project import PressureDemand
from twin.utilities.epanet.saved import Copies, copies, put_back
from twin.utilities.epanet.saved import Saved as Engine
from twin.utilities.epanet.scheduled import Scheduled
from twin.utilities.wastewater.kernels import (
    Columns,
    add_up,
    any_beyond,
    arrive,
    take_off,
    write_readings,
)
from twin.utilities.wastewater.lift_stations import LiftStations
from twin.utilities.wastewater.plants import Plants
from twin.utilities.wastewater.reaches import gravity_reaches
from twin.utilities.wastewater.settings import NOT_IN_FILE, LiftStation, Treatment, WastewaterSettings

_CONSTANT = "twin-constant"
_DUST_M3 = 1e-2


class Saved(NamedTuple):
    """A network at an instant: with what enters, is lost, given, owed and not yet named; and its vectors."""

    engine: Engine
    plants: Copies
    rates: tuple[float, float, float, float, float]
    vectors: Copies
    causes: dict[Cause, float]


class WastewaterNetwork(Scheduled):
    """One EPANET network as a `Network` that collects sewage.

    Parameters
    ----------
    path, settings
        The INP file (head loss Chezy-Manning, so that roughness is Manning's n) and its limits.
    treatment
        Plants by name, at reservoirs of the network.
    lift_stations
        Stations whose pumps follow the level of their wet well.
    manholes
        Addresses of the junctions where sewage enters: the port ``arriving``, in m3/s.
    inputs
        Addresses of the pumps and plants that stop without power: the port ``running``, which takes 1 or 0.

    Raises
    ------
    InvalidInput
        If EPANET cannot open the file or an address is unknown.
    """

    name: str = "wastewater"
    _unnamed: float
    _causes: dict[Cause, float]
    ratings: Mapping[str, float] = {}
    totals: tuple[str, ...] = ("inflow_m3", "treated_m3", "spilled_m3", "stored_m3", "pump_energy_mwh")
    _owed: float

    def __init__(
        self,
        path: Path,
        settings: WastewaterSettings,
        treatment: Mapping[str, Treatment] | None = None,
        lift_stations: Mapping[str, LiftStation] | None = None,
        manholes: Sequence[str] = (),
        inputs: Sequence[str] = (),
    ) -> None:
        self._plants = Plants(treatment or {})
        self.not_in_file = NOT_IN_FILE[: 2 if lift_stations else 1]
        plants = [f"wastewater/{plant}" for plant in self._plants.names]
        self._plant_at = {address: i for i, address in enumerate(plants)}
        self._input_pumps = np.array([a not in self._plant_at for a in inputs], dtype=bool)
        self._input_plants = [self._plant_at[a] for a in inputs if a in self._plant_at]
        pumps = [a for a in inputs if a not in self._plant_at]
        self._engine = engine = Hydraulics(path, self.name, PressureDemand(0.0, 1.0, 0.5), pumps, False)
        wrong = [m for m in manholes if engine.node_at.get(m) not in engine.junctions]
        nodes = {node: engine.node_at.get(f"wastewater/{node}") for node in self._plants.nodes}
        wrong += [node for node, at in nodes.items() if at not in engine.reservoirs]
        if wrong:
            raise InvalidInput([Mistake(path.name, 0, f"{w} is not a node of its kind") for w in wrong])
        self._manholes = np.array([engine.node_at[m] for m in manholes], dtype=np.intp)
        outfalls = [engine.node_at[f"wastewater/{n}"] for n in self._plants.nodes]
        self._outfalls = np.searchsorted(engine.reservoirs, outfalls)
        self._untreated = ~np.isin(engine.reservoirs, outfalls)
        self._first_category = np.ones(len(manholes), dtype=np.intp)
        self._refuse_demand()
        self._stations = LiftStations(lift_stations or {}, engine, self._manholes.tolist())
        self._gravity, self._full = gravity_reaches(engine)
        self.signals = self._make_signals()
        self.stores = self._plants.with_basins(engine.stores, tuple(self._plant_at))
        self._written = np.zeros(len(manholes))
        self._take_manholes()
        self._clear()

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        """Return what the file says and is not used, or used otherwise."""
        return self._engine.warnings

    def apply(self, changes: Sequence[Change]) -> None:
        """Build (`open`), set and hold (`held`) links, and commission (`in_service`) and hold plants."""
        plants = [c for c in changes if c.asset in self._plant_at]
        wrong = [c for c in plants if c.field not in ("in_service", "held")]
        if wrong:
            raise InvalidInput([Mistake(c.asset, 0, f"no field {c.field}", "in_service") for c in wrong])
        self._engine.apply(changes, set(self._plant_at))
        self._stations.reroute()
        for change in plants:
            act = self._plants.hold if change.field == "held" else self._plants.commission
            act(self._plant_at[change.asset], bool(change.value))

    def set_base(self, base: Vector) -> None:
        """Do nothing: sewage comes by the port ``arriving``."""

    def set_demand(self, factors: Vector, native: float = 1.0, given: Vector = NOTHING) -> None:
        """Do nothing: sewage comes by the port ``arriving``."""

    def set_input(self, port: str, values: Vector) -> None:
        """Set the sewage of each manhole in m3/s (``arriving``), or which powered assets may run."""
        engine = self._engine
        if port == "running":
            engine.set_running(values[self._input_pumps])
            self._plants.running[self._input_plants] = values[~self._input_pumps]
            return
        self._inflow = values.copy()
        self._entering = self._write_inflow(values)

    def _write_inflow(self, inflow: Vector) -> float:
        """Write what manholes bring, m3/s, to EPANET a negative demand; return what all bring."""
        project, nodes, first = self._engine.project, self._manholes, self._first_category
        return float(write_base(project.address, nodes, first, inflow, self._written, -project.flow_unit))

    def relief(self, assets: frozenset[str]) -> Vector:
        """Return 1 for each manhole: pipes are not told apart by who lets off."""
        return np.ones(len(self._manholes))

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return nothing: signals tell what is amiss."""
        return {}

    def solve(self) -> None:
        """Set the lift stations' speeds and solve the hydraulics now."""
        engine, plants = self._engine, self._plants
        engine.release()
        self._stations.follow(self._inflow)
        engine.solve()
        if self._own_inflow:
            self._entering = -float(np.minimum(engine.demand[engine.junctions], 0.0).sum())
        self._receive()
        # a `Passing`, plain from the start
        passing = self._entering, self._lost, plants.inflow, plants.treated, plants.spill
        write_readings(self._values, self._columns, engine.whole, passing)

    def _receive(self) -> None:
        """Let the plants take what ends at their outfalls now; what ends at others is lost."""
        engine = self._engine
        nodes, leaked = (engine.demand, engine.tanks, engine.reservoirs), engine.leaked_m3_per_s
        self._given = arrive(*nodes, self._entering, leaked, self._ending)
        self._share_out()

    def _share_out(self) -> None:
        self._lost = self._plants.receive(self._ending, self._outfalls, self._untreated)

    def read(self) -> Vector:
        """Return one value per signal."""
        return self._values

    def read_totals(self) -> Vector:
        """Return what was accounted since the opening, in the order of `totals`."""
        return self._sums

    def read_causes(self) -> Mapping[Cause, float]:
        """Return m3 spilled, and carried beyond full pipes, since the opening, by cause."""
        return self._causes

    def active(self) -> Mask:
        """Return which signals belong to commissioned assets."""
        engine, plants = self._engine, self._plants.standing
        open_ = engine.standing
        tanks = np.array([open_[(engine.ends == t).any(axis=1)].any() for t in engine.tanks], dtype=bool)
        return np.concatenate(
            [
                np.tile(tanks, 2),
                open_[self._flow_links],
                open_[self._gravity],
                open_[engine.pumps],
                np.tile(plants, 3),
                [True, True],
            ]
        )

    def next_change_s(self) -> int:
        """Return the seconds until a wet well or a control changes the state."""
        return self._engine.next_change_s()

    def advance(self, seconds: int) -> None:
        """Let time pass: wet wells and basins fill, plants treat, what is too much spills."""
        engine, plants = self._engine, self._plants
        for number, step in enumerate(engine.steps(seconds)):
            if engine.failed:
                self._lose_all()
            elif number or self._corrected:
                self._receive()
            self._owe(engine.passed)
            self._take_off(step)
            treated, spilled, held = plants.advance(step)
            if spilled > 0.0:
                self._attribute_plants()
            power_kw = 0.0 if engine.failed else engine.power_kw
            # a `Passed`, plain from the start
            sewage = self._entering + self._given, self._lost, treated, spilled, held, power_kw
            overflowed = add_up(self._sums, engine.passed, step, sewage)
            self._attribute(overflowed, step)

    def _owe(self, passed: Vector) -> None:
        """Note what wet wells made at their limits over a step, m3: it is owed.

        A full well that may not overflow takes no more: the rest is in the street.
        """
        made, beyond = passed[6], passed[7]
        if made or beyond:
            passed[4] -= min(beyond, 0.0)
            self._owed += float(made + max(beyond, 0.0))

    def _take_off(self, step: int) -> None:
        """Take what is owed, m3, off what ends in this step, or later."""
        self._corrected = self._owed != 0.0
        if self._corrected and not self._engine.failed:
            self._owed = take_off(self._ending, self._owed, step)
            self._share_out()

    def _lose_all(self) -> None:
        """Let what enters without a solution be lost: nobody knows its way."""
        self._ending[:] = 0.0
        self._share_out()
        self._given, self._lost, self._corrected = 0.0, self._entering, True

    def _attribute(self, overflowed: float, step: int) -> None:
        """Put down what was lost over the last step, and carried beyond full pipes, to its causes."""
        engine = self._engine
        if overflowed > 0.0:
            self._attribute_overflow(overflowed)
        if engine.passed[5] > 0.0:
            self._add("spilled_m3", "leak", "network", float(engine.passed[5]))
        if engine.failed:
            self._add("spilled_m3", "no solution", "network", self._lost * step)
        elif self._lost > 0.0:
            for place in np.flatnonzero(self._untreated & (self._ending > 0.0)):
                node = engine.nodes[engine.reservoirs[place]]
                self._add("spilled_m3", "outfall", node, float(self._ending[place]) * step)
        if any_beyond(engine.flow, self._gravity, self._full):
            self._attribute_surcharge(step)

    def _attribute_plants(self) -> None:
        """Put down what the plants spilled to them, or to their want of power."""
        plants = self._plants
        for i in np.flatnonzero(plants.spilled):
            kind = "plant" if plants.running[i] else "power"
            self._add("spilled_m3", kind, plants.names[i], float(plants.spilled[i]))

    def _attribute_overflow(self, overflowed: float) -> None:
        """Share what wet wells lost over the last step by their inflow, each with its cause."""
        engine = self._engine
        full = engine.storage.volume >= engine.storage.max_volume * (1 - 1e-9)
        takes = engine.storage.overflows | engine.storage.full
        filling = np.where(takes, np.maximum(engine.demand[engine.tanks], 0.0), 0.0)
        rates = filling * full
        self._unnamed += overflowed
        if not rates.any():
            if self._unnamed < _DUST_M3:
                return  # of rounding, until it is worth a cause
            rates = filling
        overflowed = self._unnamed
        self._unnamed = 0.0
        held = {int(engine.ends[link, 0]): engine.links[link] for link in engine.held_links()}
        for i in np.flatnonzero(rates):
            node = int(engine.tanks[i])
            kind, asset = ("power", held[node]) if node in held else ("lift station", engine.nodes[node])
            self._add("spilled_m3", kind, asset, overflowed * float(rates[i] / rates.sum()))

    def _attribute_surcharge(self, step: int) -> None:
        """Put down what gravity reaches carry beyond their full-pipe capacity."""
        over = np.abs(self._engine.flow[self._gravity]) - self._full
        for i in np.flatnonzero(over > 0.0):
            reach = self._engine.links[self._gravity[i]]
            self._add("surcharged_m3", "gravity reach", reach, float(over[i]) * step)

    def _add(self, quantity: str, kind: str, asset: str, amount: float) -> None:
        cause = Cause(quantity, kind, f"{self.name}/{asset}")
        self._causes[cause] = self._causes.get(cause, 0.0) + amount

    def reset(self) -> None:
        """Return to the opened state, to the bit."""
        self._write_inflow(np.zeros(len(self._manholes)))
        self._engine.reset()
        self._stations.reset()
        self._plants.reset()
        self._clear()

    def save(self) -> object:
        """Return what it would go on from."""
        rates = self._entering, self._lost, self._given, self._owed, self._unnamed
        vectors, engine = copies((self._inflow, *self._vectors())), self._engine.save()
        return Saved(engine, self._plants.save(), rates, vectors, dict(self._causes))

    def restore(self, state: object) -> None:
        """Go on from a saved state."""
        assert isinstance(state, Saved)
        inflow, *vectors = state.vectors
        self._inflow = inflow.copy()
        self._write_inflow(inflow)
        self._engine.restore(state.engine)
        self._stations.reroute()
        self._plants.restore(state.plants)
        put_back(self._vectors(), tuple(vectors))
        self._entering, self._lost, self._given, self._owed, self._unnamed = state.rates
        self._corrected = True  # what ends is found anew from the engine's flows, which are
        self._causes = dict(state.causes)

    def _vectors(self) -> tuple[Vector, ...]:
        return self._ending, self._values, self._sums

    def read_stored(self) -> Vector:
        """Return the sewage in each wet well and in each plant's basin, m3."""
        return np.concatenate([self._engine.storage.volume, self._plants.stored])

    def put_stored(self, volumes: Vector) -> None:
        """Let so much sewage be in each wet well and in each plant's basin, m3."""
        wells = len(self._engine.stores.addresses)
        self._engine.put_stored(volumes[:wells])
        self._plants.stored[:] = np.clip(volumes[wells:], 0.0, self.stores.most_m3[wells:])

    def _refuse_demand(self) -> None:
        """Refuse sewers that draw water; inflows of the file's own are negative demands."""
        engine, path, remedy = self._engine, self._engine.path, "a negative demand for an inflow"
        bases = {int(node): engine.project.base_demands(int(node) + 1) for node in engine.junctions}
        drawing = [engine.nodes[node] for node, own in bases.items() if any(base > 0.0 for base in own)]
        if drawing:
            raise InvalidInput(
                [Mistake(path.name, 0, f"{name} draws water from the sewers", remedy) for name in drawing]
            )

    def _take_manholes(self) -> None:
        """Let manholes bring what the port says, without the file's patterns; note inflows elsewhere."""
        handle, manholes = self._engine.project.handle, set(self._manholes.tolist())
        en.closeH(handle)
        en.addpattern(handle, _CONSTANT)
        constant = en.getpatternindex(handle, _CONSTANT)
        for node in sorted(manholes):
            for category in range(1, len(self._engine.project.base_demands(node + 1)) + 1):
                en.setbasedemand(handle, node + 1, category, 0.0)
            en.setdemandpattern(handle, node + 1, 1, constant)
        rest = set(self._engine.junctions.tolist()) - manholes
        self._own_inflow = any(any(self._engine.project.base_demands(node + 1)) for node in rest)
        self._engine.project.open_solver()

    def _clear(self) -> None:
        """Let nothing arrive and nothing be accounted yet."""
        self._inflow, self._entering = np.zeros(len(self._manholes)), 0.0
        self._ending, self._lost, self._given = np.zeros(len(self._engine.reservoirs)), 0.0, 0.0
        self._owed, self._corrected = 0.0, False
        self._causes, self._unnamed = {}, 0.0
        self._values, self._sums = np.zeros(len(self.signals)), np.zeros(len(self.totals))

    def _make_signals(self) -> tuple[Signal, ...]:
        engine, flow = self._engine, "m3/s"
        self._flow_links = np.concatenate([engine.pipes, engine.valves, engine.pumps])
        groups = [
            (engine.nodes, engine.tanks, "fill_percent", "%"),
            (engine.nodes, engine.tanks, "spill_m3_per_s", flow),
            (engine.links, self._flow_links, "flow_m3_per_s", flow),
            (engine.links, self._gravity, "filling_percent", "%"),
            (engine.links, engine.pumps, "power_kw", "kW"),
        ]
        signals = [Signal(f"wastewater/{ids[i]}", q, u) for ids, at, q, u in groups for i in at]
        for quantity in ("inflow_m3_per_s", "treated_m3_per_s", "spill_m3_per_s"):
            signals += [Signal(address, quantity, flow) for address in self._plant_at]
        self._columns = tuple(Columns(engine.tanks, self._flow_links, self._gravity, self._full))
        whole = ("inflow_m3_per_s", "spill_m3_per_s")
        return tuple(signals + [Signal("wastewater/network", q, flow) for q in whole])
