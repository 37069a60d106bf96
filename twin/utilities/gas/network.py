"""The gas network: sources, regulators, compressors and mains, delivering what pressure allows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.utilities.base import NOTHING, Cause, Change, Mask, Snapshot, Vector, WithoutStorage
from twin.utilities.demand import Given
from twin.utilities.gas.asked import Asked, Kept
from twin.utilities.gas.blame import Blame
from twin.utilities.gas.capacities import SOURCE, STATION
from twin.utilities.gas.curtailment import Curtailment, Cuts
from twin.utilities.gas.grid import Grid
from twin.utilities.gas.names import NAME
from twin.utilities.gas.read import read_gas
from twin.utilities.gas.readings import Readings
from twin.utilities.gas.regulation import Limits, Modes, Regulation
from twin.utilities.gas.settings import GasSettings
from twin.utilities.gas.standing import SavedFlags, Standing

_SECONDS_PER_HOUR = 3600.0
_NOTHING_M3_PER_H = 1e-6
_PASSED = 5


class Saved(NamedTuple):
    """A network at an instant."""

    standing: SavedFlags
    asked: Kept
    modes: Modes | None
    settled: Modes | None
    grid: tuple[Vector, ...]
    readings: tuple[Vector, ...]
    sums: Vector
    now: dict[Cause, float]
    causes: dict[Cause, float]
    flags: tuple[bool, bool, bool]


class GasNetwork(WithoutStorage):
    """One pandapipes network of a gas as a `Network`.

    Parameters
    ----------
    path, settings
        pandapipes JSON, its pressures and limits.
    demand_points
        Addresses of the sinks that carry districts' demand.
    ranks
        Of each class of demand, when it is cut: 0 first.
    running
        Addresses that stop without electricity: the port of that name, 1 or 0 for each.
    burnt
        Addresses of sinks whose demand links give: the port of that name, m3/h.
    ratings
        By kind of capacity what its members can pass, m3/h: sources and regulators pass no more.
    given
        What time series give to sinks.

    Attributes
    ----------
    path, file
        What was read.
    standing, asked, grid, regulation
        What stands, what is asked for, the equations, and what regulators do.
    warnings
        What of the file is not used.

    Raises
    ------
    InvalidInput
        For a file that is no network of a gas, and for an unknown sink.
    """

    name: str = NAME
    _sums: Vector
    _now: dict[Cause, float]
    _causes: dict[Cause, float]
    _settled: Modes | None
    _stale: bool
    _failed: bool
    ratings: Mapping[str, float] = {}
    totals: tuple[str, ...] = ("supplied_m3", "fed_back_m3", "served_m3", "unserved_m3", "asked_m3")

    def __init__(
        self,
        path: Path,
        settings: GasSettings,
        demand_points: Sequence[str] = (),
        ranks: Sequence[int] = (),
        running: Sequence[str] = (),
        burnt: Sequence[str] = (),
        ratings: Mapping[str, Mapping[str, float]] | None = None,
        given: Sequence[Given] = (),
    ) -> None:
        self.path, self.file = path, read_gas(path, settings.friction)
        file = self.file
        self.standing = Standing(file.names, file.built, running)
        self._refuse_unknown(settings, running)
        self.asked = Asked(file, settings, demand_points, ranks, burnt, given)
        self.warnings = (*file.warnings, *self.asked.warnings)
        self.grid = Grid(file, self.asked.sinks, self.asked.ranks)
        self.regulation = Regulation(self.grid, self._limits(settings, ratings or {}))
        self._readings = Readings(self.grid, self.regulation, settings)
        self._blame = Blame(self.grid, self.standing)
        self.signals = self._readings.signals
        self.reset()
        mistakes = self._unreached()
        if mistakes:
            raise InvalidInput(mistakes)
        self.reset()

    def apply(self, changes: Sequence[Change]) -> None:
        """Build elements (`in_service`, of valves `opened`) or not; hold and release them (`held`)."""
        self.standing.apply(changes, self.file.file)
        self._stale = True

    def set_base(self, base: Vector) -> None:
        """Set each demand point's base m3/h by class."""
        self.asked.base = base.copy()

    def set_demand(self, factors: Vector, native: float = 1.0, given: Vector = NOTHING) -> None:
        """Set this instant's factor of each class, and of the file's own sinks and sources."""
        self.asked.set(factors, native, given)

    def set_input(self, port: str, values: Vector) -> None:
        """Stop what has no electricity (``running``); set m3/h that plants ask for (``burnt``)."""
        if port == "burnt":
            self.asked.burnt = np.asarray(values, dtype=float).ravel().copy()
        elif self.standing.feed(values):
            self._stale = True

    def solve(self) -> None:
        """Find the steady state now; demand that sources, stations or pressures do not allow is not served.

        Raises
        ------
        Unsolved
            If there is none.
        """
        self._failed = True
        if self._stale:
            self._switch()
        wanted = self.asked.wanted(self.standing)
        try:
            cuts = self._find(wanted)
        except Unsolved:
            # where regulators stood before may lead astray: once more from where all of them hold
            self.grid.cold = True
            self._switch()
            cuts = self._find(wanted)
        total = wanted.sum(axis=1)
        self._readings.write(total, self.standing)
        self._now = self._blame.missing(total, cuts)
        self._failed = False

    def _find(self, wanted: Vector) -> Cuts:
        """Find the steady state where so much is asked for, kg/s by sink and rank; return what is cut."""
        grid, own = self.grid, self.regulation
        fed = self.asked.fed(self.standing)
        served = grid.reached[grid.sinks.node] & self.standing.now("sink")
        grid.now.wanted[:] = wanted * served[:, None]
        if self._settled is not None:
            own.restore(self._settled)
        own.settle(fed)
        self._readings.ask(grid.now.wanted)
        self._settled = own.save()
        cutting = Curtailment(own)
        return cutting.relieve(fed) if cutting.exceeds() else {}

    def read(self) -> Vector:
        """Return one value per signal."""
        return self._readings.values

    def read_totals(self) -> Vector:
        """Return what was accounted since the opening, in the order of `totals`."""
        return self._sums

    def read_causes(self) -> Mapping[Cause, float]:
        """Return m3 of gas not served since the opening, by cause."""
        return self._causes

    def active(self) -> Mask:
        """Return for each signal whether its element is in service and reached by gas."""
        if self._stale:
            self._switch()
        return self._readings.active(self.standing)

    def relief(self, assets: frozenset[str]) -> Vector:
        """Return 1 for each point: who draws is not told apart."""
        return np.ones(len(self.asked.points))

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return nothing: signals tell what is amiss."""
        return {}

    def next_change_s(self) -> int:
        """Return a number that is never reached: nothing changes by itself."""
        return 1 << 60

    def advance(self, seconds: int) -> None:
        """Account what passed at the last solution; without one all demand is unserved."""
        hours = seconds / _SECONDS_PER_HOUR
        if self._failed:
            asked = (
                float(self.asked.wanted(self.standing).sum()) * self.file.fluid.m3_per_kg * _SECONDS_PER_HOUR
            )
            self._sums[3:] += asked * hours
            self._now = {Cause("gas_unserved_m3", "no solution", f"{NAME}/network"): asked}
        else:
            self._sums += self._readings.passed * hours
        for cause, rate in self._now.items():
            if rate > _NOTHING_M3_PER_H:
                self._causes[cause] = self._causes.get(cause, 0.0) + rate * hours

    def reset(self) -> None:
        """Return to the opened state, to the bit."""
        self.standing.reset()
        self.asked.reset()
        self.grid.reset()
        self._readings.reset()
        self._sums = np.zeros(_PASSED)
        self._now, self._causes = {}, {}
        self._stale, self._failed = True, False
        self._settled = None

    def snapshot(self) -> Snapshot:
        """Return the network as a solved pandapipes net."""
        from twin.utilities.gas.snapshot import take_snapshot

        if self._failed or self._stale:
            raise Unsolved("no solution", f"{NAME}/network")
        return take_snapshot(self)

    def save(self) -> object:
        """Return what it would go on from."""
        modes = None if self._stale else self.regulation.save()
        now = self.grid.now
        return Saved(
            self.standing.save(),
            self.asked.save(),
            modes,
            self._settled,
            tuple(part.copy() for part in now),
            self._readings.save(),
            self._sums.copy(),
            dict(self._now),
            dict(self._causes),
            (self._stale, self._failed, self.grid.cold),
        )

    def restore(self, state: object) -> None:
        """Go on from a saved state."""
        assert isinstance(state, Saved)
        self.reset()
        self.standing.restore(state.standing)
        self.asked.restore(state.asked)
        self._stale, self._failed, cold = state.flags
        settled = state.settled
        if state.modes is not None:
            self._switch()
            self.regulation.restore(state.modes)
        self._settled = settled
        for part, kept in zip(self.grid.now, state.grid, strict=True):
            part[:] = kept
        self.grid.cold = cold
        self._readings.restore(state.readings)
        self._sums = state.sums.copy()
        self._now, self._causes = dict(state.now), dict(state.causes)

    def _switch(self) -> None:
        """Take over what is in service now."""
        self.regulation.begin({table: self.standing.now(table) for table in self.file.built})
        self._stale, self._settled = False, None

    def _limits(self, settings: GasSettings, ratings: Mapping[str, Mapping[str, float]]) -> Limits:
        names, per_kg = self.file.names, self.file.fluid.m3_per_kg * _SECONDS_PER_HOUR
        stations, sources = ratings.get(STATION, {}), ratings.get(SOURCE, {})
        inlet = settings.min_inlet_pressures_bar
        return Limits(
            np.array([stations.get(own, np.inf) / per_kg for own in names["press_control"]]),
            np.array([sources.get(own, np.inf) / per_kg for own in names["ext_grid"]]),
            np.array([inlet.get(own, -np.inf) for own in names["press_control"]]),
        )

    def _refuse_unknown(self, settings: GasSettings, running: Sequence[str]) -> None:
        """Refuse settings that name what is not there."""
        kinds = (
            ("sink", settings.required_pressures_bar),
            ("press_control", settings.min_inlet_pressures_bar),
        )
        wrong = [
            Mistake(self.file.file, 0, f"{address} is not a {table}")
            for table, own in kinds
            for address in own
            if self.standing.where.get(address, ("", 0))[0] != table
        ]
        wrong += [
            Mistake(self.file.file, 0, f"unknown asset {a}") for a in running if a not in self.standing.where
        ]
        if wrong:
            raise InvalidInput(wrong)

    def _unreached(self) -> list[Mistake]:
        """Return sinks that hang together with no source, whatever is in service."""
        file, grid = self.file, self.grid
        everything = {table: np.ones_like(flags) for table, flags in file.built.items()}
        self.regulation.begin(everything)
        alone = np.flatnonzero(~grid.reached[file.draws["sink"].node])
        names = file.names["sink"]
        return [Mistake(file.file, 0, f"no gas reaches {names[row]}", "a way from a source") for row in alone]
