"""The networks and the links between them at one instant: apply, settle, advance."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.city.cached import CachedNetwork
from twin.city.opening import Points, couplings, open_networks, order_of, ports_of
from twin.city.promises import refuse_uneven
from twin.errors import InvalidInput, Mistake, Unsolved
from twin.scenario.schema import Scenario, utility_of
from twin.utilities.base import NOTHING, Cause, Change, Mask, Network, Signal, Vector
from twin.utilities.coupling import NEVER, Give, Opened
from twin.utilities.demand import Demand
from twin.utilities.registry import utilities

HOURS, SECONDS_PER_DAY = 24, 86400
Days = Mapping[str, int]
"""By network, a day since the opening."""
DayDemand = Mapping[str, Demand]
"""One day's demand by utility."""


class Settled(NamedTuple):
    """How an instant came out.

    Attributes
    ----------
    rounds
        Rounds until the networks agreed.
    residual_kw
        What still moved in the last round.
    unsettled
        The last round still moved something.
    unsolved
        Network to the reason why it has no solution.
    """

    rounds: int
    residual_kw: float
    unsettled: bool
    unsolved: dict[str, Unsolved]


class _Turn(NamedTuple):
    """A network when it is its turn to be solved: what fills its ports, and where its readings stand."""

    name: str
    cached: CachedNetwork
    fills: tuple[Callable[[str, Vector, Give], float], ...]
    readings: Vector


class City:
    """Holds the opened networks of a scenario and iterates them until they agree.

    Parameters
    ----------
    scenario
        Which networks, linked how.
    points
        By utility, its demand points in the order of the rows of its demand.

    Attributes
    ----------
    networks
        By name.
    signals
        All networks' signals, in the order of `readings`.
    readings
        The last solution, one value per signal.
    solved
        Per signal, whether its network had a solution at this instant.
    resting
        Networks for which no time passes now: they, and what links hand over from them, stay as they are.
    """

    def __init__(self, scenario: Scenario, points: Points | None = None) -> None:
        self._max_rounds = scenario.settling.max_rounds
        self._points = points = points or {}
        self.networks = open_networks(scenario, points)
        self._cached = {name: CachedNetwork(network) for name, network in self.networks.items()}
        self.resting: frozenset[str] = frozenset()
        self._drawing = {n: c for n, c in self._cached.items() if utilities()[n].draws}
        self._asked: dict[str, Vector] = {}
        self._read: set[str] = set()
        self.signals: tuple[Signal, ...] = tuple(s for n in self.networks.values() for s in n.signals)
        self.readings = np.zeros(len(self.signals))
        self.solved = np.ones(len(self.signals), dtype=bool)
        self._slice = _slices(self.networks)
        columns = {(s.asset, s.quantity): i for i, s in enumerate(self.signals)}
        opened = Opened(columns, ports_of(scenario), points, scenario.settling.tolerance_kw)
        self._couplings = couplings(scenario, opened)
        self._turns = [self._turn(name) for name in order_of(scenario)]
        self._holding = [network.in_force for network in self.networks.values()]
        self._holding += [coupling.in_force for coupling in self._couplings]

    def apply(self, changes: Sequence[Change]) -> None:
        """Hand each change to its network.

        Raises
        ------
        InvalidInput
            For an asset or field that does not exist.
        """
        for name, cached in self._cached.items():
            own = [change for change in changes if utility_of(change.asset) == name]
            if own:
                cached.touch().apply(own)
        unknown = [c for c in changes if utility_of(c.asset) not in self.networks]
        if unknown:
            raise InvalidInput([Mistake(c.asset, 0, "no such network in this scenario") for c in unknown])

    def start_day(self, day: DayDemand) -> None:
        """Set the base demands that hold from now on."""
        for name, cached in self._drawing.items():
            if day[name].base.ndim == 2:
                cached.touch().set_base(day[name].base)
        # demand that arises at another utility's points comes through links
        self._asked = {n: _by_hour(d) for n, d in day.items() if utilities()[n].drawn_at}

    def start_step(self, day: DayDemand, second: int) -> None:
        """Set the demand of the hour or quarter that begins so many seconds after midnight."""
        self.refresh(day, second)
        if second % 3600 == 0:
            asked = {name: hours[second // 3600] for name, hours in self._asked.items()}
            for coupling in self._couplings:
                coupling.start_hour(asked)

    def refresh(self, day: DayDemand, second: int) -> None:
        """Set this step's demand again, after what stands in the city has changed."""
        for name, cached in self._drawing.items():
            if name in self.resting:
                continue
            own = day[name]
            step = second * len(own.factors) // SECONDS_PER_DAY
            network = cached.touch()
            if own.base.ndim == 3:
                network.set_base(own.base[step])
            network.set_demand(
                own.factors[step], float(own.native[step]), own.given[step] if own.given.size else NOTHING
            )

    def settle(self, now_s: int) -> Settled:
        """Solve the networks in turn, and hand over, until none moves another.

        Parameters
        ----------
        now_s
            Seconds from the start, for restart delays.
        """
        residual, moved, rounds = 0.0, True, 0
        while moved and rounds < self._max_rounds:
            rounds += 1
            residual = 0.0
            for turn in self._turns:
                if turn.name in self.resting:
                    continue
                for fill in turn.fills:
                    residual = max(residual, fill(turn.name, self.readings, self._give))
                if turn.cached.stale:
                    self._solve(turn)
            moved = False
            for coupling in self._couplings:
                moved |= coupling.respond(self.readings, now_s, self._is_solved)
        unsolved = {name: c.unsolved for name, c in self._cached.items() if c.unsolved is not None}
        self.solved[:] = True
        for name in unsolved:
            self.solved[self._slice[name]] = False
        return Settled(rounds, residual if moved else 0.0, moved, unsolved)

    def touched(self) -> dict[str, Network]:
        """Let the counted time of all networks pass; return them, about to be read or changed."""
        return {name: cached.touch() for name, cached in self._cached.items()}

    def next_change_s(self, now_s: int) -> int:
        """Return the seconds, at most, until anything in the city changes by itself."""
        soonest = NEVER
        for coupling in self._couplings:
            soonest = min(soonest, coupling.next_change_s(now_s))
        for name, cached in self._cached.items():
            if name not in self.resting:
                soonest = min(soonest, cached.next_change_s())
        return soonest

    def advance(self, seconds: int) -> None:
        """Let time pass at the last solution."""
        for name, cached in self._cached.items():
            if name not in self.resting:
                cached.advance(seconds)
        for coupling in self._couplings:
            coupling.advance(self.readings, seconds, self._is_solved)

    def in_force(self) -> dict[str, Sequence[str]]:
        """Return the assets that networks and links hold back by themselves now, by kind of incident."""
        found: dict[str, Sequence[str]] = {}
        for in_force in self._holding:
            for kind, assets in in_force().items():
                found[kind] = (*found.get(kind, ()), *assets)
        return found

    def active(self) -> Mask:
        """Return for each signal whether its asset is in service."""
        active = {name: network.active() for name, network in self.networks.items()}
        for name, own in active.items():
            refuse_uneven(name, "active", own, self.networks[name].signals)
        return np.concatenate(list(active.values()))

    def network_of_signals(self) -> NDArray[np.intp]:
        """Return for each signal the number of its network."""
        return np.repeat(np.arange(len(self.networks)), [len(n.signals) for n in self.networks.values()])

    def alike(self, day: int) -> Days:
        """Return by network the earliest day since the opening that goes by its file like a day."""
        return {name: network.alike(day) for name, network in self.networks.items()}

    def start_clock(self, days: Days) -> None:
        """Let it be the midnight that begins a day of each network's own, after a reset."""
        for name, network in self.networks.items():
            network.start_clock(days[name])

    def relief(self, asked: Mapping[str, tuple[str, frozenset[str]]]) -> dict[str, Vector]:
        """Return by name what a unit drawn at each point puts onto some assets, as they stand."""
        found = {name: self.networks[utility].relief(assets) for name, (utility, assets) in asked.items()}
        for name, (utility, _) in asked.items():
            refuse_uneven(utility, "relief", found[name], self._points[utility])
        return found

    def read_totals(self) -> dict[str, dict[str, float]]:
        """Return what each network accounted since its opening."""
        totals = {}
        for name, cached in self._cached.items():
            network = cached.touch()
            own = network.read_totals()
            refuse_uneven(name, "read_totals", own, network.totals)
            totals[name] = dict(zip(network.totals, map(float, own), strict=True))
        return totals

    def read_causes(self) -> dict[Cause, float]:
        """Return what no network could serve since its opening, by cause."""
        causes: dict[Cause, float] = {}
        for cached in self._cached.values():
            causes |= cached.touch().read_causes()
        return causes

    def reset(self) -> None:
        """Return to the opened state, to the bit."""
        for cached in self._cached.values():
            cached.network.reset()
            cached.forget()
        for coupling in self._couplings:
            coupling.reset()
        self.readings[:] = 0.0
        self.solved[:] = True
        self.resting = frozenset()

    def _give(self, utility: str, port: str, values: Vector) -> None:
        self._cached[utility].take_input(port, values)

    def _is_solved(self, utility: str) -> bool:
        return self._cached[utility].unsolved is None

    def _turn(self, name: str) -> _Turn:
        fills = tuple(coupling.fill for coupling in self._couplings if name in coupling.fills)
        return _Turn(name, self._cached[name], fills, self.readings[self._slice[name]])

    def _solve(self, turn: _Turn) -> None:
        name, cached = turn.name, turn.cached
        try:
            cached.solve()
        except Exception as error:
            error.add_note(f"while the network of {name} was solved")
            raise
        if cached.unsolved is None:
            values = cached.network.read()
            if name not in self._read:
                refuse_uneven(name, "read", values, cached.network.signals)
                self._read.add(name)
            turn.readings[:] = values


def _by_hour(demand: Demand) -> Vector:
    """Return what is asked for in each hour at each point: the mean of its steps, where they are shorter."""
    if demand.base.ndim == 2:
        return _hourly(demand.factors) @ demand.base.T
    return _hourly(np.einsum("spc,sc->sp", demand.base, demand.factors))


def _hourly(steps: Vector) -> Vector:
    return steps if len(steps) == HOURS else steps.reshape(HOURS, -1, steps.shape[1]).mean(axis=1)


def _slices(networks: dict[str, Network]) -> dict[str, slice]:
    slices, start = {}, 0
    for name, network in networks.items():
        slices[name] = slice(start, start + len(network.signals))
        start += len(network.signals)
    return slices
