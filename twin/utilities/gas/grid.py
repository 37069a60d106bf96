"""A gas network at an instant: its switching state, and Newton's method from where it is."""

from collections.abc import Mapping

import numpy as np

from twin.errors import Unsolved
from twin.pinned import pin
from twin.utilities.base import Mask, Vector
from twin.utilities.gas.constants import State, compile_state, gas_of, kinds_of
from twin.utilities.gas.elimination import order
from twin.utilities.gas.equations import FOUND, SINGULAR, assemble, measure, most_flow, solve
from twin.utilities.gas.gas_file import GasFile
from twin.utilities.gas.names import BRANCHES, NAME
from twin.utilities.gas.structures import HOLDS, PASSES, Branch, Equations, Index, Now, Sinks
from twin.utilities.gas.temperatures import Temperatures

_STATES_KEPT = 200
_STARTING_M_PER_S = 0.1


class Grid:
    """The equations of a file in one switching state after another.

    Parameters
    ----------
    file
        What was read.
    sinks
        Where sinks draw, and what pressure they need.
    ranks
        How many ranks of demand there are.

    Attributes
    ----------
    now
        What is asked for, and the last solution.
    warm
        What follows the temperatures that sources in service bring.
    kind, other, given
        What each branch does; regulators change it.
    slack
        Nodes whose pressure a source holds.
    live, reached
        Branches and nodes that hang together with a source.
    balance
        What comes to each node less what goes, kg/s, at the last solution: below 0 what its source gives.
    """

    def __init__(self, file: GasFile, sinks: Sinks, ranks: int) -> None:
        self.file, self.gas, self.sinks = file, gas_of(file), sinks
        self._temperatures = Temperatures(file)
        self.warm = self._temperatures.under(file.built["ext_grid"])
        self.by_itself = kinds_of(file)
        own, nodes, branches = file.branches, len(file.nodes.height_m), len(self.by_itself)
        self._table = [np.flatnonzero(own.table == number) for number in range(len(BRANCHES))]
        self.regulating = own.table == BRANCHES.index("press_control")
        area = np.pi * (own.diameter / 2.0) ** 2
        self._start_flow = _STARTING_M_PER_S * area * file.fluid.density
        wanted = np.zeros((len(sinks.node), ranks))
        self.now = Now(
            np.zeros(nodes),
            np.zeros(branches),
            np.zeros(nodes),
            wanted,
            np.zeros_like(wanted),
            np.zeros(branches),
        )
        self._states: dict[bytes, State] = {}
        self.balance = np.zeros(nodes)
        self.reset()

    def reset(self) -> None:
        """Forget where the network was; compiled states are kept."""
        if len(self._states) > _STATES_KEPT:
            self._states.clear()
        self.kind = self.by_itself.copy()
        self.other = np.full(len(self.kind), -1, dtype=np.intp)
        self.cold = True
        for values in self.now:
            values[:] = 0.0

    @property
    def branch(self) -> Branch:
        """Return the constants of the equations, at the temperatures that sources in service bring."""
        return self.warm.branch

    def connect(self, stands: Mapping[str, Mask], held: Mapping[int, float]) -> None:
        """Find what hangs together with a source.

        Parameters
        ----------
        stands
            By table, what is in service.
        held
            By node, the absolute pressure that a source holds there, bar.
        """
        self.warm = self._temperatures.under(stands["ext_grid"])
        own, branch = self.file.branches, self.branch
        count = len(self.file.nodes.height_m)
        up = np.zeros(len(own.row), dtype=bool)
        for number, name in enumerate(BRANCHES):
            rows = self._table[number]
            up[rows] = stands[name][own.row[rows]]
        leads = up & (self.by_itself != PASSES)
        reached = np.zeros(count, dtype=bool)
        reached[list(held)] = True
        while True:
            before = reached.sum()
            reached[branch.end[leads & reached[branch.start]]] = True
            back = leads & ~self.regulating
            reached[branch.start[back & reached[branch.end]]] = True
            if reached.sum() == before:
                break
        self.reached, self.live, self.held = (
            reached,
            up & reached[branch.start] & reached[branch.end],
            dict(held),
        )
        self.slack = np.zeros(count, dtype=bool)
        self.slack[list(held)] = True
        self._set_pressures()

    def _set_pressures(self) -> None:
        now, cold = self.now, self.cold
        for node, bar in self.held.items():
            if self.slack[node]:
                now.square[node] = bar**2
        highest = max([bar**2 for bar in self.held.values()], default=1.0)
        fresh = self.reached & ~self.slack & ((now.square <= 0.0) | cold)
        now.square[fresh] = highest
        new = self.live & ((now.flow == 0.0) | cold)
        now.flow[new] = self._start_flow[new]
        self.cold = False
        self._highest = highest

    def scale(self) -> Vector:
        """Return the squared pressure and the flow by which what is open in equations is judged."""
        now = self.now
        return np.array([self._highest, most_flow(now.wanted, now.fed, now.given)])

    def attempt(self) -> bool:
        """Look for the steady state near to where the network is; return whether it is found."""
        return self._try() == FOUND

    def solve(self) -> None:
        """Find the steady state of the present switching state from afar.

        Raises
        ------
        Unsolved
            If there is none.
        """
        self.cold = True
        self._set_pressures()
        status = self._try(careful=True)
        if status != FOUND:
            self.cold = True
            self._fail(status)

    def _try(self, careful: bool = False) -> int:
        state, scale = self._state(), self.scale()
        for _ in range(2):
            if not state.pattern:
                for b in np.flatnonzero(self.live & (self.kind == PASSES)):
                    self.now.flow[b] = self.now.given[b]
                measure(state.equations, scale)
                assemble(self.branch, state.layout, state.room)
                found = order(state.rows, state.columns, state.room.entries, len(state.room.right))
                if found is None:
                    return SINGULAR
                state.pattern.append(pin(found))
            status = int(solve(state.equations, state.pattern[0], scale, careful))
            self.balance = state.room.balance
            if status != SINGULAR:
                return status
            state.pattern.clear()  # other values may need other pivots
        return status

    def _state(self) -> State:
        """Return the switching state, compiled if it is new."""
        solved = self.reached & ~self.slack
        key = b"".join(part.tobytes() for part in (self.kind, self.other, self.live, solved))
        state = self._states.get(key)
        if state is None:
            state = compile_state(self.branch, self.kind, self.other, self.live, solved)
        if state.equations is None or state.equations.parts.branch is not self.branch:
            parts = self.gas, self.branch, state.layout, self.sinks, self.now, state.room
            state = self._states[key] = state._replace(equations=pin(Equations(*parts)))
        return state

    def _fail(self, status: int) -> None:
        names, now = self.file.names["junction"], self.now
        if status == SINGULAR:
            problem = "valves or regulators without loss stand in a loop, or nothing holds a pressure"
            raise Unsolved(problem, f"{NAME}/network")
        square = np.where(self.reached, now.square, np.inf)[: len(names)]
        worst = int(np.argmin(square))
        raise Unsolved("flows need more pressure than there is", names[worst])

    def lossless(self) -> Index:
        """Return the nodes of each zone of pressure: what is joined by all but regulators and given flows."""
        parent = np.arange(len(self.slack))

        def top(node: int) -> int:
            while parent[node] != node:
                parent[node] = parent[parent[node]]
                node = int(parent[node])
            return node

        joins = self.live & (self.kind != PASSES) & ~(self.regulating & (self.kind >= HOLDS))
        for b in np.flatnonzero(joins).tolist():
            parent[top(int(self.branch.start[b]))] = top(int(self.branch.end[b]))
        return np.array([top(node) for node in range(len(parent))], dtype=np.intp)
