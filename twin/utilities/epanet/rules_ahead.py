"""When a rule will next change a link: flows are constant between solutions, and tanks move linearly.

EPANET evaluates rules at every rule step. Those at which nothing would change are no instants of the network.
The conditions are EPANET's, as in `rules`; where this foresees too much, an instant is superfluous, and where
it foresees too little, EPANET stops by itself, and the rest of its step is solved anew.
"""

from typing import NamedTuple

import numpy as np
from epanet import toolkit as en

from twin.compiled import compiled
from twin.pinned import Pinned, pin
from twin.utilities.base import Mask, Vector
from twin.utilities.epanet import calls
from twin.utilities.epanet.project import Index, Project
from twin.utilities.epanet.rules import CLOSED, NOTHING, NUMBER, OPEN, Rules
from twin.utilities.epanet.structures import Storage
from twin.utilities.epanet.tanks import Tanks

_CONSTANT, _TIME, _CLOCK, _LEVEL, _FILLS, _DRAINS = range(6)
_TOLERANCE, _OR, _DAY_S = 1e-3, 3, 86400
_EQ, _NE, _LE, _GE, _LT, _GT = (int(r) for r in (en.R_EQ, en.R_NE, en.R_LE, en.R_GE, en.R_LT, en.R_GT))
_STATUS, _SETTING = int(en.STATUS), int(en.SETTING)
_TINY_M3_PER_S = 1e-7
_BY_PRESSURE = (en.PRV, en.PSV, en.PBV)
_CUBIC_FOOT_M3 = 0.3048**3
_LEAST_PER_FOOT = 0.06
"""Bar: of the units of pressure, the one with the smallest number for a foot of water."""


class Premises(NamedTuple):
    """Conditions of all rules, one after another.

    Attributes
    ----------
    end
        Where those of each rule end.
    either
        Whether a condition is joined by OR.
    kind, tank
        What it is about, `_CONSTANT` to `_DRAINS`, and of which tank.
    relation, value
        What it asks, in the file's unit; ``scale`` and ``shift`` turn a tank's level into it.
    """

    end: Index
    either: Mask
    kind: Index
    tank: Index
    relation: Index
    value: Vector
    scale: Vector
    shift: Vector


class Clauses(NamedTuple):
    """Actions of all rules: whose, in THEN or ELSE, its priority, on which of the links, and what it does."""

    rule: Index
    otherwise: Mask
    priority: Vector
    link: Index
    status: Index
    setting: Vector


class Curves(NamedTuple):
    """Volumes and levels of tanks, m3 and m, and where each tank's points end."""

    end: Index
    volumes: Vector
    levels: Vector


class SetLinks(NamedTuple):
    """The links that rules set: how they stand, and by how much a setting must differ to be a change."""

    place: Index
    status: Vector
    setting: Vector
    least: Vector


class Ahead(NamedTuple):
    """All that is needed to foresee what rules do.

    Attributes
    ----------
    constant
        Of each premise that nothing foresees, whether it holds now.
    """

    premises: Premises
    clauses: Clauses
    curves: Curves
    constant: Mask
    links: SetLinks
    tanks: Storage


class RulesAhead:
    """The rules of a project as vectors.

    Parameters
    ----------
    project, tanks, rules
        Opened.
    """

    def __init__(self, project: Project, tanks: Tanks, rules: Rules) -> None:
        self._project, self._rules, self._tanks = project, rules, tanks
        self._premises = [premise for own in rules.premises.values() for premise in own]
        self._place = np.array(sorted(rules.links), dtype=np.intp)
        kinds = np.array([self._kind(p.variable, p.at, p.status) for p in self._premises], dtype=np.intp)
        self._constant = np.flatnonzero(kinds == _CONSTANT).tolist()
        self._holds = np.zeros(len(kinds), dtype=bool)
        least = np.array([self._least_change(int(link)) for link in self._place])
        links = SetLinks(self._place, np.zeros(len(least)), np.zeros(len(least)), least)
        parts = self._as_vectors(kinds), self._clauses(), self._curves(), self._holds, links
        self._ahead = pin(Ahead(*parts, tanks.vectors))

    def first_s(self, now: int, rule_step: int, horizon: int, demand: Vector) -> int:
        """Return the seconds until a rule changes a link, at most the horizon.

        Parameters
        ----------
        demand
            Of nodes at the solution that holds now, m3/s.
        """
        for k in self._constant:
            self._holds[k] = self._rules.check(self._premises[k], 0)
        project = self._project
        return int(_first(project.address, project.raw.value, now, rule_step, horizon, self._ahead, demand))

    def _kind(self, variable: int, at: int, status: int) -> int:
        if variable == en.R_TIME:
            return _TIME
        if variable == en.R_CLOCKTIME:
            return _CLOCK
        if status > NUMBER or at - 1 not in self._tanks.place:
            return _CONSTANT
        kinds = {en.R_FILLTIME: _FILLS, en.R_DRAINTIME: _DRAINS}
        heads = dict.fromkeys((en.R_LEVEL, en.R_HEAD, en.R_GRADE, en.R_PRESSURE), _LEVEL)
        return (kinds | heads).get(variable, _CONSTANT)

    def _as_vectors(self, kinds: Index) -> Premises:
        rows, unit, handle = self._premises, 1.0 / self._project.length_unit, self._project.handle
        tank = [
            self._tanks.place.get(p.at - 1, -1) if k > _CLOCK else -1
            for p, k in zip(rows, kinds, strict=True)
        ]
        shift, scale = np.zeros(len(rows)), np.full(len(rows), unit)
        for k, premise in enumerate(rows):
            if kinds[k] == _LEVEL and premise.variable in (en.R_HEAD, en.R_GRADE):
                shift[k] = en.getnodevalue(handle, premise.at, en.ELEVATION)
            elif kinds[k] == _LEVEL and premise.variable == en.R_PRESSURE:
                scale[k] = self._project.pressure_per_m()
        return Premises(
            np.cumsum([len(own) for own in self._rules.premises.values()]).astype(np.intp),
            np.array([p.logic == _OR for p in rows], dtype=bool),
            kinds,
            np.array(tank, dtype=np.intp),
            np.array([p.relation for p in rows], dtype=np.intp),
            np.array([p.value for p in rows], dtype=float),
            scale,
            shift,
        )

    def _clauses(self) -> Clauses:
        rows, place = self._rules.clauses, {int(link): i for i, link in enumerate(self._place)}
        order = {rule: i for i, rule in enumerate(self._rules.premises)}
        return Clauses(
            np.array([order[c.rule] for c in rows], dtype=np.intp),
            np.array([c.otherwise for c in rows], dtype=bool),
            np.array([self._rules.priority[c.rule] for c in rows], dtype=float),
            np.array([place[c.link] for c in rows], dtype=np.intp),
            np.array([c.action.status for c in rows], dtype=np.intp),
            np.array([c.action.setting for c in rows], dtype=float),
        )

    def _curves(self) -> Curves:
        curves = self._tanks.curves
        end = np.cumsum([len(levels) for levels, _ in curves]).astype(np.intp)
        volumes, levels = (np.concatenate([np.zeros(0), *(c[k] for c in curves)]) for k in (1, 0))
        return Curves(end, volumes, levels)

    def _least_change(self, link: int) -> float:
        """Return by how much a setting must differ, in the file's unit, for EPANET to change it, at most."""
        kind = en.getlinktype(self._project.handle, link + 1)
        if kind == en.FCV:
            return _TOLERANCE * _CUBIC_FOOT_M3 / self._project.flow_unit
        return _TOLERANCE * (_LEAST_PER_FOOT if kind in _BY_PRESSURE else 1.0)


@compiled
def _read_links(project: int, value: Vector, links: SetLinks) -> None:
    """Read how some links stand in EPANET now."""
    for i in range(len(links.place)):
        calls.get_link_value(project, links.place[i] + 1, _STATUS, value.ctypes.data)
        links.status[i] = value[0]
        calls.get_link_value(project, links.place[i] + 1, _SETTING, value.ctypes.data)
        links.setting[i] = value[0]


@compiled
def _first(
    project: int, value: Vector, now: int, rule_step: int, horizon: int, ahead: Pinned, demand: Vector
) -> int:
    """Return the seconds until the first rule step at which a link would change.

    Parameters
    ----------
    value
        Memory that EPANET writes into.
    ahead
        An `Ahead`.
    """
    own: Ahead = ahead.parts
    premises, tanks = own.premises, own.tanks
    _read_links(project, value, own.links)
    level = np.zeros(len(tanks.nodes))
    true = np.zeros(len(premises.end), dtype=np.bool_)
    before, after = 0, rule_step - now % rule_step
    while after < horizon:
        for i in range(len(level)):
            level[i] = _level_after(tanks, own.curves, i, demand[tanks.nodes[i]] * after)
        for rule in range(len(true)):
            true[rule] = _rule_holds(
                premises, rule, own.constant, now + before, now + after, level, tanks, demand, after
            )
        if _anything_changes(own.clauses, true, own.links):
            return after
        before, after = after, after + rule_step
    return horizon


@compiled
def _level_after(tanks: Storage, curves: Curves, i: int, inflow_m3: float) -> float:
    first, last = curves.end[i - 1] if i else 0, curves.end[i] - 1
    volume = min(max(tanks.volume[i] + inflow_m3, tanks.lowest[i]), tanks.highest[i])
    k = first
    while k < last - 1 and curves.volumes[k + 1] < volume:
        k += 1
    rise = curves.volumes[k + 1] - curves.volumes[k]
    share = min(max((volume - curves.volumes[k]) / rise, 0.0), 1.0) if rise > 0.0 else 0.0
    return float(curves.levels[k] + share * (curves.levels[k + 1] - curves.levels[k]))


@compiled
def _rule_holds(
    premises: Premises,
    rule: int,
    constant: Mask,
    since: int,
    now: int,
    level: Vector,
    tanks: Storage,
    demand: Vector,
    after: int,
) -> bool:
    result = True
    for k in range(premises.end[rule - 1] if rule else 0, premises.end[rule]):
        if premises.either[k] and result:
            continue
        if not premises.either[k] and not result:
            return False
        kind = premises.kind[k]
        if kind == _CONSTANT:
            result = constant[k]
        elif kind in (_TIME, _CLOCK):
            result = _time_holds(premises.relation[k], int(premises.value[k]), since + 1, now, kind == _CLOCK)
        elif kind == _LEVEL:
            value = level[premises.tank[k]] * premises.scale[k] + premises.shift[k]
            result = _compares(value - premises.value[k], premises.relation[k])
        else:
            i = premises.tank[k]
            inflow = demand[tanks.nodes[i]]
            limit = tanks.highest[i] if kind == _FILLS else tanks.lowest[i]
            moving = inflow if kind == _FILLS else -inflow
            result = moving > _TINY_M3_PER_S and _compares(
                (limit - tanks.volume[i]) / inflow - after - premises.value[k], premises.relation[k]
            )
    return result


@compiled
def _time_holds(relation: int, wanted: int, begin: int, end: int, of_day: bool) -> bool:
    if of_day:
        begin, end = begin % _DAY_S, end % _DAY_S
    if relation == _LT:
        return end < wanted
    if relation == _LE:
        return end <= wanted
    if relation == _GT:
        return end > wanted
    if relation == _GE:
        return end >= wanted
    within = begin <= wanted <= end if begin <= end else wanted >= begin or wanted <= end
    return within == (relation == _EQ)


@compiled
def _compares(over: float, relation: int) -> bool:
    """Compare like EPANET, whose LE and GE are the narrower of the inequalities."""
    if relation == _EQ:
        return abs(over) <= _TOLERANCE
    if relation == _NE:
        return abs(over) >= _TOLERANCE
    if relation == _LT:
        return over <= _TOLERANCE
    if relation == _LE:
        return over <= -_TOLERANCE
    if relation == _GT:
        return over >= -_TOLERANCE
    return over >= _TOLERANCE


@compiled
def _anything_changes(clauses: Clauses, true: Mask, links: SetLinks) -> bool:
    """Return whether the actions of highest priority, the first of equal ones, would change their links."""
    status, setting, least = links.status, links.setting, links.least
    chosen = np.full(len(status), -1)
    for k in range(len(clauses.rule)):
        if true[clauses.rule[k]] != clauses.otherwise[k]:
            before = chosen[clauses.link[k]]
            if before < 0 or clauses.priority[k] > clauses.priority[before]:
                chosen[clauses.link[k]] = k
    for i in range(len(status)):
        k = chosen[i]
        if k < 0:
            continue
        if clauses.status[k] == OPEN and status[i] == 0.0:
            return True
        if clauses.status[k] == CLOSED and status[i] != 0.0:
            return True
        if clauses.setting[k] > -NOTHING and abs(clauses.setting[k] - setting[i]) > least[i]:
            return True
    return False
