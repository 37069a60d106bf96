"""Links that something holds closed, and how the file's controls, patterns and rules would have them.

EPANET keeps one status per link. While a link is held (an outage, no power), whatever acts on it is silenced,
and what it would have done is followed here with EPANET's own conditions (`controls`, `pswitch` and
`takeactions` of version 2.3), so that a link that is given back stands as it would without the hold. Nothing
is done at an instant at which no link is held.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from epanet import toolkit as en

from twin.compiled import compiled
from twin.utilities.base import Mask, Vector
from twin.utilities.epanet.controls import BY_LEVEL, Control, read_controls
from twin.utilities.epanet.project import VALVES, Index, Project
from twin.utilities.epanet.rules import CLOSED, NOTHING, NUMBER, OPEN, Action, Rules
from twin.utilities.epanet.saved import LinkState, SavedHolds, copies, put_back
from twin.utilities.epanet.structures import Levels, Storage
from twin.utilities.epanet.tanks import Tanks

_HEAD_TOLERANCE = 1e-3
_DAY_S = 86400
_PUMP_CLOSED = 2


class HeldLinks:
    """The links of a project that are held, and what acts on them.

    Parameters
    ----------
    project, tanks
        Opened, ready to solve.
    demand
        Of nodes at the last solution, m3/s: what flows into a tank.

    Attributes
    ----------
    acted_on
        Links, from 0, that controls, rules or speed patterns act on.
    rules
        The project's.
    """

    def __init__(self, project: Project, tanks: Tanks, demand: Vector) -> None:
        self._project, self._tanks, self._demand = project, tanks, demand
        handle = project.handle
        self._type = [en.getlinktype(handle, link + 1) for link in range(project.link_count)]
        self._pattern = {
            link: pattern
            for link, kind in enumerate(self._type)
            if kind == en.PUMP and (pattern := int(en.getlinkvalue(handle, link + 1, en.LINKPATTERN)))
        }
        self._control = {control.number: control for control in read_controls(project)}
        self._controls: dict[int, list[Control]] = {}
        for control in self._control.values():
            if self._by_pressure(control):  # as it will be written when a link is given back
                en.setcontrol(handle, *control)
            self._controls.setdefault(control.link - 1, []).append(control)
        self.rules = Rules(project, tanks)
        self.acted_on = {*self._pattern, *self._controls, *self.rules.links}
        self._states: dict[int, LinkState] = {}
        self._silenced: set[int] = set()
        by_level = set(tanks.levels.number.tolist())
        self._by_level = {
            link for link, own in self._controls.items() if by_level.issuperset(c.number for c in own)
        }
        self._noted = np.zeros(project.link_count, dtype=bool)
        self._fired = np.zeros(project.link_count, dtype=np.intp)
        self._list()

    def __contains__(self, link: int) -> bool:
        return link in self._states

    def calls_for(self, link: int) -> bool:
        """Return whether a held link would be open now if nothing held it, by all that acts on it."""
        if link in self._pattern:
            return True
        fired = int(self._fired[link])
        state = self._controlled(link, self._control[fired].setting) if fired else self._states[link]
        return state.open

    def settable(self, link: int) -> bool:
        """Return whether a link has a speed or a setting."""
        return self._type[link] == en.PUMP or (self._type[link] in VALVES and self._type[link] != en.GPV)

    def has_check_valve(self, link: int) -> bool:
        """Return whether a link is a pipe with a check valve: EPANET lets nobody set its status."""
        return bool(self._type[link] == en.CVPIPE)

    def reset(self) -> None:
        """Let everything act again on all links, and none be held."""
        for link in tuple(self._silenced):
            self._let_act(link)
        self._states.clear()
        self._noted[:], self._fired[:] = False, 0
        self._list()

    def save(self) -> SavedHolds:
        """Return which links are held, and all that is followed of them."""
        vectors = copies((self._noted, self._fired))
        return SavedHolds(tuple(self._states.items()), frozenset(self._silenced), vectors)

    def restore(self, saved: SavedHolds) -> None:
        """Hold what was held, after a reset; `write` puts the links themselves."""
        for link in saved.silenced:
            self._silence(link)
        self._states = dict(saved.states)
        put_back((self._noted, self._fired), saved.noted_and_fired)
        self._list()

    def leave_closed(self, links: Iterable[int]) -> None:
        """Take over links that the file closes and nothing acts on."""
        self._states |= dict.fromkeys(links, LinkState(True))

    def hold(self, link: int) -> None:
        """Silence all that acts on a link and close it."""
        self._states[link] = self.state(link)
        self._noted[link], self._fired[link] = link in self._by_level, 0
        self._silence(link)
        if not self.has_check_valve(link):
            self._write(link, LinkState(False))
        self._list()

    def give_back(self, link: int) -> None:
        """Let a link stand as it would if it had not been held, and all act on it again."""
        state, fired = self._states.pop(link), self._fired[link]
        self._noted[link], self._fired[link] = False, 0
        self._let_act(link)
        if not self.has_check_valve(link):
            self._write(link, self._controlled(link, self._control[int(fired)].setting) if fired else state)
        self._list()

    def put(self, link: int, state: LinkState) -> None:
        """Set how a link stands, or, while it is held, how it will."""
        if link in self._states:
            self._states[link], self._fired[link] = state, 0
        elif not self.has_check_valve(link):
            self._write(link, state)

    def schedule(self, second: int) -> None:
        """Begin at a second: what acts by the time since the start has done so."""
        en.settimeparam(self._project.handle, en.HTIME, second)
        timed = [c for c in self._control.values() if c.kind == en.TIMER and c.level < second]
        for control in sorted(timed, key=lambda c: c.level):
            self.put(control.link - 1, self._controlled(control.link - 1, control.setting))
        for link, action in self.rules.actions(self.rules.links if self.rules.times else (), 1).items():
            self.put(link, self._acted(link, self.state(link), action))

    def _list(self) -> None:
        """List the controls of held links that act not only by the level of tanks, and whether others do."""
        self._noting = bool(self._noted.any())
        rest = [link for link in self._states if link not in self._by_level]
        self._one_by_one = [control for link in rest for control in self._controls.get(link, ())]

    def state(self, link: int) -> LinkState:
        """Return how a link stands in EPANET now."""
        handle, kind = self._project.handle, self._type[link]
        if kind == en.PUMP:
            closed = en.getlinkvalue(handle, link + 1, en.PUMP_STATE) == _PUMP_CLOSED
            speed = en.getlinkvalue(handle, link + 1, en.SETTING)
            return LinkState(not closed, 0.0 if closed else speed)
        status = en.getlinkvalue(handle, link + 1, en.STATUS)
        setting = en.getlinkvalue(handle, link + 1, en.SETTING) if self.settable(link) else 0.0
        fixed = not self.settable(link) or (setting == 0.0 and status <= 1.0)
        return LinkState(status > 0.0, None if fixed else setting)

    def states(self) -> list[LinkState]:
        """Return how all links stand in EPANET now."""
        return [self.state(link) for link in range(len(self._type))]

    def write(self, states: Sequence[LinkState]) -> None:
        """Put all links back to states that were read."""
        for link, state in enumerate(states):
            if not self.has_check_valve(link) and self.state(link) != state:
                self._write(link, state)

    def follow(self) -> None:
        """Let the simple controls of held links act on what these will be given back as, at this solution."""
        if self._noting:
            _note(self._tanks.levels, self._tanks.vectors, self._demand, self._noted, self._fired)
        now = int(self._project.raw.time[0])
        for control in self._one_by_one:
            if self._due(control, now):
                self._states[control.link - 1] = self._controlled(control.link - 1, control.setting)

    @property
    def rules_act(self) -> bool:
        """Whether rules act on what held links will be given back as: then each of their steps counts."""
        return not self.rules.links.isdisjoint(self._states)

    def step(self, seconds: int) -> None:
        """Let the rules act, after so many seconds have passed."""
        if self.rules_act:
            for link, action in self.rules.actions(self._states.keys(), seconds).items():
                self._states[link] = self._acted(link, self._states[link], action)

    def _by_pressure(self, control: Control) -> bool:
        return control.kind in BY_LEVEL and control.node - 1 not in self._tanks.place

    def _due(self, control: Control, now: int) -> bool:
        if control.kind == en.TIMER:
            return now == int(control.level)
        if control.kind == en.TIMEOFDAY:
            return now % _DAY_S == int(control.level)
        project, tank = self._project, self._tanks.place.get(control.node - 1)
        if tank is None:
            over = en.getnodevalue(project.handle, control.node, en.PRESSURE) - control.level
            tolerance = _HEAD_TOLERANCE
        else:
            at = self._tanks.volume_at(tank, control.level * project.length_unit)
            over = float(self._tanks.volume[tank]) - at
            tolerance = abs(float(self._demand[control.node - 1]))
        return bool(over <= tolerance if control.kind == en.LOWLEVEL else over >= -tolerance)

    def _controlled(self, link: int, setting: float) -> LinkState:
        """Return how a simple control leaves a link; EPANET says open and closed by settings of 1e10."""
        if abs(setting) >= NOTHING:
            return LinkState(setting > 0.0, None)
        if self._type[link] == en.PUMP:
            return LinkState(setting > 0.0, setting)
        return LinkState(True, setting) if self.settable(link) else LinkState(setting > 0.0)

    def _acted(self, link: int, state: LinkState, action: Action) -> LinkState:
        """Return how a rule's action leaves a link."""
        pump = self._type[link] == en.PUMP
        if action.status == OPEN:
            return state if state.open else LinkState(True, 1.0 if pump else None)
        if action.status == CLOSED:
            return LinkState(False, 0.0 if pump else None)
        if not self.settable(link) or abs(action.setting) >= NOTHING:
            return state
        return LinkState(action.setting > 0.0 if pump else True, action.setting)

    def _write(self, link: int, state: LinkState) -> None:
        handle = self._project.handle
        if state.setting is None or (self._type[link] == en.PUMP and not state.open):
            en.setlinkvalue(handle, link + 1, en.STATUS, int(state.open))
        else:
            en.setlinkvalue(handle, link + 1, en.SETTING, state.setting)

    def _silence(self, link: int) -> None:
        handle = self._project.handle
        self._silenced.add(link)
        for control in self._controls.get(link, ()):
            en.setcontrolenabled(handle, control.number, 0)
            if self._by_pressure(control):
                # EPANET lets such controls act though they are disabled, but not without a link
                en.setcontrol(handle, control.number, control.kind, 0, 0.0, 0, 0.0)
        if link in self._pattern:
            en.setlinkvalue(handle, link + 1, en.LINKPATTERN, 0)
        self.rules.write(link, Action(NUMBER, -NOTHING))

    def _let_act(self, link: int) -> None:
        handle = self._project.handle
        self._silenced.discard(link)
        for control in self._controls.get(link, ()):
            if self._by_pressure(control):
                en.setcontrol(handle, *control)
            en.setcontrolenabled(handle, control.number, 1)
        if link in self._pattern:
            en.setlinkvalue(handle, link + 1, en.LINKPATTERN, self._pattern[link])
        self.rules.write(link, None)


@compiled
def _note(at: Levels, storage: Storage, demand: Vector, noted: Mask, fired: Index) -> None:
    """Write the number of the last control by level that has acted on each of some links.

    It acts where the tank would pass its level within a second, as EPANET has it.
    """
    for k in range(len(at.tank)):
        if noted[at.link[k]]:
            tank = at.tank[k]
            gap = (at.volume[k] - storage.volume[tank]) * at.sign[k]
            if gap <= abs(demand[storage.nodes[tank]]):
                fired[at.link[k]] = at.number[k]
