"""N-1 by load flow: every line, transformer and supply out, one at a time, at the last solution.

Each outage takes its branches' admittances out of the compiled bus matrix and is solved by Newton from
the intact voltages, taps as they are: pandapower builds nothing in between. What an outage cuts from
every supply is dead, and its load unserved.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin.networks.base import Vector
from twin.networks.power import PowerNetwork
from twin.networks.power_compile import Compiled, Complex, Fold, Index, fold
from twin.networks.power_state import rated_branches
from twin.networks.power_taps import entries

_NONE: Index = np.zeros(0, dtype=np.intp)


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
    loading_percent
        Its loading in percent of its rating.
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
    loading_percent: float
    severity: float
    min_voltage_pu: float
    unserved_mw: float


class Contingencies:
    """All single outages of a power network in its present switching state.

    Parameters
    ----------
    network
        Solved at least once since it was last switched.
    emergency_factor
        What a transformer may carry for hours, over its rating; lines may carry their rating.
    """

    def __init__(self, network: PowerNetwork, emergency_factor: float) -> None:
        self._network, self._state = network, network.flow.state
        net = self._net = self._state.compiled
        ends = ((net.f, net.f), (net.f, net.t), (net.t, net.f), (net.t, net.t))
        self._entries = np.stack([entries(net, a, b) for a, b in ends], axis=-1)
        self._solver = network.flow.new_solver()
        self._names, self._limit = rated_branches(self._state, network.names, emergency_factor)
        self.outages = list(self._outages())

    def solve(self, factor: float = 1.0) -> list[Contingency]:
        """Return every outage's outcome with all loads times a factor."""
        return [self._solve(asset, branches, refs, factor) for asset, branches, refs in self.outages]

    def firm_factor(self, min_voltage_pu: float, highest: float = 8.0) -> tuple[float, str]:
        """Return the largest factor on all loads at which every outage is survived, and the worst outage.

        An outage is survived if it is solved, no element is beyond its emergency rating and no voltage
        below its limit. What it cuts off for want of a second feeder does not count: no factor helps.
        """
        low, high, worst = 0.0, highest, ""
        candidates = self.outages
        while high - low > 1e-3:
            middle = 0.5 * (low + high)
            failing = [o for o in candidates if not self._survived(o, middle, min_voltage_pu)]
            if failing:
                high, candidates, worst = middle, failing, failing[0][0]
            else:
                low = middle
        return low, worst

    def _survived(self, outage: "Outage", factor: float, min_voltage_pu: float) -> bool:
        outcome = self._solve(*outage, factor)
        return outcome.solved and outcome.severity <= 1.0 and outcome.min_voltage_pu >= min_voltage_pu

    def _outages(self) -> Iterator["Outage"]:
        places, names = self._state.places, self._network.names
        refs = self._net.ref
        for table, rows in (("line", places.line), ("trafo", places.trafo)):
            for name, row in zip(names[table], rows, strict=True):
                if row >= 0:
                    yield f"power/{name}", np.array([row]), refs
        for name, three in zip(names["trafo3w"], places.trafo3w.T, strict=True):
            if (three >= 0).all():
                yield f"power/{name}", three, refs
        slack = self._state.ext_slack
        for i, name in enumerate(names["ext_grid"]):
            share = self._state.ext_share[i]
            if share > 0.0:
                left = refs if share < 1.0 else np.delete(refs, slack[i])
                yield f"power/{name}", _NONE, left

    def _solve(self, asset: str, out: Index, refs: Index, factor: float) -> Contingency:
        net, base = self._net, self._network.flow.matrices
        dead = self._dead(out, refs)
        at_bus = self._network.at_bus * factor
        unserved = float(at_bus.real[dead].sum())
        if len(dead) == len(net.start):
            return Contingency(asset, True, "", 0.0, 0.0, np.inf, unserved)
        data = base.data.copy()
        branches = len(net.f)
        leaving = np.stack(
            [base.own[out], base.mutual[out], base.mutual[branches + out], base.own[branches + out]], -1
        )
        np.subtract.at(data, self._entries[out].ravel(), leaving.ravel())
        own_fold = len(dead) > 0 or len(refs) < len(net.ref)
        folded = self._fold(refs, dead) if own_fold else self._state.fold
        v = self._newton(folded, data, self._injected(at_bus, refs), refs, new_pattern=own_fold)
        if v is None:
            return Contingency(asset, False, "", np.inf, np.inf, 0.0, unserved)
        loading = self._loading(v, out)
        severity = loading / self._limit
        worst = int(severity.argmax())
        alive = np.ones(len(v), dtype=bool)
        alive[dead] = False
        lowest = float(np.abs(v[alive]).min())
        return Contingency(
            asset, True, self._names[worst], float(loading[worst]), float(severity[worst]), lowest, unserved
        )

    def _injected(self, at_bus: Complex, refs: Index) -> Complex:
        """Return what is injected at each bus, pu; a bus whose supply is out keeps its generators only."""
        net, state = self._net, self._state
        fixed = net.fixed
        demoted = np.setdiff1d(net.ref, refs)
        if len(demoted):
            fixed = fixed.copy()
            fixed[demoted] = 0.0
            fixed[net.ref[state.ext_slack]] += state.ext_other * state.ext_share / net.base_mva
        return np.asarray(fixed - at_bus / net.base_mva)

    def _newton(
        self, folded: Fold, data: Complex, injected: Complex, refs: Index, new_pattern: bool
    ) -> Complex | None:
        net = self._net
        solver = self._network.flow.new_solver() if new_pattern else self._solver
        power = injected[folded.keep]
        start = self._network.flow.voltage[folded.keep]
        fine = solver.compute_pf(
            folded.matrix(data), start, power, folded.ref, folded.weights, folded.pv, folded.pq, 20, 1e-8
        )
        if not fine:
            if not new_pattern:
                self._solver = self._network.flow.new_solver()
            return None
        v = np.zeros(len(net.start), dtype=np.complex128)
        v[refs] = net.start[refs]
        v[folded.keep] = solver.get_V()
        return v

    def _fold(self, refs: Index, dead: Index) -> Fold:
        demoted = np.setdiff1d(self._net.ref, refs)
        net: Compiled = replace(
            self._net, ref=refs[~np.isin(refs, dead)], pq=np.concatenate([self._net.pq, demoted])
        )
        return fold(net, dead)

    def _dead(self, out: Index, refs: Index) -> Index:
        net, size = self._net, len(self._net.start)
        if not len(refs):
            return np.arange(size)
        kept = np.delete(np.arange(len(net.f)), out)
        graph = coo_matrix((np.ones(len(kept)), (net.f[kept], net.t[kept])), shape=(size, size))
        _, label = connected_components(graph, directed=False)
        return np.flatnonzero(~np.isin(label, label[refs]))

    def _loading(self, v: Complex, out: Index) -> Vector:
        state, base, count = self._state, self._network.flow.matrices, len(self._net.f)
        current = np.abs(base.own * v[state.ends] + base.mutual * v[state.others]) * state.scales
        loading = np.maximum(current[:count], current[count:])
        loading[out] = 0.0
        return loading


Outage = tuple[str, Index, Index]
