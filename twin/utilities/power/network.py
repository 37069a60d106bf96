"""The power network: AC load flow of any pandapower net at the speed of its Newton solver."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.utilities.base import Cause, Change, Mask, Signal, Vector, WithoutStorage
from twin.utilities.power.asked import Loads
from twin.utilities.power.compile import TABLES, asset_names
from twin.utilities.power.constant_power import read_constants
from twin.utilities.power.elements import mean_draw_pu, native_loads, ratings_mva, signals, simplified
from twin.utilities.power.in_service import HELD, InService, own_field
from twin.utilities.power.load_flow import LoadFlow, Solution
from twin.utilities.power.measure import WHOLE, Measured, add_energy, exceeds, measure
from twin.utilities.power.read import read_net, unfit
from twin.utilities.power.restoration.in_time import Switching
from twin.utilities.power.restoration.restorer import Meshes
from twin.utilities.power.rules import Index
from twin.utilities.power.settings import PowerSettings
from twin.utilities.power.shedder import Shedder, beyond_transfer
from twin.utilities.power.state import build_state
from twin.utilities.power.switched import NOTHING_MW, Saved, Switched, kept_solution, switched
from twin.utilities.power.taps import open_tap_changers

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
    _shedder: Shedder
    _measured: Measured
    _dead: Index
    _dead_constants: Index
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
        self._points = self._rows(demand_points)
        self._inputs = self._rows(inputs)
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
        self._loads = Loads(native_loads(self._net), self._points, self._inputs, power_factors)
        self._asked = self._loads.total
        self._unfit = unfit(self._net)
        self._constants = read_constants(self._net, self.names)
        self._changers = open_tap_changers(self._net, path.name)
        self.warnings = simplified(self._net, self.names, path.name)
        self._standing = InService(self._net, TABLES)
        grid = self._net, self.names, self._changers, self._constants, self._standing
        self.meshes = Meshes(*grid, settings, self._supply_rating)
        self._switching = Switching(settings, self.meshes)
        self._cache: dict[bytes, Switched] = {}
        self.flow = LoadFlow(self._changers, mean_draw_pu(self._net))
        self._values = np.zeros(len(self.signals))
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
        self._loads.build(self._standing.built()["load"])
        self._switching.outages(self._standing)
        self._stale = True

    def set_base(self, base: Vector) -> None:
        """Set each demand point's base MW by class."""
        self._loads.set_base(base)

    def set_demand(self, factors: Vector, native: float = 1.0) -> None:
        """Set this instant's factor of each class, and of the file's own loads; shed load returns."""
        self._shedder.shedding = None
        self._switching.start_hour()
        self._loads.set_demand(factors, native)

    def set_input(self, port: str, values: Vector) -> None:
        """Set MW and Mvar of the loads that links drive, the port ``drawn``, shape (2, inputs).

        They replace what the file gives these loads and add to a district's share on them.
        """
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
        self._served = self._asked
        shedder = self._shedder
        if shedder.shedding is not None:
            self._served = shedder.served(self._loads.layers())
        solved = self._flow()
        if self._settings.shedding and (not solved or exceeds(self._measured.loading, shedder.limits)):
            solved = shedder.shed(solved, self._loads.layers(), self._measured, self._serve)
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
        return kept_solution(self.flow, self._shedder, self._constants, self._served, self._at_bus)

    def net_now(self) -> Any:
        """Return a copy of pandapower's tables as the grid stands."""
        self._standing.write(self._net)
        return deepcopy(self._net)

    def stands(self) -> bytes:
        """Return what tells how the grid stands from other ways."""
        return self._standing.key()

    def short(self, turned: Mapping[int, bool]) -> bool:
        """Turn switches, by row; return whether loads are dead then, or elements beyond their limits."""
        self._standing.turn(turned)
        self._switch()
        self._served = self._asked
        dead = (self._asked[0, self._dead] > NOTHING_MW).any() or len(self._dead_constants)
        return bool(dead) or not self._flow() or exceeds(self._measured.loading, self._shedder.limits)

    def relief(self, assets: frozenset[str]) -> Vector:
        """Return how many MW a MW less at each demand point takes off some elements together (DC)."""
        if self._stale:
            self._switch()
        return self._shedder.relief(assets, self._asked.shape[1])[self._points]

    def next_change_s(self) -> int:
        """Return the time until an outage is switched around; else a very long one, nothing is stored."""
        return self._switching.wait_s or _FOREVER

    def advance(self, seconds: int) -> None:
        """Account energy at the last solution; without one, all demand is unserved."""
        hours = seconds / 3600.0
        self._switching.advance(seconds)
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
        self._switching.reset()
        self._loads.reset(self._standing.built()["load"])
        self._shedder.shedding = None
        self._served = self._asked
        self.flow.reset()
        self._values[:] = 0.0
        self._sums = np.zeros(len(self.totals))
        self._now = {}
        self._causes: dict[Cause, float] = {}
        self._stale, self._failed = True, False

    def save(self) -> object:
        """Return what it would go on from."""
        shedding = None if self._stale else self._shedder.shedding
        return Saved(
            self._standing.save(),
            self._loads.save(),
            self.flow.save(),
            deepcopy(shedding),
            self._served.copy(),
            self._values.copy(),
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
        self._loads.restore(state.loads)
        self.flow.restore(state.flow)
        if not state.stale:
            self._switch()
            self.flow.resume(state.flow)
            self._shedder.shedding = deepcopy(state.shedding)
            self._at_bus = self.flow.sum_by_bus(state.served)
        self._served = state.served.copy()
        self._values[:] = state.values
        self._sums, self._now, self._causes = state.sums.copy(), dict(state.now), dict(state.causes)
        self._failed = state.failed

    # -- switching states -----------------------------------------------------------------------

    def _switch(self) -> None:
        """Take over the present switching state, compiled if it is new."""
        key = self._standing.key()
        if key not in self._cache:
            self._cache[key] = self._compile()
        switched = self._cache[key]
        self.flow.switch(switched.state)
        self._shedder, self._layout = switched.shedder, switched.layout
        self._shedder.shedding = None
        self._measured = Measured(self._values, switched.loading, switched.power_mw)
        self._plain_measured = tuple(self._measured)
        self._dead, self._dead_constants = switched.dead, switched.dead_constants
        self._stale = False

    def _compile(self) -> Switched:
        self._standing.write(self._net)
        try:
            asked = self._constants.of(self._standing.built())
            state = build_state(self._net, self._changers, self._constants, asked)
        except Exception as error:  # pandapower raises many kinds; each means no source or no solution
            raise Unsolved(f"the grid cannot be compiled: {error}", "power/network") from error
        return switched(state, self.names, self._settings, self._supply_rating, self._where, self._constants)

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

    def _blame(self) -> dict[Cause, float]:
        """Return the MW not served now, by cause; what the dispatcher shed is shared by who asked for it."""
        quantity, causes = "unserved_mwh", {}
        for load in self._dead:
            if self._asked[0, load] > NOTHING_MW:
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

    @property
    def fed_in_mw(self) -> float:
        """Return what negative loads, generators and storage feed in, by the last solution."""
        return float(self._values[-WHOLE])

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

    def _rows(self, addresses: Sequence[str]) -> Index:
        wrong = [a for a in addresses if self._where.get(a, ("", 0))[0] != "load"]
        if wrong:
            raise InvalidInput([Mistake(self._file, 0, f"{a} is not a load") for a in wrong])
        return np.array([self._where[a][1] for a in addresses], dtype=np.intp)
