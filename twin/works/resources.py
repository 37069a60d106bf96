"""Crews and money: which of the sites that are prepared may begin."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush

import simpy
from simpy.events import EventPriority

from twin.dates import next_month
from twin.scenario.schema import Scenario
from twin.works.budgets import ByYear, spending_by_year

_DAY_S = 86400
_LATER = EventPriority(2)
_ROUNDING_BN = 1e-9
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ReadySite:
    """A site that is prepared to begin.

    Attributes
    ----------
    trade, crews
        What it takes from its beginning until it is ready; an empty trade takes none.
    instrument
        Who pays; empty: the city, without a limit.
    price_bn, ready
        What it costs and when it is ready, if it begins on a day.
    began
        When it began, if that was before the scenario's start: then it is under way.
    """

    name: str
    priority: int
    trade: str
    crews: int
    instrument: str
    price_bn: Callable[[date], float]
    ready: Callable[[date], date]
    began: date | None = None


class Resources:
    """Hands out crews and money, first come by priority, at the end of an instant.

    One that waits for crews of a trade lets no later one overtake it there; one that waits for an
    instrument's money lets no later one of that instrument. A beginning is allowed only if it breaks
    no limit until the site is ready (crews) and in any calendar year (money).

    Parameters
    ----------
    env, scenario
        Its `crews`, `instruments` and ceiling; the clock counts seconds from its start.
    """

    def __init__(self, env: simpy.Environment, scenario: Scenario) -> None:
        self._env, self._scenario = env, scenario
        self._waiting: dict[Key, list[tuple[int, str, ReadySite, simpy.Event]]] = {}
        self._busy = dict.fromkeys(scenario.crews, 0)
        # crews of works under way that will still be at work when a year brings another number
        self._busy_on = {trade: {date(y, 1, 1): 0 for y in years} for trade, years in scenario.crews.items()}
        self._spent: dict[str, ByYear] = {name: {} for name in scenario.instruments}
        self._debt_service: ByYear = {}
        self._held_by: dict[Key, str] = {}
        self._reasons: dict[str, dict[str, None]] = {}
        self._due, self._ticking = False, False

    def ask(self, request: ReadySite) -> simpy.Event:
        """Return an event that comes when the site may begin; its value is what it waited for."""
        event = self._env.event()
        if request.began is not None:
            ready = request.ready(request.began)
            self._take(request, self._today(), ready, *self._money(request, request.began, ready))
            event.succeed(())
            return event
        heap = self._waiting.setdefault((request.trade, request.instrument), [])
        heappush(heap, (request.priority, request.name, request, event))
        self._decide_later()
        return event

    def _today(self) -> date:
        return self._scenario.start + timedelta(seconds=int(self._env.now))

    def _decide_later(self) -> None:
        """Decide once all that happens in this instant has happened."""
        if not self._due:
            self._due = True
            event = self._env.event()
            event._ok, event._value = True, None
            event.callbacks.append(lambda _: self._decide())
            self._env.schedule(event, priority=_LATER)

    def _decide(self) -> None:
        self._due = False
        today = self._today()
        full: set[str] = set()
        broke: set[str] = set()
        while heads := [
            (heap[0][:2], key)
            for key, heap in self._waiting.items()
            if heap and key[0] not in full and key[1] not in broke
        ]:
            key = min(heads)[1]
            request, event = self._waiting[key][0][2:]
            reason = self._begin(request, today)
            if reason:
                part = 0 if reason.startswith("crew") else 1
                (full, broke)[part].add(key[part])
                self._reasons.setdefault(request.name, {})[reason] = None
                self._held_by |= {other: reason for other in self._waiting if other[part] == key[part]}
                continue
            heappop(self._waiting[key])
            waited = self._reasons.pop(request.name, None) or {self._held_by.get(key, ""): None}
            event.succeed(tuple(reason for reason in waited if reason))
        if any(self._waiting.values()) and not self._ticking:
            self._ticking = True
            self._env.process(self._tick(today))

    def _tick(self, today: date) -> "simpy.events.ProcessGenerator":
        """Look again at the first of the next month: years bring crews and money."""
        following = next_month(today)
        yield self._env.timeout((following - today).days * _DAY_S)
        self._ticking = False
        self._decide_later()

    def _release(self, trade: str, crews: int, days: int) -> "simpy.events.ProcessGenerator":
        yield self._env.timeout(days * _DAY_S)
        self._busy[trade] -= crews
        self._decide_later()

    def _begin(self, request: ReadySite, today: date) -> str:
        """Take crews and money for a site, or return why it cannot begin."""
        ready = request.ready(today)
        if request.trade and not self._has_crews(request, today, ready):
            return f"crew {request.trade}"
        spending, service = self._money(request, today, ready)
        terms = self._scenario.instruments.get(request.instrument)
        if terms and not _fits(self._spent[request.instrument], spending, terms.limit_bn_kzt_per_year):
            return f"money {request.instrument}"
        ceiling = self._scenario.finance.debt_service_ceiling_bn_kzt_per_year
        if not _fits(self._debt_service, service, ceiling):
            return "money debt service"
        self._take(request, today, ready, spending, service)
        return ""

    def _take(self, request: ReadySite, today: date, ready: date, spending: ByYear, service: ByYear) -> None:
        """Book crews and money for a site that begins, or is under way."""
        if request.instrument in self._spent:
            _add(self._spent[request.instrument], spending)
        _add(self._debt_service, service)
        if request.trade and ready > today:
            self._busy[request.trade] += request.crews
            for day in self._busy_on[request.trade]:
                self._busy_on[request.trade][day] += request.crews if today < day < ready else 0
            self._env.process(self._release(request.trade, request.crews, (ready - today).days))

    def _has_crews(self, request: ReadySite, today: date, ready: date) -> bool:
        """Return whether the crews are free now and stay so, also where their number falls."""
        used = {day: n for day, n in self._busy_on[request.trade].items() if today < day < ready}
        used[today] = self._busy[request.trade]
        return all(
            n + request.crews <= crews_on(self._scenario, request.trade, day) for day, n in used.items()
        )

    def _money(self, request: ReadySite, today: date, ready: date) -> tuple[ByYear, ByYear]:
        return spending_by_year(self._scenario, request.instrument, request.price_bn(today), today, ready)


def crews_on(scenario: Scenario, trade: str, day: date) -> int:
    """Return how many crews a trade has on a day."""
    years = [year for year in scenario.crews[trade] if year <= day.year]
    return scenario.crews[trade][max(years)].crews if years else 0


def _fits(taken: ByYear, more: ByYear, limit: float | None) -> bool:
    return limit is None or all(
        taken.get(year, 0.0) + amount <= limit + _ROUNDING_BN for year, amount in more.items()
    )


def _add(taken: ByYear, more: ByYear) -> None:
    for year, amount in more.items():
        taken[year] = taken.get(year, 0.0) + amount
