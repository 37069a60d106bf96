"""Beyond capacity: load is shed until what is left can be carried, and who asked for it is told."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from twin.errors import Unsolved
from twin.utilities.base import Cause, Vector
from twin.utilities.power.dispatch import COLLAPSE, CRITICAL, Dispatcher, Shedding
from twin.utilities.power.load_flow import LoadFlow
from twin.utilities.power.measure import Measured, add_asked
from twin.utilities.power.rules import Complex, Index
from twin.utilities.power.state import State

_ROUNDS = 60
_KINDS = {"line": "line", "trafo": "transformer", "trafo3w": "transformer", "ext_grid": "supply"}


class Shedder:
    """What is shed in one switching state, held until demand is set anew.

    Parameters
    ----------
    state
        The switching state.
    elements, limits
        Address of each internal branch, then of each external grid, and what they may carry in an
        emergency: percent of rating, MVA.
    tables
        The table of each element, by address.

    Attributes
    ----------
    shedding
        None if nothing is shed.
    """

    def __init__(
        self, state: State, elements: Sequence[str], limits: Vector, tables: Mapping[str, tuple[str, int]]
    ) -> None:
        self.elements, self.limits = elements, limits
        self._state, self._tables = state, tables
        self._dispatcher: Dispatcher | None = None
        self._reliefs: dict[frozenset[str], Vector] = {}
        self._reliefs_at: dict[int, Vector] = {}
        self.shedding: Shedding | None = None

    def served(self, layers: Vector) -> Vector:
        """Return MW and Mvar served to each load, of those asked by class of shedding."""
        assert self.shedding is not None
        return np.asarray((layers * self.shedding.kept).sum(axis=1))

    def shed(self, solved: bool, layers: Vector, measured: Measured, serve: Callable[[Vector], bool]) -> bool:
        """Shed load until there is a solution within emergency limits, or nothing more to shed.

        Parameters
        ----------
        solved
            Whether there is a solution now, the one that is measured.
        layers
            Asked MW and Mvar by class of shedding and load, shape (2, 3, loads).
        serve
            Solves for what is served; returns whether there is a solution.
        """
        if self.shedding is None:
            self.shedding = Shedding(np.ones_like(layers[0]))
        for _ in range(_ROUNDS):
            if solved:
                over = measured.loading / self.limits
                shed = self._dispatch_with().relieve(measured.power_mw, over, layers[0], self.shedding)
            else:
                shed = self._dispatch_with().collapse(layers[0], self.shedding)
            if shed <= 0.0:
                break
            solved = serve(self.served(layers))
        return solved

    def hand_out(self, shed_mw: Vector, readings: Vector, supply: Index) -> None:
        """Write into the readings what was shed: asked flows, and critical loads without supply.

        Parameters
        ----------
        shed_mw
            Of each load.
        supply
            Which reading is the supply of each load, -1 of those that are not critical.
        """
        assert self.shedding is not None
        add_asked(
            self._state.layout, self._state.places.trafo, readings, self._dispatch_with().flows(shed_mw)
        )
        readings[supply[(supply >= 0) & (self.shedding.kept[CRITICAL] <= 0.0)]] = 0.0

    def causes(self, quantity: str, short_mw: float) -> dict[Cause, float]:
        """Return the MW that are short for what was shed, shared by who asked for it."""
        if self.shedding is None or not self.shedding.shed_mw:
            return {}
        causes: dict[Cause, float] = {}
        total = sum(self.shedding.shed_mw.values())
        for element, shed in self.shedding.shed_mw.items():
            cause = Cause(quantity, *self._element(element))
            causes[cause] = causes.get(cause, 0.0) + short_mw * shed / total
        return causes

    def shed_behind(self) -> tuple[str, ...]:
        """Return the elements behind which load is shed."""
        asked_by = () if self.shedding is None else self.shedding.shed_mw
        return tuple(dict.fromkeys(self._element(number)[1] for number in asked_by))

    def relief_at(self, element: int) -> Vector:
        """Return how many MW a MW less drawn at each internal bus takes off an element (DC)."""
        if element not in self._reliefs_at:
            self._reliefs_at[element] = self._dispatch_with().relief_at(element)
        return self._reliefs_at[element]

    def relief_of_loads(self, element: int) -> Vector:
        """Return how many MW a MW less of each load takes off an element (DC)."""
        return self._dispatch_with().relief(element)

    def relief(self, assets: frozenset[str], loads: int) -> Vector:
        """Return how many MW a MW less of each of so many loads takes off some elements together (DC).

        Of three windings the lower two count, as in what the transformer is asked for.
        """
        if not len(self._state.compiled.start):
            return np.zeros(loads)  # a blackout: nothing flows
        if assets not in self._reliefs:
            feeding = set(self._state.places.trafo3w[0].tolist())
            named = enumerate(self.elements)
            numbers = [i for i, address in named if address in assets and i not in feeding]
            by_load = sum((self._dispatch_with().relief(i) for i in numbers), np.zeros(loads))
            self._reliefs[assets] = np.asarray(by_load)
        return self._reliefs[assets]

    def _dispatch_with(self) -> Dispatcher:
        if self._dispatcher is None:
            self._dispatcher = Dispatcher(self._state, self.limits)
        return self._dispatcher

    def _element(self, number: int) -> tuple[str, str]:
        """Return kind and address of an element that the dispatcher names."""
        if number == COLLAPSE:
            return "voltage collapse", "power/network"
        address = self.elements[number]
        table, _ = self._tables[address]
        return _KINDS[table], address


def beyond_transfer(flow: LoadFlow, at_bus: Complex, demand_mw: float, buses: Sequence[str]) -> Unsolved:
    """Say what is wrong with demand that has no solution: how far it is beyond the largest transfer."""
    factor, weakest = flow.largest_factor(at_bus)
    if weakest < 0:
        return Unsolved(f"no load flow solution at {demand_mw:.1f} MW, nor near no load", "power/network")
    bus = int((flow.state.compiled.bus == weakest).argmax())
    where = f"power/{buses[bus]}"
    return Unsolved(
        f"demand of {demand_mw:.1f} MW is beyond the largest transfer, {factor * demand_mw:.1f} MW; "
        f"voltage collapses first at {where}",
        where,
    )
