"""The power network: AC load flow of any pandapower net at the speed of its Newton solver."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.pinned import pin
from twin.utilities.base import NOTHING, Cause, Change, Mask, Snapshot, Vector, WithoutStorage
from twin.utilities.demand import Given
from twin.utilities.power import elements
from twin.utilities.power.addresses import make_loads, places_of, refuse_changes, rows_of_loads
from twin.utilities.power.asked import Loads
from twin.utilities.power.constant_power import read_constants
from twin.utilities.power.in_service import InService
from twin.utilities.power.links import FUELLED
from twin.utilities.power.load_flow import LoadFlow, Solution
from twin.utilities.power.measure import Measured, Readout, add_energy, exceeds, measure
from twin.utilities.power.names import NAMED_TABLES, names_in
from twin.utilities.power.read import read_net, unfit
from twin.utilities.power.resources.opening import open_beside, stand_up
from twin.utilities.power.resources.table import NO_RESOURCES, Resource
from twin.utilities.power.restoration.gear import Gear
from twin.utilities.power.restoration.in_time import Switching
from twin.utilities.power.settings import PowerSettings
from twin.utilities.power.shedder import Shedder, beyond_transfer
from twin.utilities.power.snapshot import take_snapshot
from twin.utilities.power.solutions import solution_of
from twin.utilities.power.switched import NOTHING_MW, Saved, Switched, causes_of, switched
from twin.utilities.power.taps import open_tap_changers
from twin.utilities.power.varying import refuse_misgiven

_STATES_KEPT = 100


class PowerNetwork(WithoutStorage):
    """One pandapower net as a `Network`.

    Parameters
    ----------
    path
        pandapower JSON. Its `DiscreteTapControl` objects are the on-load tap changers.
    settings
        Limits and rules.
    demand_points
        Addresses of the loads that carry districts' demand.
    power_factors
        Power factor of each class of demand.
    inputs
        Addresses of the loads that links drive: the port ``drawn``, MW and Mvar of shape (2, inputs).
    supply_ratings_mva
        What external grids may supply, by address.
    given
        What time series give.
    resources
        What stands beside the file's own elements, by name.

    Attributes
    ----------
    names
        Each element's name by table.
    flow
        The load flow with its last solution.
    warnings
        What the file holds and the twin does not use, or takes in a simplified way.
    ratings
        MVA of each transformer by address (of the larger of the lower windings for three).

    Raises
    ------
    InvalidInput
        For an unknown load or a controller that is not a tap changer.
    """

    name: str = "power"
    totals: tuple[str, ...] = ("fed_in_mwh", "supplied_mwh", "served_mwh", "losses_mwh", "unserved_mwh")
    _shedder: Shedder
    _measured: Measured
    _now: dict[Cause, float]

    def __init__(
        self,
        path: Path,
        settings: PowerSettings,
        demand_points: Sequence[str] = (),
        power_factors: Sequence[float] = (),
        inputs: Sequence[str] = (),
        supply_ratings_mva: Mapping[str, float] | None = None,
        given: Sequence[Given] = (),
        resources: Mapping[str, Resource] = NO_RESOURCES,
        fuelled: Sequence[str] = (),
    ) -> None:
        self._net: Any = read_net(path)
        self._file = path.name
        self._settings = settings
        self.names = names_in(path, {table: self._net[table].index.tolist() for table in NAMED_TABLES})
        stand_up(self._net, resources, self.names)
        self._where = places_of(self.names)
        self._points = rows_of_loads(self._where, demand_points, path.name)
        fed_at = make_loads(self._net, self.names, self._where, inputs)
        self._inputs = rows_of_loads(fed_at, inputs, path.name)
        elsewhere = {"its district": demand_points, "what it feeds": inputs}
        refuse_misgiven(self._net, given, self._where, elsewhere, path.name)
        filled = elements.fill_shares(self._net, self.names, path.name)
        self._constants = read_constants(self._net, self.names)
        own = elements.signals(self.names)
        supply = next((i for i, signal in enumerate(own) if signal.quantity == "supply_pu"), 0)
        self._critical = np.full(len(self.names["load"]), -1, dtype=np.intp)
        self._critical[self._inputs] = supply + self._inputs
        parts = self._net, self._constants, given, self._where, resources, supply, fuelled
        self._beside = beside = open_beside(*parts)
        self.signals = own + beside.varying.signals + beside.control.signals
        self.totals = (*self.totals, *beside.control.totals)
        self.stores = beside.control.batteries.stores
        self.ratings: Mapping[str, float] = elements.ratings_mva(self._net, self.names)
        self._supply_rating = elements.supply_limits(self.names, supply_ratings_mva or {})
        native = elements.native_loads(self._net)
        self._loads = Loads(native, self._points, self._inputs, power_factors, steady=bool(resources))
        self._asked = self._loads.total
        self._unfit = unfit(self._net)
        self._changers = open_tap_changers(self._net, path.name)
        varies = {own.asset for own in given} | set(self.stores.addresses)
        self.warnings = filled + elements.simplified(self._net, self.names, path.name, varies, settings)
        self._standing = InService(self._net, NAMED_TABLES)
        grid = self._net, self.names, self._changers, self._constants, self._standing, beside
        self.gear = Gear(*grid, settings, self._supply_rating)
        self._switching = Switching(settings, self.gear)
        self._cache: dict[bytes, Switched] = {}
        self.flow = LoadFlow(self._changers, elements.mean_draw_pu(self._net))
        self._readings = np.zeros(len(self.signals))
        last = len(own) + len(beside.varying.signals)
        self._values, self._varied, self._controlled = np.split(self._readings, [len(own), last])
        try:
            self._switch()
        except Unsolved as error:  # what cannot be built as the file has it is a mistake of the file
            raise InvalidInput([Mistake(self._file, 0, error.reason)]) from error
        self.reset()

    def apply(self, changes: Sequence[Change]) -> None:
        """Build elements (`in_service`, of switches `closed`) or not; hold and release them (`held`).

        An outage holds an element out, a switch open, whatever is built meanwhile; its release leaves what is
        built.
        """
        refuse_changes(self._where, self._unfit, changes, self._file)
        for change in changes:
            table, row = self._where[change.asset]
            self._standing.set(table, row, change.field, bool(change.value))
        self._loads.build(self._standing.built()["load"])
        self._switching.outages(self._standing)
        self._stale = True

    def set_base(self, base: Vector) -> None:
        """Set each demand point's base MW by class."""
        self._loads.set_base(base)

    def set_demand(self, factors: Vector, native: float = 1.0, given: Vector = NOTHING) -> None:
        """Set this instant's factor of each class, and of the file's own loads; shed load returns."""
        self._shedder.shedding = None
        self._switching.start_hour()
        if given.size:
            self._beside.varying.take(self._beside.heated.powers(given), self._loads)
        self._loads.set_demand(factors, native)

    def set_input(self, port: str, values: Vector) -> None:
        """Set MW and Mvar of the loads that links drive, the port ``drawn``, shape (2, inputs).

        They replace what the file gives these loads and add to a district's share on them. The port
        ``fuelled`` tells what the fuel of plants allows, MW.
        """
        if port == FUELLED:
            self._beside.control.plants.allow(values)
        else:
            self._loads.drive(values)

    def solve(self) -> None:
        """Solve the load flow; what no element can carry is shed, and stays so until the hour ends.

        Raises
        ------
        Unsolved
            If no source is left, or, without shedding, if demand is beyond the largest transfer.
        """
        if self._stale:
            self._switch()
        if self._switching.due:
            self._switching.switch(self)
        self._failed = True
        beside, state = self._beside, self.flow.state
        if beside.acts:
            beside.begin(state, self._loads)
        self._served = self._asked
        shedder = self._shedder
        if shedder.shedding is not None:
            self._served = shedder.served(self._loads.layers())
        solved = self._flow()
        if beside.acts and beside.control:
            loads, at_bus, measured = self._loads, self._at_bus, self._measured
            solved = beside.follow(solved, self._flow, state, loads, at_bus, measured, shedder)
        if self._settings.shedding and (not solved or exceeds(self._measured.loading, shedder.limits)):
            solved = shedder.shed(solved, self._loads.layers(), self._measured, self._serve)
        if not solved:
            raise beyond_transfer(self.flow, self._at_bus, self._served[0].sum(), self.names["bus"])
        self._failed = False
        if beside.acts:
            beside.read(state, self._loads, self._varied, self._controlled)
        if shedder.shedding is not None:
            shedder.hand_out(self._asked[0] - self._served[0], self._values, self._critical)
        if beside.acts and beside.reserve and len(self._dead):
            beside.serve(self._standing, state, self._asked[0], self._values, self._varied)
        dead = len(self._dead) or len(self._dead_constants)
        self._now = self._blame() if dead or shedder.shedding is not None else {}

    def read(self) -> Vector:
        """Return one value per signal."""
        return self._readings

    def read_totals(self) -> Vector:
        """Return MWh supplied, served, lost and unserved since the opening, and what resources did."""
        own = self._beside.control
        return np.concatenate([self._sums, own.read_totals()]) if own.totals else self._sums

    def read_causes(self) -> Mapping[Cause, float]:
        """Return MWh not served since the opening, by cause."""
        return self._causes

    def active(self) -> Mask:
        """Return for each signal whether its element is in service and energised."""
        if self._stale:
            self._switch()
        state = self.flow.state
        return self._beside.active(state) if self._beside.acts else state.active

    def solution(self) -> Solution:
        """Return the last solution, to keep."""
        state = self._beside.varying.kept(self.flow.state)
        return solution_of(state, self.flow, self._at_bus, self._served, self._constants, self._shedder)

    def short(self, turned: Mapping[int, bool]) -> bool:
        """Turn switches, by row; return whether loads are dead then, or elements beyond their limits."""
        self._standing.turn(turned)
        self._switch()
        self._beside.go_on(self.flow.state)
        self._served = self._asked
        dead = (self._asked[0, self._dead] > NOTHING_MW).any() or len(self._dead_constants)
        return not self._flow() or bool(dead) or exceeds(self._measured.loading, self._shedder.limits)

    def relief(self, assets: frozenset[str]) -> Vector:
        """Return how many MW a MW less at each demand point takes off some elements together (DC)."""
        if self._stale:
            self._switch()
        return self._shedder.relief(assets, self._asked.shape[1])[self._points]

    def next_change_s(self) -> int:
        """Return the seconds until a battery is empty or full, or an outage is switched around."""
        return self._switching.soonest(self._beside.control.batteries.next_change_s())

    def read_stored(self) -> Vector:
        """Return what is in each battery, MWh."""
        return self._beside.control.batteries.stored_mwh.copy()

    def put_stored(self, volumes: Vector) -> None:
        """Let so many MWh be in each battery."""
        self._beside.control.batteries.put(volumes)

    def advance(self, seconds: int) -> None:
        """Account energy at the last solution; without one, all demand is unserved, and batteries rest."""
        hours = seconds / 3600.0
        self._switching.advance(seconds)
        if self._failed:
            asked = float(np.maximum(self._asked[0], 0.0).sum())
            asked += self._constants.missed_mw(self._standing.built())
            self._sums[-1] += asked * hours
            self._now = {Cause("unserved_mwh", "no solution", "power/network"): asked}
        else:
            add_energy(self._sums, self._values, hours)
            self._beside.advance(hours, self.flow.state, self._loads)
        for cause, mw in self._now.items():
            self._causes[cause] = self._causes.get(cause, 0.0) + mw * hours

    def reset(self) -> None:
        """Return to the opened state, to the bit."""
        if len(self._cache) > _STATES_KEPT:
            self._cache.clear()  # a thousand runs with other outages each must not fill the memory
            self._beside.varying.forget()
        self._standing.reset()
        self._switching.reset()
        self._loads.reset(self._standing.built()["load"])
        self._beside.varying.reset()
        self._beside.control.reset()
        self._shedder.shedding = None
        self._served = self._asked
        self.flow.reset()
        self._readings[:] = 0.0
        self._sums = np.zeros(len(type(self).totals))
        self._now = {}
        self._causes: dict[Cause, float] = {}
        self._stale, self._failed = True, False

    def snapshot(self) -> Snapshot:
        """Return the grid as a solved pandapower net."""
        if self._failed:
            raise Unsolved("no solution", "power/network")
        self._standing.write(self._net)
        beside, changers = self._beside, self._changers
        return take_snapshot(self._net, self._served, beside.varying, self.flow, changers, self._file)

    def save(self) -> object:
        """Return what it would go on from."""
        shedding = None if self._stale else self._shedder.shedding
        return Saved(
            self._standing.save(),
            self._loads.save(),
            self._beside.varying.given,
            self._beside.control.save(),
            self.flow.save(),
            deepcopy(shedding),
            self._served.copy(),
            self._readings.copy(),
            self._sums.copy(),
            dict(self._now),
            dict(self._causes),
            self._stale,
            self._failed,
            self._switching.save(),
        )

    def restore(self, state: object) -> None:
        """Go on from a saved state."""
        assert isinstance(state, Saved)
        self.reset()
        self._standing.restore(state.standing)
        self._standing.turn(self._switching.restore(state.switching))
        self._beside.varying.take(state.given, self._loads)
        self._beside.control.restore(state.control)
        self._loads.restore(state.loads)
        self.flow.restore(state.flow)
        if not state.stale:
            self._switch()
            self._beside.go_on(self.flow.state)
            self.flow.resume(state.flow)
            self._shedder.shedding = deepcopy(state.shedding)
            self._at_bus = self.flow.sum_by_bus(state.served)
        self._served = state.served.copy()
        self._readings[:] = state.values
        self._sums, self._now, self._causes = state.sums.copy(), dict(state.now), dict(state.causes)
        self._failed = state.failed

    def _switch(self) -> None:
        """Take over the present switching state, compiled if it is new."""
        key = self._standing.key()
        if key not in self._cache:
            parts = self.names, self._settings, self._supply_rating, self._where, self._constants
            self._cache[key] = switched(self.gear.compile(), *parts)
        now = self._cache[key]
        self.flow.switch(now.state)
        self._shedder, now.shedder.shedding = now.shedder, None
        self._measured = Measured(self._values, now.loading, now.power_mw)
        self._readout = pin(Readout(now.state.layout, self._measured))
        self._dead, self._dead_constants = now.dead, now.dead_constants
        self._stale = False

    def _flow(self) -> bool:
        """Solve for what is served now; return whether there is a solution."""
        self._at_bus = self.flow.sum_by_bus(self._served)
        if not self.flow.solve(self._at_bus):
            return False
        flow, y = self.flow, self.flow.matrices
        served = self._at_bus, flow.factors, self._served, self._asked
        # a `Solved`, plain from the start
        return bool(measure(self._readout, (y.own, y.mutual, y.slack, flow.voltage, *served)))

    def _serve(self, served: Vector) -> bool:
        """Serve so much of what is asked, MW and Mvar of each load; return whether there is a solution."""
        self._served = served
        return self._flow()

    def _blame(self) -> dict[Cause, float]:
        """Return the MW not served now, by cause."""
        asked, covered, own = self._asked[0], self._beside.reserve.covered_mw, self._constants
        loads, drawn = self.names["load"], own.drawn_mw
        missed = [(f"power/{loads[i]}", asked[i] - covered[i]) for i in self._dead if asked[i] > NOTHING_MW]
        missed += [(own.address[i], drawn[i]) for i in self._dead_constants if drawn[i] > NOTHING_MW]
        short_mw = float((asked - self._served[0]) @ self.flow.state.alive)
        return causes_of(missed, self._shedder, short_mw)

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return the elements behind which load is shed now, by the last solution, and turned switches."""
        turned = self._switching.in_force(self.names["switch"])
        if self._shedder.shedding is None:
            return turned
        return {"load shed": self._shedder.shed_behind()} | turned

    @property
    def load_mw(self) -> float:
        """Return what consumers draw, by the last solution."""
        return float(self._values[-3])
