"""The power network: AC load flow of any pandapower net at the speed of its Newton solver."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.networks.base import Change, Mask, Signal, Vector
from twin.networks.power_compile import (
    TABLES,
    Complex,
    Index,
    asset_names,
    compile_net,
    in_service,
)
from twin.networks.power_measure import measure
from twin.networks.power_state import Matrices, State, build_state, matrices
from twin.networks.power_taps import read_tap_changers
from twin.scenario.schema import PowerSettings

_TOLERANCE_PU = 1e-8
_ITERATIONS = 20
_TAP_ROUNDS = 40
_FOREVER = 1 << 40


class PowerNetwork:
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
        Addresses of the loads that links drive; `set_inputs` takes MW and Mvar, shape (2, inputs).
    supply_ratings_mva
        What external grids may supply, by address.

    Attributes
    ----------
    ratings_mva
        Rating of each transformer by address (of the weaker of the lower windings for three).

    Raises
    ------
    InvalidInput
        For an unknown load or a controller that is not a tap changer.
    """

    name: str = "power"
    totals: tuple[str, ...] = ("supplied_mwh", "served_mwh", "losses_mwh", "unserved_mwh")

    def __init__(
        self,
        path: Path,
        settings: PowerSettings,
        demand_points: Sequence[str] = (),
        power_factors: Sequence[float] = (),
        inputs: Sequence[str] = (),
        supply_ratings_mva: Mapping[str, float] | None = None,
    ) -> None:
        import pandapower as pp
        from lightsim2grid.algorithm import NRSing_KLU

        self._net: Any = pp.from_json(str(path))
        self._file = path.name
        self._new_solver = NRSing_KLU
        self._names = asset_names(self._net)
        self._where = {
            f"power/{name}": (table, row) for table in TABLES for row, name in enumerate(self._names[table])
        }
        self._points = self._loads(demand_points)
        self._inputs = self._loads(inputs)
        cosine = np.array(power_factors, dtype=float)
        self._tan = np.sqrt(1.0 / cosine**2 - 1.0)
        self.signals = self._make_signals()
        self.ratings_mva = self._ratings()
        supply = supply_ratings_mva or {}
        self._supply_rating = np.array(
            [supply.get(f"power/{name}", np.inf) for name in self._names["ext_grid"]]
        )
        self._native = _native_loads(self._net)
        _refuse_voltage_dependent(self._net, path.name)
        compile_net(self._net)
        self._changers = read_tap_changers(self._net, path.name)
        self._opened = {table: self._flags(table).copy() for table in TABLES if table != "bus"} | {
            "bus": in_service(self._net, "bus").copy()
        }
        self._cache: dict[bytes, State] = {}
        self._state: State
        self._matrices: Matrices
        self._position: Index = self._changers.opened.copy()
        self.reset()

    # -- the contract ---------------------------------------------------------------------------

    def apply(self, changes: Sequence[Change]) -> None:
        """Take elements in or out of service (`in_service`) and open or close switches (`closed`)."""
        mistakes = [m for change in changes if (m := self._mistake(change))]
        if mistakes:
            raise InvalidInput(mistakes)
        for change in changes:
            table, row = self._where[change.asset]
            frame = self._net[table]
            frame.at[frame.index[row], change.field] = bool(change.value)
        self._stale = True

    def set_base(self, base: Vector) -> None:
        """Set each demand point's base MW by class."""
        self._base = base

    def set_demand(self, factors: Vector, native: float = 1.0) -> None:
        """Set this instant's factor of each class, and of the file's own loads."""
        np.multiply(self._native, native, out=self._demand)
        self._demand[:, self._inputs] = 0.0
        if len(self._points):
            self._demand[:, self._points] = 0.0
            np.add.at(self._demand[0], self._points, self._base @ factors)
            np.add.at(self._demand[1], self._points, self._base @ (factors * self._tan))
        self._beside = self._demand[:, self._inputs]
        self._demand[:, self._inputs] += self._driven

    def set_inputs(self, values: Vector) -> None:
        """Set MW and Mvar of the loads that links drive, shape (2, inputs).

        They replace what the file gives these loads and add to a district's share on them.
        """
        self._driven = np.array(values)
        self._demand[:, self._inputs] = self._beside + self._driven

    def solve(self) -> None:
        """Solve the load flow; tap changers step until their voltages are within their bands."""
        if self._stale:
            self._switch()
        self._failed = True
        for _ in range(_TAP_ROUNDS):
            self._newton()
            if not len(self._changers):
                break
            moves = self._changers.moves(self._controlled_voltage(), self._position)
            if not moves.any():
                break
            self._position = self._position + moves
            self._write_taps()
        self._failed = False
        self._values = measure(
            self._state, self._matrices, self._v, self._demand, self._at_bus, self._supply_rating
        )

    def read(self) -> Vector:
        """Return one value per signal."""
        return self._values

    def read_totals(self) -> Vector:
        """Return MWh supplied, served, lost and unserved since the opening."""
        return self._sums

    def active(self) -> Mask:
        """Return for each signal whether its element is in service and energised."""
        if self._stale:
            self._switch()
        return self._state.active

    def next_change_s(self) -> int:
        """Return a very long time: nothing is stored."""
        return _FOREVER

    def advance(self, seconds: int) -> None:
        """Account energy at the last solution; without one, all demand is unserved."""
        if self._failed:
            self._sums[3] += self._demand[0].sum() * seconds / 3600.0
        else:
            self._sums += self._values[-4:] * (seconds / 3600.0)

    def reset(self) -> None:
        """Return to the opened state, to the bit."""
        for table, flags in self._opened.items():
            self._net[table]["closed" if table == "switch" else "in_service"] = flags
        self._demand = self._native.copy()
        self._driven = np.zeros((2, len(self._inputs)))
        self._beside = np.zeros((2, len(self._inputs)))
        self._demand[:, self._inputs] = 0.0
        self._base = np.zeros((len(self._points), len(self._tan)))
        self._position = self._changers.opened.copy()
        self._values = np.zeros(len(self.signals))
        self._sums = np.zeros(4)
        self._stale, self._failed, self._first = True, False, True
        self._v: Complex = np.zeros(0, dtype=np.complex128)

    # -- switching states -----------------------------------------------------------------------

    def _switch(self) -> None:
        """Take over the present switching state, compiled if it is new."""
        key = b"".join(np.packbits(self._flags(table)).tobytes() for table in TABLES)
        if key not in self._cache:
            self._cache[key] = self._compile()
        known = None if self._first or self._failed else self._voltage_by_bus()
        self._state = self._cache[key]
        self._solver = self._new_solver()
        self._v = self._start(known)
        self._first, self._stale = False, False
        self._write_taps()

    def _start(self, known: Complex | None) -> Complex:
        """Return where Newton starts: the last solution where there is one, else that without load."""
        compiled = self._state.compiled
        v = compiled.start.copy()
        if known is None:
            return v
        carry = (compiled.bus >= 0) & (np.abs(known) > 0.0)
        v[compiled.bus[carry]] = known[carry]
        v[compiled.ref] = compiled.start[compiled.ref]
        v[compiled.pv] *= np.abs(compiled.start[compiled.pv]) / np.abs(v[compiled.pv])
        return v

    def _compile(self) -> State:
        try:
            return build_state(self._net, self._changers)
        except Exception as error:  # pandapower raises many kinds; each means no source or no solution
            raise Unsolved(f"the grid cannot be compiled: {error}", "power/network") from error

    def _write_taps(self) -> None:
        self._matrices = matrices(self._state, self._changers, self._position)

    # -- the load flow --------------------------------------------------------------------------

    def _newton(self) -> None:
        folded, compiled = self._state.fold, self._state.compiled
        self._at_bus = self._sum_by_bus()
        power = (compiled.fixed - self._at_bus / compiled.base_mva)[folded.keep]
        if not self._run(self._v[folded.keep], power):
            self._solver = self._new_solver()
            if not self._run(compiled.start[folded.keep], power):
                self._reference()
                return
        self._v[folded.keep] = self._solver.get_V()

    def _sum_by_bus(self) -> Complex:
        """Return what loads draw at each internal bus, MVA."""
        state = self._state
        total = np.zeros_like(state.compiled.fixed)
        if len(state.by_bus):
            p, q = np.add.reduceat(self._demand[:, state.by_bus], state.starts, axis=1)
            total[state.load_bus] = p + 1j * q
        return total

    def _run(self, start: Complex, power: Complex) -> bool:
        folded = self._state.fold
        return bool(
            self._solver.compute_pf(
                self._matrices.newton,
                start,
                power,
                folded.ref,
                folded.weights,
                folded.pv,
                folded.pq,
                _ITERATIONS,
                _TOLERANCE_PU,
            )
        )

    def _reference(self) -> None:
        """Let pandapower's own solver try before giving up."""
        import pandapower as pp

        net = self._net
        before = net.load[["p_mw", "q_mvar", "scaling"]].copy()
        net.load["p_mw"], net.load["q_mvar"], net.load["scaling"] = self._demand[0], self._demand[1], 1.0
        for i, (element, index) in enumerate(self._changers.elements):
            net[element].at[index, "tap_pos"] = int(self._position[i])
        try:
            pp.runpp(net, lightsim2grid=False, numba=False, calculate_voltage_angles=True, init="dc")
            self._v = np.asarray(net._ppc["internal"]["V"], dtype=np.complex128).copy()
        except Exception as error:  # pandapower raises LoadflowNotConverged and, when singular, others
            demand = self._demand[0].sum()
            raise Unsolved(f"no load flow solution at {demand:.1f} MW of demand", "power/network") from error
        finally:
            net.load[["p_mw", "q_mvar", "scaling"]] = before
            for i, (element, index) in enumerate(self._changers.elements):
                net[element].at[index, "tap_pos"] = int(self._changers.opened[i])

    def _controlled_voltage(self) -> Vector:
        """Return the voltage at each tap changer's bus, 0 where dead."""
        bus = self._state.compiled.bus[self._changers.bus]
        return np.abs(self._v[bus]) * (bus >= 0)

    def _voltage_by_bus(self) -> Complex:
        bus = self._state.compiled.bus
        return np.where(bus >= 0, self._v[bus], 0.0)

    # -- opening --------------------------------------------------------------------------------

    def _flags(self, table: str) -> Mask:
        column = "closed" if table == "switch" else "in_service"
        return np.asarray(self._net[table][column].to_numpy(), dtype=bool)

    def _mistake(self, change: Change) -> Mistake | None:
        table, _ = self._where.get(change.asset, ("", 0))
        if not table:
            return Mistake(self._file, 0, f"unknown asset {change.asset}")
        right = "closed" if table == "switch" else "in_service"
        if change.field != right:
            return Mistake(self._file, 0, f"{change.asset} has no field {change.field}", right)
        return None

    def _loads(self, addresses: Sequence[str]) -> Index:
        wrong = [a for a in addresses if self._where.get(a, ("", 0))[0] != "load"]
        if wrong:
            raise InvalidInput([Mistake(self._file, 0, f"{a} is not a load") for a in wrong])
        return np.array([self._where[a][1] for a in addresses], dtype=np.intp)

    def _make_signals(self) -> tuple[Signal, ...]:
        loading, power = ("loading_percent", "%"), ("power_mw", "MW")
        columns = [
            ("bus", ("voltage_pu", "pu")),
            *((table, kind) for table in ("line", "trafo", "trafo3w") for kind in (loading, power)),
            ("ext_grid", power),
            ("ext_grid", ("apparent_mva", "MVA")),
            ("load", ("supply_pu", "pu")),
            ("load", power),
        ]
        signals = [Signal(f"power/{name}", *kind) for table, kind in columns for name in self._names[table]]
        whole = ("supplied_mw", "load_mw", "losses_mw", "unserved_mw")
        return tuple(signals + [Signal("power/network", name, "MW") for name in whole])

    def _ratings(self) -> dict[str, float]:
        two, three = self._net.trafo, self._net.trafo3w
        ratings = dict(zip(self._names["trafo"], two.sn_mva * two.parallel, strict=True))
        ratings |= dict(
            zip(self._names["trafo3w"], three[["sn_mv_mva", "sn_lv_mva"]].max(axis=1), strict=True)
        )
        return {f"power/{name}": float(mva) for name, mva in ratings.items()}


def _native_loads(net: Any) -> Vector:
    """Return MW and Mvar of the file's own loads, scaling applied, shape (2, loads)."""
    scaled = net.load[["p_mw", "q_mvar"]].mul(net.load.scaling, axis=0).mul(net.load.in_service, axis=0)
    return np.ascontiguousarray(scaled.to_numpy(dtype=float).T)


def _refuse_voltage_dependent(net: Any, file: str) -> None:
    """Refuse loads that depend on voltage: their power would silently be taken as constant."""
    columns = [c for c in net.load.columns if c.startswith(("const_z", "const_i"))]
    rows = net.load.index[(net.load[columns].fillna(0.0) != 0.0).any(axis=1)] if columns else []
    if len(rows):
        raise InvalidInput(
            [Mistake(file, 0, f"load {row} depends on voltage", "constant-power loads") for row in rows]
        )
