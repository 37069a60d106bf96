"""The networks and the links between them at one instant: apply, settle, advance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.links import Columns, Feeds, Sewage, driven_loads, manholes, powered_assets
from twin.networks.base import Change, Mask, Network, Signal, Vector
from twin.scenario.schema import Scenario

_ORDER = ("water", "wastewater", "power")


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
        self.networks = _open(scenario, power_points, water_points)
        self.signals: tuple[Signal, ...] = tuple(s for n in self.networks.values() for s in n.signals)
        self.readings = np.zeros(len(self.signals))
        self.solved = np.ones(len(self.signals), dtype=bool)
        self._slice = _slices(self.networks)
        columns = {
            name: Columns({(s.asset, s.quantity): i for i, s in enumerate(network.signals)})
            for name, network in self.networks.items()
        }
        self._feeds = self._link_power(scenario, columns)
        sewage_links = [link for link in scenario.links if link.kind == "sewage"]
        self._sewage = (
            Sewage(sewage_links, columns["water"], water_points)
            if sewage_links and {"water", "wastewater"} <= self.networks.keys()
            else None
        )
        self._inflow = np.zeros(len(manholes(sewage_links)))
        self._always_on = {
            name: np.ones(len(powered_assets(scenario.links, name))) for name in ("water", "wastewater")
        }
        self._loads = np.zeros((2, len(driven_loads(scenario.links))))
        self._power_stale = True
        self._unsolved: dict[str, Unsolved] = {}
        self.stopped: tuple[str, ...] = ()

    def apply(self, changes: Sequence[Change]) -> None:
        """Hand each change to its network.

        Raises
        ------
        InvalidInput
            For an asset or field that does not exist.
        """
        for name, network in self.networks.items():
            own = [change for change in changes if change.asset.startswith(f"{name}/")]
            if own:
                network.apply(own)
                self._power_stale |= name == "power"
        unknown = [c for c in changes if c.asset.split("/")[0] not in self.networks]
        if unknown:
            raise InvalidInput([Mistake(c.asset, 0, "no such network in this scenario") for c in unknown])

    def start_day(self, day: DayDemand) -> None:
        """Set the base demands that hold from now on."""
        if "power" in self.networks:
            self.networks["power"].set_base(day.power_base)
        if "water" in self.networks:
            self.networks["water"].set_base(day.water_base)

    def start_hour(self, day: DayDemand, hour: int) -> None:
        """Set this hour's demand and let the sewage of earlier hours arrive."""
        self.refresh(day, hour)
        if self._sewage is not None:
            self._inflow = self._sewage.start_hour(day.sewage[hour])

    def refresh(self, day: DayDemand, hour: int) -> None:
        """Set this hour's demand again, after what stands in the city has changed."""
        if "power" in self.networks:
            self.networks["power"].set_demand(day.power_factors[hour], day.power_native[hour])
            self._power_stale = True
        if "water" in self.networks:
            self.networks["water"].set_demand(day.water_factors[hour], day.water_native)

    def settle(self, now_s: int) -> Settled:
        """Iterate hydraulics and load flow until neither moves the other.

        Parameters
        ----------
        now_s
            Seconds from the start, for restart delays.
        """
        self._unsolved = {}
        tolerance = self._settling.tolerance_kw
        residual, moved, pending = 0.0, True, {"water", "wastewater"} & self.networks.keys()
        rounds = 0
        while moved and rounds < self._settling.max_rounds:
            rounds += 1
            for name in _ORDER:
                if name in pending:
                    self._solve_hydraulics(name)
            residual = self._hand_over_loads()
            if self._power_stale or residual > tolerance:
                self._solve_power()
            pending = self._update_feeds(now_s)
            moved = bool(pending)
        self.solved[:] = True
        for name in self._unsolved:
            self.solved[self._slice[name]] = False
        return Settled(rounds, residual if moved else 0.0, moved, self._unsolved)

    def next_change_s(self, now_s: int) -> int:
        """Return the seconds, at most, until anything in the city changes by itself."""
        soonest = min(network.next_change_s() for network in self.networks.values())
        return min([soonest, *(feeds.next_change_s(now_s) for feeds in self._feeds.values())])

    def advance(self, seconds: int) -> None:
        """Let time pass at the last solution."""
        for network in self.networks.values():
            network.advance(seconds)
        for feeds in self._feeds.values():
            feeds.advance(seconds)
        if self._sewage is not None and "water" not in self._unsolved:
            self._sewage.advance(self.readings[self._slice["water"]], seconds)

    def active(self) -> Mask:
        """Return for each signal whether its asset is in service."""
        return np.concatenate([network.active() for network in self.networks.values()])

    def read_totals(self) -> dict[str, dict[str, float]]:
        """Return what each network accounted since its opening."""
        return {
            name: dict(zip(network.totals, map(float, network.read_totals()), strict=True))
            for name, network in self.networks.items()
        }

    def reset(self) -> None:
        """Return to the opened state, to the bit."""
        for network in self.networks.values():
            network.reset()
        for feeds in self._feeds.values():
            feeds.reset()
        if self._sewage is not None:
            self._sewage.reset()
        self._inflow[:] = 0.0
        self._loads[:] = 0.0
        self._power_stale = True

    def _solve_hydraulics(self, name: str) -> None:
        network = self.networks[name]
        flags = self._feeds[name].flags if name in self._feeds else self._always_on[name]
        network.set_inputs(np.concatenate([self._inflow, flags]) if name == "wastewater" else flags)
        self._solve(name)

    def _hand_over_loads(self) -> float:
        """Put what pumps and plants draw onto their loads; return the largest move in kW."""
        if not self._feeds:
            return 0.0
        p, q = np.zeros_like(self._loads[0]), np.zeros_like(self._loads[0])
        for name, feeds in self._feeds.items():
            feed_p, feed_q = feeds.draw(self.readings[self._slice[name]])
            p += feed_p
            q += feed_q
        residual = 1e3 * float(np.abs(p - self._loads[0]).max(initial=0.0))
        if residual > self._settling.tolerance_kw:
            self._loads[0], self._loads[1] = p, q
            self.networks["power"].set_inputs(self._loads)
        return residual

    def _solve_power(self) -> None:
        if "power" in self.networks:
            self._solve("power")
            self._power_stale = "power" in self._unsolved

    def _solve(self, name: str) -> None:
        try:
            self.networks[name].solve()
        except Unsolved as unsolved:
            self._unsolved[name] = unsolved
        else:
            self._unsolved.pop(name, None)
            self.readings[self._slice[name]] = self.networks[name].read()

    def _update_feeds(self, now_s: int) -> set[str]:
        if "power" in self._unsolved or not self._feeds:
            return set()
        power = self.readings[self._slice["power"]]
        moved = {name for name, feeds in self._feeds.items() if feeds.update(power, now_s)}
        if moved:
            self.stopped = tuple(
                asset
                for feeds in self._feeds.values()
                for asset, flag in zip(feeds.assets, feeds.flags, strict=True)
                if not flag
            )
        return moved

    def _link_power(self, scenario: Scenario, columns: dict[str, Columns]) -> dict[str, Feeds]:
        if "power" not in self.networks:
            return {}
        loads = driven_loads(scenario.links)
        supply = {load: columns["power"](load, "supply_pu") for load in loads}
        feeds: dict[str, Feeds] = {}
        for name in ("water", "wastewater"):
            links = [k for k in scenario.links if k.kind != "sewage" and k.asset.startswith(f"{name}/")]
            if links and name in self.networks:
                feeds[name] = Feeds(links, columns[name], loads, supply)
        return feeds


def _slices(networks: dict[str, Network]) -> dict[str, slice]:
    slices, start = {}, 0
    for name, network in networks.items():
        slices[name] = slice(start, start + len(network.signals))
        start += len(network.signals)
    return slices


def _open(scenario: Scenario, power_points: Sequence[str], water_points: Sequence[str]) -> dict[str, Network]:
    """Open the engines this scenario needs, and only those."""
    networks: dict[str, Network] = {}
    settings, folder, links = scenario.networks, scenario.folder, scenario.links
    if settings.power:
        from twin.networks.power import PowerNetwork

        domestic, industrial = (
            scenario.demand.domestic_power_factor,
            scenario.demand.industrial_power_factor,
        )
        networks["power"] = PowerNetwork(
            folder / settings.power.file,
            settings.power,
            power_points,
            (domestic, domestic, industrial),
            driven_loads(links),
            _supply_ratings(scenario),
        )
    if settings.water:
        from twin.networks.water import WaterNetwork

        networks["water"] = WaterNetwork(
            folder / settings.water.file, settings.water, water_points, 3, powered_assets(links, "water")
        )
    if settings.wastewater:
        from twin.networks.wastewater import WastewaterNetwork

        networks["wastewater"] = WastewaterNetwork(
            folder / settings.wastewater.file,
            settings.wastewater,
            scenario.treatment,
            scenario.lift_stations,
            manholes(links),
            powered_assets(links, "wastewater"),
        )
    return networks


def _supply_ratings(scenario: Scenario) -> dict[str, float]:
    return {
        asset: row.rating
        for members in scenario.capacities.values()
        for asset, row in members.items()
        if row.kind == "supply" and row.rating is not None
    }
