"""N-1 by load flow: every line, transformer and supply out, one at a time, at the last solution.

Each outage takes its branches' admittances out of the compiled bus matrix and is solved by Newton from
the intact voltages, taps as they are: pandapower builds nothing in between. Where the pattern of the matrix
holds, its factors are those of `kept_factors`; else, and where these find nothing, KLU's. What an outage cuts
from every supply is dead, and its load unserved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_matrix

from twin.compiled import compiled
from twin.utilities.base import Vector
from twin.utilities.power.compile import Compiled, Fold, fold
from twin.utilities.power.load_flow import Solution, collapsed, hold
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.outage_flows import OutageFlows
from twin.utilities.power.outage_updates import Plan, Plans
from twin.utilities.power.rules import AnyIndex, Balance, Complex, Index, obey, times

_PRECISION = 1e-3
_NO_LIMIT = 2.0**20


@dataclass(frozen=True, slots=True)
class Contingency:
    """One outage and what it leaves.

    Attributes
    ----------
    asset
        What is out.
    solved
        Whether there is a load flow solution; without one, the voltage collapses.
    worst
        The element that is loaded most, over what it may carry in an emergency.
    loading
        Its loading: percent of its rating, MVA of a supply.
    severity
        Its loading over what it may carry in an emergency; above 1 the outage is not survived.
    min_voltage_pu
        Lowest voltage at a bus that is alive.
    unserved_mw
        Load that is cut from every supply.
    """

    asset: str
    solved: bool
    worst: str
    loading: float
    severity: float
    min_voltage_pu: float
    unserved_mw: float


class Branches(NamedTuple):
    """Branch ends: admittances, buses, those opposite, percent per pu of current; each bus's source or -1."""

    own: Complex
    mutual: Complex
    ends: Index
    others: Index
    scales: Vector
    slack_of: Index


class Contingencies:
    """All single outages of a power network in one switching state.

    Parameters
    ----------
    network
        Solved at least once since it was last switched.
    solution
        The intact grid: an earlier solution of the network, the last one if None.
    """

    def __init__(self, network: PowerNetwork, solution: Solution | None = None) -> None:
        self._intact = intact = solution or network.solution()
        self._new_solver = network.flow.new_solver
        self._solver = self._new_solver()
        self._plans = Plans(intact, network.names)
        self._matrix = intact.state.fold.matrix(intact.matrices.data)
        self._data = self._matrix.data.copy()
        self.outages = list(self._plans)
        pattern, net = intact.state.elimination, intact.state.compiled
        own = None if pattern is None else OutageFlows(pattern, self._data, net.fixed, net.base_mva)
        self._flows = own

    def solve(self, factor: float = 1.0, outages: Sequence[Plan] | None = None) -> list[Contingency]:
        """Return the outcome of all outages, or some, with all loads times a factor."""
        outages = self.outages if outages is None else outages
        at_bus = self._intact.at_bus * factor
        net = self._intact.state.compiled
        self._all_injected = net.fixed - at_bus / net.base_mva
        self._wanted = self._intact.wanted_mw * factor + self._intact.constant_mw
        voltages = np.zeros((len(outages), len(at_bus)), dtype=np.complex128)
        solved = np.array([self._newton(plan, at_bus, v) for plan, v in zip(outages, voltages, strict=True)])
        severity, loading, lowest = self._judge(outages, voltages, at_bus)
        worst = severity.argmax(axis=1)
        return [
            self._outcome(plan, bool(solved[i]), int(worst[i]), loading[i], severity[i], float(lowest[i]))
            for i, plan in enumerate(outages)
        ]

    def firm_factor(self, min_voltage_pu: float) -> tuple[float, str]:
        """Return the largest factor on all loads at which every outage is survived, and the worst outage.

        An outage is survived if it is solved, no element is beyond its emergency rating and no voltage
        below its limit. What it cuts off for want of a second feeder does not count: no factor helps. The
        factor is infinite if there is no load, or no outage leaves any.
        """
        low, high, worst = 0.0, 1.0, ""
        candidates: Sequence[Plan] = self.outages
        while True:
            failing = self._failing(high, candidates, min_voltage_pu)
            if failing:
                break
            low, high = high, 2.0 * high
            if high > _NO_LIMIT:
                return np.inf, ""
        while high - low > _PRECISION * high:
            candidates, worst = failing, failing[0].asset
            middle = 0.5 * (low + high)
            fails = self._failing(middle, candidates, min_voltage_pu)
            if fails:
                high, failing = middle, fails
            else:
                low = middle
        return low, worst

    def _failing(self, factor: float, outages: Sequence[Plan], min_voltage_pu: float) -> list[Plan]:
        """Return the outages that are not survived with all loads times a factor."""
        return [
            plan
            for plan, o in zip(outages, self.solve(factor, outages), strict=True)
            if not o.solved or o.severity > 1.0 or o.min_voltage_pu < min_voltage_pu
        ]

    def _outcome(
        self,
        plan: Plan,
        solved: bool,
        worst: int,
        loading: Vector,
        severity: Vector,
        lowest: float,
    ) -> Contingency:
        unserved = float(self._wanted[plan.dead].sum())
        if len(plan.dead) == len(self._wanted):
            return Contingency(plan.asset, True, "", 0.0, 0.0, np.inf, unserved)
        if not solved:
            return Contingency(plan.asset, False, "", np.inf, np.inf, 0.0, unserved)
        name = self._intact.elements[worst]
        return Contingency(
            plan.asset, True, name, float(loading[worst]), float(severity[worst]), lowest, unserved
        )

    def _newton(self, plan: Plan, at_bus: Complex, v: Complex) -> bool:
        """Solve one outage into ``v``; return whether there is a solution."""
        if len(plan.dead) == len(v):
            return True
        net, folded = self._intact.state.compiled, self._intact.state.fold
        if plan.slots is None:
            folded, solver = self._own_fold(plan), self._new_solver()
            data = self._intact.matrices.data.copy()
            np.subtract.at(data, self._plans.entries[plan.out].ravel(), self._plans.leaving[plan.out].ravel())
            matrix = folded.matrix(data)
        else:
            solver, matrix = self._solver, self._matrix
            matrix.data[:] = self._data
            np.add.at(matrix.data, plan.slots, plan.values)
        keep = folded.keep
        start = self._intact.voltage
        if plan.hung >= 0:
            start = start.copy()
            start[plan.dead] = start[plan.hung]

        def newton(matrix: csc_matrix, power: Complex, pv: AnyIndex, pq: AnyIndex) -> Complex | None:
            by = solver if len(pq) == len(folded.pq) else self._new_solver()
            found = by.compute_pf(matrix, start[keep], power, folded.ref, folded.weights, pv, pq, 20, 1e-8)
            return np.array(by.get_V()) if found else None  # the solver may go, and its memory with it

        if self._flows is not None and plan.slots is not None:
            v[:] = start
            if self._flows.solve(plan, v, self._alive(net.fixed, plan), self._alive(at_bus, plan)):
                v[plan.dead] = 0.0
                return True
            v[:] = 0.0
        if net.rules:
            start = start.copy()
            hold(net, start)
            fixed, load = self._alive(net.fixed, plan), self._alive(at_bus / net.base_mva, plan)
            rules = replace(net.rules, drawn=self._alive(net.rules.drawn, plan))
            balance = Balance(matrix, keep, folded.pv, folded.pq, fixed, load)
            found, _ = obey(rules, newton, balance, np.abs(start))
        else:
            found = newton(matrix, self._alive(self._all_injected, plan)[keep], folded.pv, folded.pq)
        if found is None or (not net.rules.follow.size and collapsed(found, self._intact.voltage[keep])):
            self._solver = self._new_solver()
            return False
        v[plan.refs] = net.start[plan.refs]
        v[keep] = found
        v[plan.dead] = 0.0
        return True

    def _alive(self, power: Complex, plan: Plan) -> Complex:
        """Return a power at each bus, none where an outage cuts it off."""
        if not len(plan.dead):
            return power
        left = power.copy()
        left[plan.dead] = 0.0
        return left

    def _own_fold(self, plan: Plan) -> Fold:
        intact = self._intact.state.compiled
        demoted = np.setdiff1d(intact.ref, plan.refs)
        net: Compiled = replace(
            intact, ref=plan.refs[~np.isin(plan.refs, plan.dead)], pq=np.concatenate([intact.pq, demoted])
        )
        return fold(net, plan.dead)

    def _judge(self, outages: Sequence[Plan], v: Complex, at_bus: Complex) -> tuple[Vector, Vector, Vector]:
        """Return loading over limit and loading of every element, and the lowest live voltage, by outage."""
        state, y, net = self._intact.state, self._intact.matrices, self._intact.state.compiled
        out = np.full((len(outages), 3), -1, dtype=np.intp)
        for i, plan in enumerate(outages):
            out[i, : len(plan.out)] = plan.out
        branches, into = _flows(
            v,
            out,
            Branches(y.own, y.mutual, state.ends, state.others, state.scales, self._slack_of),
            len(state.sources),
        )
        shunt = (net.shunt - 1j * net.susceptance)[state.sources] * np.abs(v[:, state.sources]) ** 2
        beside = net.rules.drawn[state.sources] * net.base_mva if net.rules else 0.0
        factors = net.rules.factors(np.abs(net.start))[:, state.sources]
        drawn = times(at_bus[state.sources] + beside, factors) - beside
        slack = (into + shunt) * net.base_mva + drawn
        ext = (slack[:, state.ext_slack] - state.ext_other) * state.ext_share
        left = np.ones(ext.shape, dtype=bool)
        for i, plan in enumerate(outages):
            if len(plan.refs) < len(net.ref):
                left[i] = np.isin(state.sources[state.ext_slack], plan.refs)
        loading = np.concatenate([branches, np.abs(ext) * left], axis=1)
        magnitude = np.abs(v)
        alive = np.where(magnitude > 0.0, magnitude, np.inf)
        return loading / self._intact.limits, loading, alive.min(axis=1)

    @cached_property
    def _slack_of(self) -> Index:
        """Return which source each bus is, -1 for none."""
        state = self._intact.state
        of = np.full(len(state.compiled.start), -1, dtype=np.intp)
        of[state.sources] = np.arange(len(state.sources))
        return of


@compiled
def _flows(v: Complex, out: Index, at: Branches, slacks: int) -> tuple[Vector, Complex]:
    """Return the loading of every branch, percent, and the power into branches at slack buses, by outage.

    Parameters
    ----------
    v
        Voltages by outage and bus.
    out
        Branches that are out, by outage, filled up with -1.
    """
    count = len(at.ends) // 2
    loading = np.zeros((len(v), count))
    into = np.zeros((len(v), slacks), dtype=np.complex128)
    for i in range(len(v)):
        for end in range(2 * count):
            branch = end % count
            if branch == out[i, 0] or branch == out[i, 1] or branch == out[i, 2]:
                continue
            voltage = v[i, at.ends[end]]
            current = at.own[end] * voltage + at.mutual[end] * v[i, at.others[end]]
            loading[i, branch] = max(loading[i, branch], abs(current) * at.scales[end])
            slack = at.slack_of[at.ends[end]]
            if slack >= 0:
                into[i, slack] += voltage * current.conjugate()
    return loading, into
