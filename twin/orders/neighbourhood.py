"""How a build order may be changed: what the given order's run speaks for is tried first, and more often."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from twin.dates import add_months, month_position
from twin.scenario.schema import Scenario
from twin.scenario.works import OrderRow
from twin.works.construction import Works, forecast

_FIRST_MONTHS, _MOST_MONTHS = 12, 48
_GROUPS = (0.0, 0.25, 0.5)
"""Sites that are used less than this are put off together."""
_LEAST_WEIGHT = 0.05
_IN_THE_LIST = 0.2
"""Share of moves that change who is served first, not when anybody starts."""
Order = tuple[OrderRow, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A change of an order.

    Attributes
    ----------
    months
        By how much sites start later (or earlier, if below zero).
    site, before
        A site that goes before another in the list.
    idea
        Number of the idea it comes from, -1 if from none.
    """

    months: Mapping[str, int]
    site: str = ""
    before: str = ""
    idea: int = -1


@dataclass(slots=True)
class Idea:
    """Sites that are put off (`sign` 1) or brought forward (-1) together, by a step that learns."""

    sites: tuple[str, ...]
    sign: int
    weight: float
    months: int = _FIRST_MONTHS


def moved(order: Order, moves: Iterable[Move], begin: date) -> Order:
    """Return an order with some moves made; a site that several move goes by the largest of them."""
    months: dict[str, int] = {}
    chosen = list(moves)
    for move in chosen:
        for site, by in move.months.items():
            months[site] = max(by, months.get(site, 0), key=abs)
    rows = [_shifted(row, months.get(row.site, 0), begin) for row in order]
    for move in chosen:
        if move.before and move.before != move.site:
            row = next(row for row in rows if row.site == move.site)
            rows.remove(row)
            rows.insert(next(i for i, other in enumerate(rows) if other.site == move.before), row)
    return tuple(rows)


class Neighbourhood:
    """Proposes moves and learns from what came of them.

    Sites that change no network (roads) are never put off: what they are good for is not simulated, so
    it would always seem better.

    Parameters
    ----------
    scenario
        With the order that the search begins with.
    wants
        What was not served for want of each site: these are brought forward.
    used
        What part of what a site brings is used at the end; those of little use are put off.
    draws
        Which moves are tried.
    """

    def __init__(
        self,
        scenario: Scenario,
        wants: Mapping[str, float],
        used: Mapping[str, float],
        draws: np.random.Generator,
    ) -> None:
        self._scenario, self._stream = scenario, draws
        self._sites = [row.site for row in scenario.order if not row.cancelled]
        most = max((wants.get(site, 0.0) for site in self._sites), default=0.0) or 1.0
        simulated = {change.site for change in scenario.site_changes}
        self._movable = [site for site in self._sites if site in simulated]
        self._built = self._built_by(scenario.order)
        self._wanted = {s: wants.get(s, 0.0) / most for s in self._sites if wants.get(s, 0.0) > 0.0}
        use = {s: 1.0 if s in self._wanted else min(1.0, used.get(s, 0.0)) for s in self._sites}
        self._ideas = list(self._all_ideas(use))

    def propose(self, order: Order) -> Iterator[Move]:
        """Yield moves, the most promising more often among the first, without end.

        The very first lets no site be ready long before what it requires.
        """
        yield Move(self._idle_months(order))
        weights = np.array([idea.weight for idea in self._ideas])
        # weighted draws without replacement (Efraimidis and Spirakis 2006)
        for i in np.argsort(-(self._stream.random(len(weights)) ** (1.0 / weights))).tolist():
            idea = self._ideas[i]
            yield Move(dict.fromkeys(idea.sites, idea.sign * idea.months), idea=i)
            if self._stream.random() < _IN_THE_LIST:
                yield self._in_the_list(list(self._wanted) or self._sites)
        while self._sites:
            yield self._in_the_list(self._sites)

    def keeps(self, order: Order) -> bool:
        """Return whether an order builds within the horizon, as planned, what the given one does."""
        return self._built <= self._built_by(order)

    def learn(self, move: Move, better: bool) -> None:
        """Lengthen the step of what succeeded and try it more often; the contrary of what did not."""
        if move.idea >= 0:
            idea = self._ideas[move.idea]
            idea.months = min(_MOST_MONTHS, 2 * idea.months) if better else max(1, idea.months // 2)
            idea.weight = max(_LEAST_WEIGHT, idea.weight * (2.0 if better else 0.5))

    def _all_ideas(self, use: Mapping[str, float]) -> Iterator[Idea]:
        requires = {site: self._scenario.sites[site].requires for site in self._sites}
        for most in _GROUPS:
            yield Idea(tuple(s for s in self._movable if use[s] <= most), 1, 4.0)
        for site in self._movable:
            yield Idea((site,), 1, 1.0 - use[site] + _LEAST_WEIGHT)
            family = tuple(s for s in _only_for(site, requires) if s in self._movable)
            if len(family) > 1:
                idle = 1.0 - max(use[s] for s in family)
                yield Idea(family, 1, idle + _LEAST_WEIGHT)
        for site, want in self._wanted.items():
            yield Idea(_with_required(site, requires), -1, want + _LEAST_WEIGHT)

    def _idle_months(self, order: Order) -> dict[str, int]:
        """Return the whole months that each site is ready before what it requires."""
        works = self._forecast(order)
        idle = {
            site: int(month_position(w.commissioned) - month_position(w.ready))
            for site, w in works.items()
            if w.ready and w.commissioned and site in self._movable
        }
        return {site: months for site, months in idle.items() if months}

    def _built_by(self, order: Order) -> set[str]:
        end = self._scenario.end
        return {s for s, w in self._forecast(order).items() if w.commissioned and w.commissioned < end}

    def _forecast(self, order: Order) -> dict[str, Works]:
        return forecast(self._scenario.model_copy(update={"order": order, "future": 0}))

    def _in_the_list(self, sites: Sequence[str]) -> Move:
        site, before = self._stream.choice(sites), self._stream.choice(self._sites)
        return Move({}, str(site), str(before))


def _only_for(site: str, requires: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return a site and all that require nothing else, directly or through one another."""
    family = {site: None}
    while new := {
        other: None
        for other, needed in requires.items()
        if needed and other not in family and family.keys() >= set(needed)
    }:
        family |= new
    return tuple(family)


def _with_required(site: str, requires: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return a site and all that it requires, directly or through one another."""
    chain, todo = {site: None}, [site]
    while todo:
        new = [other for other in requires.get(todo.pop(), ()) if other not in chain]
        chain |= dict.fromkeys(new)
        todo += new
    return tuple(chain)


def _shifted(row: OrderRow, months: int, begin: date) -> OrderRow:
    if not months or row.cancelled:
        return row
    start = add_months((row.start or begin).replace(day=1), months)
    return row.model_copy(update={"start": None if start <= begin else start})
