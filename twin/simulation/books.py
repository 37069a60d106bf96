"""What is kept of a run: days are taken in, in the order of the calendar, and months are closed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from twin.city.capacity import Ledger
from twin.city.city import City, DayDemand
from twin.city.events import Event, Postings
from twin.city.relief import missing_sites
from twin.demand.further import asking
from twin.errors import Mistake, Unsolved
from twin.results.tables import Headroom, StandInRow
from twin.scenario.schema import Scenario, utility_of
from twin.simulation.account import Account
from twin.simulation.calendar import Day
from twin.simulation.day import DayRecord
from twin.simulation.drivers import Commissioned, MonthEnd
from twin.simulation.drives import Drives
from twin.simulation.incidents import Incidents
from twin.simulation.interruptions import Interruptions
from twin.simulation.recorder import Recorder
from twin.simulation.recording import Recording
from twin.utilities.base import Mask
from twin.utilities.demand import FurtherDay
from twin.works.tariffs import Tariffs

_UNSOLVED_LIMIT_S = 24 * 3600
_HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """A day as drivers have it.

    Attributes
    ----------
    midnight_s
        When it begins, seconds from the start.
    commissioned
        The sites in service, from its midnight and from later seconds of the day on.
    demand
        As the day begins, by utility.
    moves
        Of a further day, the networks whose demand it changes.
    """

    day: Day
    midnight_s: int
    commissioned: Sequence[tuple[int, Commissioned]]
    demand: DayDemand = field(default_factory=dict)
    moves: frozenset[str] = frozenset()


def linked(scenario: Scenario) -> dict[str, set[str]]:
    """Return by simulated utility those whose assets are linked with its own."""
    found: dict[str, set[str]] = {}
    for link in scenario.links:
        one, other = utility_of(link.asset), utility_of(link.to)
        if {one, other} <= scenario.simulated.keys():
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return found


class Books:
    """Takes days in, and keeps statistics, sums, causes and events.

    Parameters
    ----------
    scenario, city, ledger
        Of the run.
    postings
        Where what happens by itself is told.
    next_site
        Of some sites, the next to come, empty if none is planned.
    """

    def __init__(
        self,
        scenario: Scenario,
        city: City,
        ledger: Ledger,
        postings: Postings,
        next_site: Callable[[Collection[str]], str],
    ) -> None:
        self._scenario, self._next_site = scenario, next_site
        self.postings, self.ledger = postings, ledger
        self.account = Account()
        self._tariffs = Tariffs(scenario)
        self.recorder = Recorder(scenario, city.signals, ledger)
        self.recording = Recording(scenario, city.signals) if scenario.record else None
        self.stand_ins: list[StandInRow] = []
        self.warnings: dict[Mistake, None] = {}
        self._network, self._networks = city.network_of_signals(), tuple(city.networks)
        self._linked = linked(scenario)
        self.drives = Drives(scenario, city)
        self._incidents = Incidents(scenario, city.signals, postings)
        self._interruptions = Interruptions(scenario, city.signals)
        self._unsolved_since: int | None = None
        self._active: Mask = np.zeros(len(city.signals), dtype=bool)
        self._commissioned: Commissioned = ()

    def take(self, planned: PlannedDay, record: DayRecord) -> None:
        """Take a day in."""
        day, account = planned.day, self.account
        valid = self._valid(record)
        month = f"{day.month:%Y-%m}"
        if day.further is None:
            self._note(planned, record, valid)
        else:
            # it is not in the course of time: nothing begins or ends on it
            counting = self._counting(planned.moves, day.further)
            valid = valid & np.isin(self._network, [self._networks.index(name) for name in counting])
            self._tell_unsolved(planned, record)
            account.add_further(month, day.further, record, counting, self._missing_site)
        self._active, self._commissioned = record.active[-1], planned.commissioned[-1][1]
        self.recorder.add_day(record, valid, planned.midnight_s, day.weight)
        if self.recording is not None:
            self.recording.take(record, valid, planned.midnight_s, day.weight)
        account.coupled_hours += _HOURS_PER_DAY * (1 + record.settling_days)
        account.settled(record, day.weight)
        account.add(month, record, day.weight, self._missing_site)
        for name, paid in self._tariffs.takings(planned.demand, record.totals).items():
            key = month, name
            account.revenue[key] = account.revenue.get(key, 0.0) + day.weight * paid
        self.drives.take(record, day.weight)
        self.warnings |= dict.fromkeys(record.warnings)
        self.postings.forget_outages(planned.midnight_s)

    def end_month(
        self, end: MonthEnd, located: Mapping[str, float], whole: Mapping[str, float]
    ) -> list[Headroom]:
        """Close a month with what stood on its last simulated day; return its headroom."""
        self.account.people += end.people
        closed = len(self.ledger.rows)
        for name in self.recorder.end_month(f"{end.month:%Y-%m}", end.commissioned, located, whole):
            self.postings.post(Event(end.second, "first breach", name, late=True))
        return self.ledger.rows[closed:]

    def stands(self, asset: str, active: Mask | None = None) -> bool:
        """Return whether an asset was in service on the last day; ``active`` is what is in service now."""
        return self._interruptions.stands(
            asset, self._active if active is None else active, self._commissioned
        )

    def _valid(self, record: DayRecord) -> Mask:
        """Return which readings count, shape (instants, signals)."""
        version = np.searchsorted(record.active_from, np.arange(len(record.times)), side="right") - 1
        valid = record.active[version]
        return valid & record.solved[:, self._network] if record.unsolved else valid

    def _note(self, planned: PlannedDay, record: DayRecord, valid: Mask) -> None:
        """Tell what began or ended by itself, and instants without a solution."""
        post, held, unsolved = self.postings.post, dict(record.held), dict(record.unsolved)
        active_from = dict(zip(record.active_from.tolist(), record.active, strict=True))
        sites, times = dict(planned.commissioned), record.times.tolist()
        bad, moved = self._incidents.judge(record.readings, valid)
        seen: Mapping[str, Sequence[str]] = {}
        rows = {0, *np.flatnonzero(moved | record.unsettled).tolist(), *held, *unsolved, *active_from}
        for row in sorted(rows | {row for row, second in enumerate(times) if second in sites}):
            now = planned.midnight_s + times[row]
            if row in active_from or times[row] in sites:
                self._active = active_from.get(row, self._active)
                self._commissioned = sites.get(times[row], self._commissioned)
                self._interruptions.forget()
            self._tell(now, unsolved.get(row, {}))
            seen = held.get(row, seen)
            without = self._interruptions.without(seen, self._active, self._commissioned)
            self._incidents.update(now, bad[row], without)
            if record.unsettled[row]:
                moves = f"{record.residual_kw[row]:.3g} kW still move"
                post(Event(now, "unsettled", "city", moves, late=True))
        if unsolved or self._unsolved_since is not None:
            self._count(planned.midnight_s, record)

    def _tell_unsolved(self, planned: PlannedDay, record: DayRecord) -> None:
        times = record.times.tolist()
        for row, reasons in record.unsolved:
            self._tell(planned.midnight_s + times[row], reasons)

    def _tell(self, now: int, reasons: Mapping[str, Unsolved]) -> None:
        for name, why in reasons.items():
            self.postings.post(Event(now, "unsolved", why.element or name, why.reason, late=True))

    def _counting(self, moves: Collection[str], further: FurtherDay) -> set[str]:
        """Return the networks for which a further day counts: what it moves, who asks, what is linked."""
        asked = asking(self._scenario, further)
        counts = {*moves, *asked, *(other for name in asked for other in self._linked.get(name, ()))}
        return counts.intersection(self._networks)

    def _count(self, midnight_s: int, record: DayRecord) -> None:
        """End the run after 24 hours in a row without a solution, with the day in which they are over."""
        unsolved = dict(record.unsolved)
        for row, (second, length) in enumerate(
            zip(record.times.tolist(), record.seconds.tolist(), strict=True)
        ):
            if row not in unsolved:
                self._unsolved_since = None
                continue
            now = midnight_s + second
            since = self._unsolved_since = now if self._unsolved_since is None else self._unsolved_since
            if now + length - since >= _UNSOLVED_LIMIT_S and not self.account.ended:
                name, why = next(iter(unsolved[row].items()))
                self.account.ended = f"{name} had no solution for 24 hours: {why.reason}"

    def _missing_site(self, asset: str) -> str:
        """Return the next site to come that would have helped an asset, empty if none is planned."""
        return self._next_site(missing_sites(self._scenario, asset, self._commissioned))
