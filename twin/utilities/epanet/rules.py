"""EPANET's rules, read and evaluated for links on which they may not act now.

The conditions and tolerances are EPANET 2.3's (`checktime`, `checkstatus`, `checkvalue` in its rules.c).
"""

from collections.abc import Collection, Iterator
from operator import ge, gt, le, lt
from typing import NamedTuple

from epanet import toolkit as en

from twin.utilities.epanet import calls
from twin.utilities.epanet.project import Project
from twin.utilities.epanet.tanks import Tanks

NUMBER, OPEN, CLOSED, ACTIVE = range(4)
NOTHING = 1e10
"""Below minus this EPANET takes a setting for none."""
_TOLERANCE = 1e-3
_OR = 3
_DAY_S = 86400
_TINY_M3_PER_S = 1e-7
_HEADS = (en.R_HEAD, en.R_GRADE, en.R_LEVEL, en.R_PRESSURE)
_TIMES = {en.R_LT: lt, en.R_LE: le, en.R_GT: gt, en.R_GE: ge}


class Action(NamedTuple):
    """What a rule does to a link: a status, or with `NUMBER` a setting."""

    status: int
    setting: float


class Premise(NamedTuple):
    """A condition of a rule, as EPANET keeps it."""

    logic: int
    object: int
    at: int
    variable: int
    relation: int
    status: int
    value: float


class Clause(NamedTuple):
    """One action of a rule: which, in its THEN or its ELSE, on which link (from 0)."""

    rule: int
    number: int
    otherwise: bool
    link: int
    action: Action


class Rules:
    """The rules of a project.

    Parameters
    ----------
    project, tanks
        Opened.

    Attributes
    ----------
    links
        Links, from 0, that rules act on.
    times
        Seconds since the start that they name.
    premises, priority, clauses
        Of each rule its conditions and priority, and the actions of all, in file order.
    """

    def __init__(self, project: Project, tanks: Tanks) -> None:
        self._project, self._tanks = project, tanks
        handle = project.handle
        self.premises: dict[int, list[Premise]] = {}
        self.priority: dict[int, float] = {}
        self.clauses: list[Clause] = []
        for rule in range(1, en.getcount(handle, en.RULECOUNT) + 1):
            if not calls.is_rule_enabled(project.address, rule):
                continue
            premises, thens, elses, priority = en.getrule(handle, rule)
            numbers = range(1, premises + 1)
            self.premises[rule] = [Premise(*en.getpremise(handle, rule, number)) for number in numbers]
            self.priority[rule] = priority
            for otherwise, count, read in ((False, thens, en.getthenaction), (True, elses, en.getelseaction)):
                for number in range(1, count + 1):
                    link, *action = read(handle, rule, number)
                    self.clauses.append(Clause(rule, number, otherwise, link - 1, Action(*action)))
        self.links = {clause.link for clause in self.clauses}
        premises = (premise for own in self.premises.values() for premise in own)
        self.times = [premise.value for premise in premises if premise.variable == en.R_TIME]

    def write(self, link: int, action: Action | None) -> None:
        """Let all rules do this to a link; None: what the file says."""
        for clause in self.clauses:
            if clause.link == link:
                write = en.setelseaction if clause.otherwise else en.setthenaction
                what = clause.action if action is None else action
                write(self._project.handle, clause.rule, clause.number, link + 1, *what)

    def actions(self, links: Collection[int], seconds: int) -> dict[int, Action]:
        """Return what the rules would do to some links now, at the end of so many seconds.

        Of several actions on a link the one of highest priority counts, the first of equal ones.
        """
        found: dict[int, Clause] = {}
        holds: dict[int, bool] = {}
        for clause in self.clauses:
            if clause.link not in links:
                continue
            if clause.rule not in holds:
                holds[clause.rule] = self._holds(self.premises[clause.rule], seconds)
            if holds[clause.rule] == clause.otherwise:
                continue
            before = found.get(clause.link)
            if before is None or self.priority[clause.rule] > self.priority[before.rule]:
                found[clause.link] = clause
        return {link: clause.action for link, clause in found.items()}

    def that_open_below(self, nodes: Collection[int]) -> Iterator[Premise]:
        """Yield the conditions on heads of some nodes below which a link is opened.

        That is one below a value that lets a rule act, or above one that does not.
        """
        for clause in self.clauses:
            status, setting = clause.action
            opens = status == OPEN or (status != CLOSED and setting > 0.0)
            below = (en.R_GT, en.R_GE) if clause.otherwise else (en.R_LT, en.R_LE)
            for premise in self.premises[clause.rule] if opens else ():
                of_node = premise.object == en.R_NODE and premise.at - 1 in nodes
                if of_node and premise.relation in below and premise.variable in _HEADS:
                    yield premise

    def _holds(self, premises: list[Premise], seconds: int) -> bool:
        result = True
        for premise in premises:
            if premise.logic == _OR:
                result = result or self.check(premise, seconds)
            elif not result:
                return False
            else:
                result = self.check(premise, seconds)
        return result

    def check(self, premise: Premise, seconds: int) -> bool:
        """Return whether a condition holds now, at the end of so many seconds."""
        if premise.variable in (en.R_TIME, en.R_CLOCKTIME):
            return self._check_time(premise, seconds)
        if premise.status > NUMBER:
            return self._check_status(premise)
        value = self._value(premise)
        return value is not None and _compare(value, premise.relation, premise.value)

    def _check_time(self, premise: Premise, seconds: int) -> bool:
        end, wanted = self._project.time_s(en.HTIME), int(premise.value)
        begin = end - seconds + 1
        if premise.variable == en.R_CLOCKTIME:
            begin, end = begin % _DAY_S, end % _DAY_S
        if premise.relation in _TIMES:
            return bool(_TIMES[premise.relation](end, wanted))
        within = begin <= wanted <= end if begin <= end else wanted >= begin or wanted <= end
        return within == bool(premise.relation == en.R_EQ)

    def _check_status(self, premise: Premise) -> bool:
        handle = self._project.handle
        status = en.getlinkvalue(handle, premise.at, en.STATUS)
        now = CLOSED if status == 0.0 else ACTIVE if status == 2.0 else OPEN
        return (now == premise.status) == bool(premise.relation == en.R_EQ)

    def _value(self, premise: Premise) -> float | None:
        """Return the value of what a premise is about, in the file's units; None where it has none."""
        handle, index = self._project.handle, premise.at
        match premise.variable:
            case en.R_DEMAND if premise.object == en.R_SYSTEM:
                return self._system_demand()
            case en.R_DEMAND:
                return float(en.getnodevalue(handle, index, en.DEMAND))
            case en.R_HEAD | en.R_GRADE:
                return float(en.getnodevalue(handle, index, en.HEAD))
            case en.R_PRESSURE:
                return float(en.getnodevalue(handle, index, en.PRESSURE))
            case en.R_LEVEL:
                head, ground = (en.getnodevalue(handle, index, q) for q in (en.HEAD, en.ELEVATION))
                return float(head - ground)
            case en.R_FLOW:
                return abs(float(en.getlinkvalue(handle, index, en.FLOW)))
            case en.R_SETTING:
                return float(en.getlinkvalue(handle, index, en.SETTING))
            case en.R_FILLTIME | en.R_DRAINTIME:
                return self._seconds_to_limit(index - 1, premise.variable == en.R_FILLTIME)
        return None

    def _system_demand(self) -> float:
        """Return all that is asked, without what flows in."""
        full = self._project.node_values(en.FULLDEMAND)
        return float(full[full > 0.0].sum())

    def _seconds_to_limit(self, node: int, fills: bool) -> float | None:
        tank = self._tanks.place.get(node)
        if tank is None:
            return None
        flow = en.getnodevalue(self._project.handle, node + 1, en.DEMAND) * self._project.flow_unit
        limit = self._tanks.max_volume if fills else self._tanks.min_volume
        volume = en.getnodevalue(self._project.handle, node + 1, en.TANKVOLUME) * self._project.volume_unit
        if (flow if fills else -flow) <= _TINY_M3_PER_S:
            return None
        return float((limit[tank] - volume) / flow)


def _compare(value: float, relation: int, wanted: float) -> bool:
    """Compare like EPANET, whose LE and GE are the narrower of the inequalities."""
    over = value - wanted
    match relation:
        case en.R_EQ:
            return abs(over) <= _TOLERANCE
        case en.R_NE:
            return abs(over) >= _TOLERANCE
        case en.R_LT:
            return over <= _TOLERANCE
        case en.R_LE:
            return over <= -_TOLERANCE
        case en.R_GT:
            return over >= -_TOLERANCE
    return over >= _TOLERANCE
