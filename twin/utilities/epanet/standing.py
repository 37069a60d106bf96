"""Which links of a project stand: what is built, what an outage holds, what has no power."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from epanet import toolkit as en
from numpy.typing import NDArray

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Change, Mask, Vector
from twin.utilities.epanet.held_links import HeldLinks
from twin.utilities.epanet.project import Index, Project
from twin.utilities.epanet.saved import LinkState, SavedLinks, SavedTanks, copies, put_back
from twin.utilities.epanet.tank_pipes import TankPipes
from twin.utilities.epanet.tanks import Tanks
from twin.utilities.epanet.topology import Topology

_NONE: Index = np.zeros(0, dtype=np.intp)


class Standing(Topology):
    """The links of a project, and why they may run or not.

    What the scenario built, what an outage holds and what has no power are kept apart: a link may run
    where it is built and nothing holds it, and then its patterns, controls and rules decide.

    Parameters
    ----------
    path, name, project
        See `Topology`.
    storage
        The project's tanks.
    demand
        Of nodes at the last solution, m3/s.
    powered
        Addresses of the links that stop without power.

    Attributes
    ----------
    closed, may_run, setting
        Of each link: taken out by a change; neither that nor without power; its valve setting or speed.
    """

    def __init__(self, path: Path, name: str, project: Project, powered: Sequence[str]) -> None:
        super().__init__(path, name, project)
        self.project, links = project, len(self.links)
        self._powered = self.links_of(powered)
        self.demand = np.zeros(len(self.nodes))
        self.storage = Tanks(project, self.tanks)
        self._holds = HeldLinks(project, self.storage, self.demand)
        self._running = np.ones(len(self._powered))
        self._held, self._unpowered, self.may_run = np.zeros((3, links), dtype=bool)
        status = project.link_values(en.INITSTATUS).copy()
        closed = status == en.CLOSED
        closed[list(self._holds.acted_on)] = False
        self._opened_closed, self._opened_setting = closed, project.link_values(en.INITSETTING).copy()
        self._opened_fixed = frozenset(int(valve) for valve in self.valves if status[valve] == en.OPEN)
        self.closed, self.setting = closed.copy(), self._opened_setting.copy()
        self._tank_pipes = TankPipes(self, project, self.storage, self._holds, self.may_run)
        self.reconnect(~closed)
        self._opened_ways = self.connected, self.ways

    def _stand_as_opened(self) -> None:
        """Let all links stand as the file says, and everything act on them."""
        self._tank_pipes.shut.clear()
        self._holds.reset()
        self._running[:] = 1.0
        self._all_powered = True
        self._held[:] = self._unpowered[:] = False
        self.closed[:], self.setting[:] = self._opened_closed, self._opened_setting
        self.may_run[:] = ~self.closed
        self._fixed = set(self._opened_fixed)
        self._holds.leave_closed(np.flatnonzero(self.closed).tolist())
        self.connected, self.ways = self._opened_ways

    def apply(self, changes: Sequence[Change], known: set[str]) -> None:
        """Build and take out links (`open`), set valves and pump speeds (`setting`), hold links (`held`).

        Parameters
        ----------
        known
            Addresses that the caller handles itself.
        """
        own = [c for c in changes if c.asset not in known]
        mistakes = [m for c in own if (m := self._mistake(c))]
        if mistakes:
            raise InvalidInput(mistakes)
        for change in own:
            link = self.link_at[change.asset]
            match change.field:
                case "held":
                    self._held[link] = bool(change.value)
                case "open":
                    self.closed[link] = not change.value
                case _:
                    self.closed[link] = False
                    self.setting[link] = float(change.value)
                    self._fixed.discard(link)
            self._hold_or_give_back(link)
            if change.field != "held" and not self.closed[link]:
                self._holds.put(link, self._as_built(link))
        self.reconnect(self.standing)

    def set_running(self, flags: Vector) -> None:
        """Hold closed the powered links whose flag is 0."""
        moved = flags != self._running
        for link, flag in zip(self._powered[moved], flags[moved], strict=True):
            self._unpowered[link] = not flag
            self._hold_or_give_back(int(link))
        self._running[:] = flags
        self._all_powered = not self._unpowered.any()

    def held_links(self) -> Index:
        """Return the links that are held closed for want of power."""
        if self._all_powered:
            return _NONE
        return np.flatnonzero(self._unpowered & ~self.closed & ~self._held)

    def idle(self) -> tuple[str, ...]:
        """Return the addresses of links without power that the file would keep closed all the same."""
        if self._all_powered:
            return ()
        links = self.held_links().tolist()
        return tuple(f"{self.name}/{self.links[k]}" for k in links if not self._holds.calls_for(k))

    def held(self) -> Index:
        """Return the links that are held closed for whatever reason: nothing of the file acts on them."""
        return np.union1d(np.flatnonzero(~self.may_run), self._tank_pipes.shut).astype(np.intp)

    def states(self) -> list[LinkState]:
        """Return how all links stand; pipes that EPANET itself closes at tanks for a while are open."""
        states = self._holds.states()
        by_itself = np.setdiff1d(self._tank_pipes.that_may_run(), self._tank_pipes.shut)
        for link in by_itself.tolist():
            states[link] = LinkState(True)
        return states

    def diameter(self, link: int) -> float:
        """Return a pipe's diameter, m."""
        value = en.getlinkvalue(self.project.handle, link + 1, en.DIAMETER)
        return float(value) * self.project.diameter_unit

    @property
    def standing(self) -> Mask:
        """Return which links are built and not held by an outage."""
        return np.asarray(~self.closed & ~self._held)

    def release(self) -> None:
        """Give back the links that are held closed because of tanks at their limits."""
        if self._tank_pipes.shut:
            self._tank_pipes.release()

    def _hold_or_give_back(self, link: int) -> None:
        self.may_run[link] = may_run = not (self.closed[link] or self._held[link] or self._unpowered[link])
        if may_run != (link in self._holds):
            return
        if may_run:
            self._holds.give_back(link)
        else:
            self._holds.hold(link)
        if self._holds.has_check_valve(link):
            self._reopen(link)

    def _as_built(self, link: int) -> LinkState:
        """Return how a link stands once a scenario opens or sets it."""
        if not self._holds.settable(link) or link in self._fixed:
            return LinkState(True)
        return LinkState(True, float(self.setting[link]) or 1.0)

    def _reopen(self, check_valve: int = -1) -> None:
        """Close EPANET's solver and open it anew at this instant: the same state, but fresh flows.

        Parameters
        ----------
        check_valve
            A pipe whose check valve is taken out and closed, or put back: EPANET has no status for it.
        """
        project = self.project
        now, states, tanks = project.time_s(en.HTIME), self._holds.states(), self.storage.save()
        en.closeH(project.handle)
        if check_valve >= 0:
            project.set_check_valve(check_valve + 1, bool(self.may_run[check_valve]))
        project.open_solver()
        self._put(now, states, tanks)

    def _put(self, now_s: int, states: Sequence[LinkState], tanks: SavedTanks) -> None:
        """Let a solver that has started again stand at an instant with links and tanks as they were."""
        en.settimeparam(self.project.handle, en.HTIME, now_s)
        self.storage.restore(tanks)
        # EPANET closes these pipes at empty and full tanks, by itself and for a while
        opened = dict.fromkeys(self._tank_pipes.that_may_run().tolist(), LinkState(True))
        self._holds.write([opened.get(link, state) for link, state in enumerate(states)])

    def _save_links(self) -> SavedLinks:
        holds, fixed, shut = self._holds, frozenset(self._fixed), tuple(self._tank_pipes.shut)
        return SavedLinks(copies(self._masks()), fixed, shut, holds.save(), tuple(holds.states()))

    def _restore_links(self, saved: SavedLinks) -> None:
        """Let links stand as they stood; in EPANET itself, `_put` does that."""
        put_back(self._masks(), saved.masks)
        self._all_powered = not self._unpowered.any()
        self._fixed = set(saved.fixed)
        self._tank_pipes.shut[:] = saved.shut
        self._holds.restore(saved.holds)
        self.reconnect(self.standing)
        without = [
            link for link in np.flatnonzero(~self.may_run).tolist() if self._holds.has_check_valve(link)
        ]
        if without:
            en.closeH(self.project.handle)
            for link in without:
                self.project.set_check_valve(link + 1, present=False)
            self.project.open_solver()

    def _masks(self) -> tuple[NDArray[Any], ...]:
        return self._running, self._held, self._unpowered, self.may_run, self.closed, self.setting

    def _mistake(self, change: Change) -> Mistake | None:
        if change.asset not in self.link_at:
            return Mistake(self.path.name, 0, f"unknown asset {change.asset}")
        if change.field not in ("open", "setting", "held"):
            return Mistake(self.path.name, 0, f"{change.asset} has no field {change.field}", "open, setting")
        if change.field == "setting" and not self._holds.settable(self.link_at[change.asset]):
            return Mistake(self.path.name, 0, f"{change.asset} has no setting", "a pump or a valve; open")
        return None
