"""The networks and the links between them at one instant: apply, settle, advance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from twin.city.cached import Member
from twin.city.couplings import NEVER, Columns, Feeds, Sewage, driven_loads, manholes
from twin.city.opening import open_networks
from twin.errors import InvalidInput, Mistake, Unsolved
from twin.scenario.schema import Scenario
from twin.utilities.base import Cause, Change, Mask, Network, Signal, Vector

_HYDRAULIC = ("water", "wastewater")


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


@dataclass(frozen=True, slots=True)
class DayDemand:
    """One day's demand by hour, ready for the networks.

    Attributes
    ----------
    power_base, water_base
        Base demand by point and class.
    power_factors, water_factors
        Factor by hour and class.
    power_native
        Factor by hour of the power file's own loads; ``native`` of the water file's.
    sewage
        Sewage at full service by hour and water point, m3/s.
    """

    power_base: Vector
    power_factors: Vector
    power_native: Vector
    water_base: Vector
    water_factors: Vector
    water_native: float
    sewage: Vector


class City:
    """Holds the opened networks of a scenario and iterates them until they agree.

    Parameters
    ----------
    scenario
        Which networks, linked how.
    power_points, water_points
        Demand points in the order of the rows of `DayDemand`.

    Attributes
    ----------
    signals
        All networks' signals, in the order of `readings`.
    readings
        The last solution, one value per signal.
    solved
        Per signal, whether its network had a solution at this instant.
    """

    def __init__(
        self, scenario: Scenario, power_points: Sequence[str] = (), water_points: Sequence[str] = ()
    ) -> None:
        self._settling = scenario.settling
        self.networks = open_networks(scenario, power_points, water_points)
        self._members = {name: Member(network) for name, network in self.networks.items()}
        self._hydraulic = [name for name in _HYDRAULIC if name in self.networks]
        self.signals: tuple[Signal, ...] = tuple(s for n in self.networks.values() for s in n.signals)
        self.readings = np.zeros(len(self.signals))
        self.solved = np.ones(len(self.signals), dtype=bool)
        self._slice = _slices(self.networks)
        columns = Columns({(s.asset, s.quantity): i for i, s in enumerate(self.signals)})
        fed = [k for k in scenario.links if k.kind != "sewage" and k.asset.split("/")[0] in self.networks]
        loads = driven_loads(scenario.links)
        self._feeds = Feeds(fed, columns, loads) if fed and "power" in self.networks else None
        self._fed = {
            name: np.array([i for i, k in enumerate(fed) if k.asset.startswith(f"{name}/")], dtype=np.intp)
            for name in _HYDRAULIC
        }
        self._flags = np.ones(len(fed))
        self._due = set(_HYDRAULIC)
        sewage_links = [link for link in scenario.links if link.kind == "sewage"]
        self._sewage = (
            Sewage(sewage_links, columns, water_points)
            if sewage_links and {"water", "wastewater"} <= self.networks.keys()
            else None
        )
        self._inflow = np.zeros(len(manholes(sewage_links)))

    def apply(self, changes: Sequence[Change]) -> None:
        """Hand each change to its network.

        Raises
        ------
        InvalidInput
            For an asset or field that does not exist.
        """
        for name, member in self._members.items():
            own = [change for change in changes if change.asset.startswith(f"{name}/")]
            if own:
                member.touch().apply(own)
        unknown = [c for c in changes if c.asset.split("/")[0] not in self.networks]
        if unknown:
            raise InvalidInput([Mistake(c.asset, 0, "no such network in this scenario") for c in unknown])

    def start_day(self, day: DayDemand) -> None:
        """Set the base demands that hold from now on."""
        if "power" in self._members:
            self._members["power"].touch().set_base(day.power_base)
        if "water" in self._members:
            self._members["water"].touch().set_base(day.water_base)

    def start_hour(self, day: DayDemand, hour: int) -> None:
        """Set this hour's demand and let the sewage of earlier hours arrive."""
        self.refresh(day, hour)
        if self._sewage is not None:
            self._inflow = self._sewage.start_hour(day.sewage[hour])
            self._due.add("wastewater")

    def refresh(self, day: DayDemand, hour: int) -> None:
        """Set this hour's demand again, after what stands in the city has changed."""
        if "power" in self._members:
            network = self._members["power"].touch()
            network.set_demand(day.power_factors[hour], day.power_native[hour])
        if "water" in self._members:
            self._members["water"].touch().set_demand(day.water_factors[hour], day.water_native)

    def settle(self, now_s: int) -> Settled:
        """Iterate hydraulics and load flow until neither moves the other.

        Parameters
        ----------
        now_s
            Seconds from the start, for restart delays.
        """
        residual, moved, rounds = 0.0, True, 0
        while moved and rounds < self._settling.max_rounds:
            rounds += 1
            for name in self._hydraulic:
                if name in self._due:
                    self._members[name].take_inputs(self._inputs(name))
                self._solve_if_stale(name)
            self._due.clear()
            residual = self._hand_over_loads()
            self._solve_if_stale("power")
            moved = self._update_feeds(now_s)
        unsolved = {name: m.unsolved for name, m in self._members.items() if m.unsolved is not None}
        self.solved[:] = True
        for name in unsolved:
            self.solved[self._slice[name]] = False
        return Settled(rounds, residual if moved else 0.0, moved, unsolved)

    def next_change_s(self, now_s: int) -> int:
        """Return the seconds, at most, until anything in the city changes by itself."""
        soonest = self._feeds.next_change_s(now_s) if self._feeds else NEVER
        for member in self._members.values():
            soonest = min(soonest, member.next_change_s())
        return soonest

    def advance(self, seconds: int) -> None:
        """Let time pass at the last solution."""
        for member in self._members.values():
            member.advance(seconds)
        if self._feeds:
            self._feeds.advance(seconds)
        if self._sewage is not None and self._members["water"].unsolved is None:
            self._sewage.advance(self.readings, seconds)

    @property
    def shed(self) -> tuple[str, ...]:
        """Return the elements behind which load is shed now."""
        return getattr(self.networks.get("power"), "shed_by", ())

    @property
    def stopped(self) -> tuple[str, ...]:
        """Return the assets that stand still for want of power."""
        return self._feeds.stopped if self._feeds and not self._feeds.quiet else ()

    @property
    def on_generator(self) -> tuple[str, ...]:
        """Return the assets that a backup generator carries."""
        return self._feeds.on_generator if self._feeds and not self._feeds.quiet else ()

    def active(self) -> Mask:
        """Return for each signal whether its asset is in service."""
        return np.concatenate([network.active() for network in self.networks.values()])

    def read_totals(self) -> dict[str, dict[str, float]]:
        """Return what each network accounted since its opening."""
        totals = {}
        for name, member in self._members.items():
            network = member.touch()
            totals[name] = dict(zip(network.totals, map(float, network.read_totals()), strict=True))
        return totals

    def read_causes(self) -> dict[Cause, float]:
        """Return what no network could serve since its opening, by cause."""
        causes: dict[Cause, float] = {}
        for member in self._members.values():
            causes |= member.touch().read_causes()
        return causes

    def reset(self) -> None:
        """Return to the opened state, to the bit."""
        for member in self._members.values():
            member.network.reset()
            member.forget()
        if self._feeds:
            self._feeds.reset()
        self._flags = np.ones_like(self._flags)
        self._due = set(_HYDRAULIC)
        if self._sewage is not None:
            self._sewage.reset()
        self._inflow = np.zeros_like(self._inflow)
        self.readings[:] = 0.0
        self.solved[:] = True

    def _inputs(self, name: str) -> Vector:
        flags = self._flags[self._fed[name]]
        return np.concatenate([self._inflow, flags]) if name == "wastewater" else flags

    def _hand_over_loads(self) -> float:
        """Put what pumps and plants draw onto their loads; return the largest move in kW."""
        if not self._feeds:
            return 0.0
        residual = self._feeds.draw(self.readings)
        if residual > self._settling.tolerance_kw:
            self._members["power"].touch().set_inputs(self._feeds.hand_over())
        return residual

    def _solve_if_stale(self, name: str) -> None:
        member = self._members.get(name)
        if member is not None and member.stale:
            member.solve()
            if member.unsolved is None:
                self.readings[self._slice[name]] = member.network.read()

    def _update_feeds(self, now_s: int) -> bool:
        """Let the supply decide which assets may run; return whether that moved."""
        feeds = self._feeds
        if not feeds or self._members["power"].unsolved is not None or not feeds.update(self.readings, now_s):
            return False
        self._flags = feeds.flags
        self._due.update(_HYDRAULIC)
        return True


def _slices(networks: dict[str, Network]) -> dict[str, slice]:
    slices, start = {}, 0
    for name, network in networks.items():
        slices[name] = slice(start, start + len(network.signals))
        start += len(network.signals)
    return slices
