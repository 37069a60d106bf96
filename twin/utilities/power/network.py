"""The power network: AC load flow of any pandapower net at the speed of its Newton solver."""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.utilities.base import Cause, Change, Mask, Signal, Vector, WithoutStorage
from twin.utilities.power.asked import Asked, ask, drive
from twin.utilities.power.compile import TABLES, asset_names
from twin.utilities.power.constant_power import read_constants
from twin.utilities.power.dispatch import CRITICAL, INTERRUPTIBLE, ORDINARY
from twin.utilities.power.elements import mean_draw_pu, native_loads, ratings_mva, signals, simplified
from twin.utilities.power.in_service import HELD, InService, own_field
from twin.utilities.power.load_flow import LoadFlow, Solution
from twin.utilities.power.measure import Measured, add_energy, exceeds, measure
from twin.utilities.power.read import read_net, unfit
from twin.utilities.power.rules import Index
from twin.utilities.power.settings import PowerSettings
from twin.utilities.power.shedder import Shedder, beyond_transfer
from twin.utilities.power.state import State, build_state, rated_branches
from twin.utilities.power.taps import open_tap_changers

INTERRUPTIBLE_CLASS = 2
_NOTHING_MW = 1e-6
_STATES_KEPT = 100
_FOREVER = 1 << 40


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
    _own: Vector
    _asked: Vector
    _beside: Vector
    _driven: Vector
    _dead: Index
    _dead_constants: Index
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
    ) -> None:
        self._net: Any = read_net(path)
        self._file = path.name
        self._settings = settings
        self.names = asset_names(self._net)
        self._where = {
            f"power/{name}": (table, row) for table in TABLES for row, name in enumerate(self.names[table])
        }
        self._points = self._loads(demand_points)
        self._inputs = self._loads(inputs)
        cosine = np.array(power_factors, dtype=float)
        self._tan = np.sqrt(1.0 / cosine**2 - 1.0)
        self.signals = signals(self.names)
        quantities = [signal.quantity for signal in self.signals]
        self._load_at = self.signals.index(Signal("power/network", "load_mw", "MW"))
        self._critical = np.full(len(self.names["load"]), -1, dtype=np.intp)
        if "supply_pu" in quantities:
            self._critical[self._inputs] = quantities.index("supply_pu") + self._inputs
        self.ratings: Mapping[str, float] = ratings_mva(self._net, self.names)
        supply = supply_ratings_mva or {}
        self._supply_rating = np.array(
            [supply.get(f"power/{name}", np.inf) for name in self.names["ext_grid"]]
        )
        self._native = native_loads(self._net)
        self._unfit = unfit(self._net)
        self._constants = read_constants(self._net, self.names)
        self._changers = open_tap_changers(self._net, path.name)
        self.warnings = simplified(self._net, self.names, path.name)
        self._standing = InService(self._net, TABLES)
        self._cache: dict[bytes, State] = {}
        self.flow = LoadFlow(self._changers, mean_draw_pu(self._net))
        self._shedder = Shedder(self.flow, (), np.zeros(0), self._where)
        self.reset()
        try:
            self._switch()
        except Unsolved as error:  # what cannot be built as the file has it is a mistake of the file
            raise InvalidInput([Mistake(self._file, 0, error.reason)]) from error
        self.reset()

    # -- the contract ---------------------------------------------------------------------------

    def apply(self, changes: Sequence[Change]) -> None:
        """Build elements (`in_service`, of switches `closed`) or not; hold and release them (`held`).

        An outage holds an element out, a switch open, whatever is built meanwhile; its release leaves what is
        built.
        """
        mistakes = [m for change in changes if (m := self._mistake(change))]
        if mistakes:
            raise InvalidInput(mistakes)
        for change in changes:
            table, row = self._where[change.asset]
            self._standing.set(table, row, change.field, bool(change.value))
        before = self._own
        self._own = self._built_loads()
        self._asked += (self._own - before) * self._native_factor
        self._list_asked()
        self._stale = True

    def set_base(self, base: Vector) -> None:
        """Set each demand point's base MW by class."""
        self._base = base
        self._base_of_loads = np.zeros((self._asked.shape[1], base.shape[1]))
        np.add.at(self._base_of_loads, self._points, base)
        self._list_asked()

    def set_demand(self, factors: Vector, native: float = 1.0) -> None:
        """Set this instant's factor of each class, and of the file's own loads; shed load returns."""
        self._factors, self._native_factor = factors, native
        self._shedder.shedding = None
        ask(self._plain_asked, factors, native)

    def set_input(self, port: str, values: Vector) -> None:
        """Set MW and Mvar of the loads that links drive, the port ``drawn``, shape (2, inputs).

        They replace what the file gives these loads and add to a district's share on them.
        """
        drive(self._plain_asked, values)

    def solve(self) -> None:
        """Solve the load flow; what no element can carry is shed, and stays so until the hour ends.

        Raises
        ------
        Unsolved
            If no source is left, or, without shedding, if demand is beyond the largest transfer.
        """
        if self._stale:
            self._switch()
        self._failed = True
        self._served = self._asked
        shedder = self._shedder
        if shedder.shedding is not None:
            self._served = shedder.served(self._layers())
        solved = self._flow()
        if self._settings.shedding and (not solved or exceeds(self._measured.loading, shedder.limits)):
            solved = shedder.shed(solved, self._layers(), self._measured, self._serve)
        if not solved:
            raise beyond_transfer(self.flow, self._at_bus, self._served[0].sum(), self.names["bus"])
        self._failed = False
        shedder.hand_out(self._asked[0] - self._served[0], self._values, self._critical)
        self._now = (
            self._blame()
            if len(self._dead) or len(self._dead_constants) or shedder.shedding is not None
            else {}
        )

    def read(self) -> Vector:
        """Return one value per signal."""
        return self._values

    def read_totals(self) -> Vector:
        """Return MWh supplied, served, lost and unserved since the opening."""
        return self._sums

    def read_causes(self) -> Mapping[Cause, float]:
        """Return MWh not served since the opening, by cause."""
        return self._causes

    def active(self) -> Mask:
        """Return for each signal whether its element is in service and energised."""
        if self._stale:
            self._switch()
        return self.flow.state.active

    def solution(self) -> Solution:
        """Return the last solution, to keep."""
        flow, layout, constants = self.flow, self.flow.state.layout, self._constants
        wanted, constant = np.zeros((2, len(flow.voltage)))
        loads, others = layout.load_bus >= 0, (layout.constant_bus >= 0) & ~constants.link
        np.add.at(wanted, layout.load_bus[loads], np.maximum(self._served[0], 0.0)[loads])
        np.add.at(constant, layout.constant_bus[others], np.maximum(constants.drawn_mw, 0.0)[others])
        return Solution(
            flow.state,
            flow.matrices,
            flow.voltage.copy(),
            self._at_bus.copy(),
            wanted,
            constant,
            self._shedder.elements,
            self._shedder.limits,
        )

    def relief(self, assets: frozenset[str]) -> Vector:
        """Return how many MW a MW less at each demand point takes off some elements together (DC)."""
        if self._stale:
            self._switch()
        return self._shedder.relief(assets, self._asked.shape[1])[self._points]

    def next_change_s(self) -> int:
        """Return a very long time: nothing is stored."""
        return _FOREVER

    def advance(self, seconds: int) -> None:
        """Account energy at the last solution; without one, all demand is unserved."""
        hours = seconds / 3600.0
        if self._failed:
            constants = self._constants
            asked = float(np.maximum(self._asked[0], 0.0).sum())
            missed = constants.of(self._standing.built()) & ~constants.link
            asked += float(np.maximum(constants.drawn_mw, 0.0)[missed].sum())
            self._sums[-1] += asked * hours
            self._now = {Cause("unserved_mwh", "no solution", "power/network"): asked}
        else:
            add_energy(self._sums, self._values, hours)
        for cause, mw in self._now.items():
            self._causes[cause] = self._causes.get(cause, 0.0) + mw * hours

    def reset(self) -> None:
        """Return to the opened state, to the bit."""
        if len(self._cache) > _STATES_KEPT:
            self._cache.clear()  # a thousand runs with other outages each must not fill the memory
        self._standing.reset()
        self._own, self._native_factor = self._built_loads(), 1.0
        self._asked = self._native * self._standing.built()["load"]
        self._driven = np.zeros((2, len(self._inputs)))
        self._beside = np.zeros((2, len(self._inputs)))
        self._asked[:, self._inputs] = 0.0
        self._served = self._asked
        self.set_base(np.zeros((len(self._points), len(self._tan))))
        self._factors = np.zeros(len(self._tan))
        self._shedder.shedding = None
        self.flow.reset()
        self._values = np.zeros(len(self.signals))
        self._sums = np.zeros(len(self.totals))
        self._now = {}
        self._causes: dict[Cause, float] = {}
        self._stale, self._failed = True, False

    # -- switching states -----------------------------------------------------------------------

    def _switch(self) -> None:
        """Take over the present switching state, compiled if it is new."""
        key = self._standing.key()
        self._standing.write(self._net)
        if key not in self._cache:
            self._cache[key] = self._compile()
        self.flow.switch(self._cache[key])
        state = self.flow.state
        labels, limit = rated_branches(state, self.names, self._settings.emergency_factor)
        elements = [*labels, *(f"power/{name}" for name in self.names["ext_grid"])]
        limits = np.concatenate([limit, self._supply_rating])
        loading, power_mw = np.zeros((2, len(limits)))
        self._measured = Measured(self._values, loading, power_mw)
        self._layout, self._plain_measured = tuple(state.layout), tuple(self._measured)
        self._shedder = Shedder(self.flow, elements, limits, self._where)
        self._dead = np.flatnonzero(state.bus_of_load < 0)
        constants = self._constants
        dead = (state.layout.constant_bus < 0) & state.layout.constant_asked & ~constants.link
        self._dead_constants = np.flatnonzero(dead & (constants.drawn_mw > _NOTHING_MW))
        self._stale = False

    def _compile(self) -> State:
        try:
            asked = self._constants.of(self._standing.built())
            return build_state(self._net, self._changers, self._constants, asked)
        except Exception as error:  # pandapower raises many kinds; each means no source or no solution
            raise Unsolved(f"the grid cannot be compiled: {error}", "power/network") from error

    # -- beyond capacity ------------------------------------------------------------------------

    def _flow(self) -> bool:
        """Solve for what is served now; return whether there is a solution."""
        self._at_bus = self.flow.sum_by_bus(self._served)
        if not self.flow.solve(self._at_bus):
            return False
        flow, y = self.flow, self.flow.matrices
        served = self._at_bus, flow.factors, self._served, self._asked
        # a `Solved`, plain from the start
        measure(self._layout, (y.own, y.mutual, y.slack, flow.voltage, *served), self._plain_measured)
        return isfinite(self._values.sum())

    def _serve(self, served: Vector) -> bool:
        """Serve so much of what is asked, MW and Mvar of each load; return whether there is a solution."""
        self._served = served
        return self._flow()

    def _layers(self) -> Vector:
        """Return asked MW and Mvar by class of shedding and load, shape (2, 3, loads)."""
        layers = np.zeros((2, 3, self._asked.shape[1]))
        if len(self._tan) > INTERRUPTIBLE_CLASS:
            mw = self._base[:, INTERRUPTIBLE_CLASS] * self._factors[INTERRUPTIBLE_CLASS]
            np.add.at(layers[0, INTERRUPTIBLE], self._points, mw)
            np.add.at(layers[1, INTERRUPTIBLE], self._points, mw * self._tan[INTERRUPTIBLE_CLASS])
        layers[:, CRITICAL, self._inputs] = self._driven
        layers[:, ORDINARY] = self._asked - layers[:, INTERRUPTIBLE] - layers[:, CRITICAL]
        return layers

    def _blame(self) -> dict[Cause, float]:
        """Return the MW not served now, by cause; what the dispatcher shed is shared by who asked for it."""
        quantity, causes = "unserved_mwh", {}
        for load in self._dead:
            if self._asked[0, load] > _NOTHING_MW:
                cause = Cause(quantity, "no supply", f"power/{self.names['load'][load]}")
                causes[cause] = float(self._asked[0, load])
        for number in self._dead_constants:
            cause = Cause(quantity, "no supply", self._constants.address[number])
            causes[cause] = float(self._constants.drawn_mw[number])
        short_mw = float((self._asked[0] - self._served[0]) @ self.flow.state.alive)
        for cause, mw in self._shedder.causes(quantity, short_mw).items():
            causes[cause] = causes.get(cause, 0.0) + mw
        return causes

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return the elements behind which load is shed now, by the last solution."""
        if self._shedder.shedding is None:
            return {}
        return {"load shed": self._shedder.shed_behind()}

    @property
    def load_mw(self) -> float:
        """Return what consumers draw, by the last solution."""
        return float(self._values[self._load_at])

    # -- opening --------------------------------------------------------------------------------

    def _mistake(self, change: Change) -> Mistake | None:
        table, row = self._where.get(change.asset, ("", 0))
        if not table:
            return Mistake(self._file, 0, f"unknown asset {change.asset}")
        right = own_field(table)
        if change.field not in (right, HELD):
            return Mistake(self._file, 0, f"{change.asset} has no field {change.field}", f"{right}, {HELD}")
        if change.field != HELD and change.value and (table, row) in self._unfit:
            problem = f"{change.asset} cannot be built: {self._unfit[table, row]}"
            return Mistake(self._file, 0, problem, "a finite number")
        return None

    def _list_asked(self) -> None:
        """Take over the vectors that make up what loads ask for."""
        self._plain_asked = tuple(
            Asked(
                self._asked,
                self._own,
                self._base_of_loads,
                self._tan,
                self._inputs,
                self._beside,
                self._driven,
            )
        )

    def _built_loads(self) -> Vector:
        """Return MW and Mvar of the file's own loads that are built, without those that others drive."""
        own = self._native * self._standing.built()["load"]
        own[:, self._inputs] = own[:, self._points] = 0.0
        return np.asarray(own)

    def _loads(self, addresses: Sequence[str]) -> Index:
        wrong = [a for a in addresses if self._where.get(a, ("", 0))[0] != "load"]
        if wrong:
            raise InvalidInput([Mistake(self._file, 0, f"{a} is not a load") for a in wrong])
        return np.array([self._where[a][1] for a in addresses], dtype=np.intp)
