"""One heating loop, steady: what heat pumps give is what buildings take and the pipes lose.

``P = min(D + L, sum of ratings)`` with demand D and losses L of the pipes, which are lost first.
The file: ``{"losses_mw": 0.5, "pumps": {"HP1": {"rated_mw": 20, "cop": 3}}, "buildings": ["Old town"]}``.
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import NOTHING, Cause, Change, Mask, Signal, Vector, WithoutStorage

_NEVER = 1 << 40


class HeatPump(NamedTuple):
    """What it can give, and how much of it per unit of electricity."""

    name: str
    rated_mw: float
    cop: float


class Plan(NamedTuple):
    """A file of the network."""

    pumps: tuple[HeatPump, ...]
    buildings: tuple[str, ...]
    losses_mw: float


def read_plan(path: Path) -> Plan:
    """Read the network's file.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        pumps = tuple(HeatPump(n, float(p["rated_mw"]), float(p["cop"])) for n, p in content["pumps"].items())
        return Plan(pumps, tuple(map(str, content["buildings"])), float(content["losses_mw"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput([Mistake(path.name, 0, f"not a heating network: {error}")]) from None


@dataclass
class State:
    """All that changes: what stands, what is asked, the last solution, what was accounted."""

    built: Mask
    held: Mask
    running: Mask
    base: Vector
    asked: Vector
    values: Vector
    flows: Vector
    sums: Vector
    causes: dict[Cause, float]


class HeatNetwork(WithoutStorage):
    """A plan as a `Network`.

    Parameters
    ----------
    points
        Addresses of the buildings that carry demand.
    powered
        Addresses of the heat pumps that stop without power: the port ``running``.
    """

    name: str = "heat"
    totals: tuple[str, ...] = ("supplied_mwh", "served_mwh", "losses_mwh", "unserved_mwh")
    ratings: Mapping[str, float] = {}
    warnings: tuple[Mistake, ...] = ()

    def __init__(self, plan: Plan, points: Sequence[str], powered: Sequence[str]) -> None:
        self._plan = plan
        self._pumps = [f"heat/{pump.name}" for pump in plan.pumps]
        self._rated = np.array([pump.rated_mw for pump in plan.pumps])
        self._cop = np.array([pump.cop for pump in plan.pumps])
        self._points, self._powered = tuple(points), tuple(powered)
        signals = [Signal(pump, "output_mw", "MW") for pump in self._pumps]
        signals += [Signal(pump, "power_kw", "kW") for pump in self._pumps]
        for quantity, unit in (("required_mw", "MW"), ("delivered_mw", "MW"), ("supply_share", "1")):
            signals += [Signal(point, quantity, unit) for point in self._points]
        self.signals = tuple(signals)
        self.reset()

    def reset(self) -> None:
        """Return to the opened state."""
        pumps, points = len(self._pumps), len(self._points)
        self._now = State(
            built=np.ones(pumps, bool),
            held=np.zeros(pumps, bool),
            running=np.ones(pumps, bool),
            base=np.zeros((points, 1)),
            asked=np.zeros(points),
            values=np.zeros(len(self.signals)),
            flows=np.zeros(len(self.totals)),
            sums=np.zeros(len(self.totals)),
            causes={},
        )

    def apply(self, changes: Sequence[Change]) -> None:
        """Build heat pumps (`in_service`), hold and release them (`held`)."""
        wrong = [c for c in changes if c.asset not in self._pumps or c.field not in ("in_service", "held")]
        if wrong:
            raise InvalidInput([Mistake(c.asset, 0, f"no heat pump with a field {c.field}") for c in wrong])
        for change in changes:
            state = self._now.held if change.field == "held" else self._now.built
            state[self._pumps.index(change.asset)] = bool(change.value)

    def set_base(self, base: Vector) -> None:
        """Set each building's base MW."""
        self._now.base = base

    def set_demand(self, factors: Vector, native: float = 1.0, given: Vector = NOTHING) -> None:
        """Set this hour's factor."""
        self._now.asked = self._now.base @ factors

    def set_input(self, port: str, values: Vector) -> None:
        """Stop the heat pumps without power."""
        for asset, may_run in zip(self._powered, values, strict=True):
            self._now.running[self._pumps.index(asset)] = bool(may_run)

    def solve(self) -> None:
        """Share what there is."""
        able = self._rated * (self._now.built & ~self._now.held & self._now.running)
        asked, losses = float(self._now.asked.sum()), self._plan.losses_mw
        output = min(asked + losses, float(able.sum()))
        lost = min(losses, output)
        share = (output - lost) / asked if asked > 0.0 else 1.0
        each = able * (output / able.sum()) if able.any() else np.zeros(len(able))
        self._now.flows = np.array([output, share * asked, lost, asked - share * asked])
        shares = np.full(len(self._now.asked), share)
        self._now.values = np.concatenate(
            [each, 1000.0 * each / self._cop, self._now.asked, share * self._now.asked, shares]
        )

    def read(self) -> Vector:
        """Return one value per signal."""
        return self._now.values

    def read_totals(self) -> Vector:
        """Return MWh since the opening."""
        return self._now.sums

    def read_causes(self) -> Mapping[Cause, float]:
        """Return MWh not delivered, put down to the largest heat pump that does not run, else to all."""
        return self._now.causes

    def active(self) -> Mask:
        """Return which heat pumps are built; buildings always are."""
        there = np.tile(self._now.built & ~self._now.held, 2)
        return np.concatenate([there, np.ones(3 * len(self._points), dtype=bool)])

    def relief(self, assets: frozenset[str]) -> Vector:
        """Return 1: all buildings hang on one loop."""
        return np.ones(len(self._points))

    def in_force(self) -> Mapping[str, Sequence[str]]:
        """Return nothing: signals tell what is amiss."""
        return {}

    def next_change_s(self) -> int:
        """Return a very long time: nothing is stored."""
        return _NEVER

    def advance(self, seconds: int) -> None:
        """Account heat at the last solution."""
        self._now.sums += self._now.flows * seconds / 3600.0
        missing = float(self._now.flows[3]) * seconds / 3600.0
        if missing > 1e-9:
            still = self._rated * ~(self._now.built & ~self._now.held & self._now.running)
            worst = self._pumps[int(np.argmax(still if still.any() else self._rated))]
            cause = Cause("unserved_heat_mwh", "heat pump", worst)
            self._now.causes[cause] = self._now.causes.get(cause, 0.0) + missing

    def snapshot(self) -> None:
        """Return nothing: no other program opens it."""

    def save(self) -> object:
        """Return what it would go on from."""
        return deepcopy(self._now)

    def restore(self, state: object) -> None:
        """Go on from a saved state."""
        self._now = deepcopy(cast(State, state))
