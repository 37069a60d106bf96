"""What is summed over a run: totals of the networks by weight, and how settling went."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from twin.results.solved import Gap
from twin.results.tables import PeopleRow
from twin.scenario.schema import utility_of
from twin.simulation.day import DayRecord, Totals
from twin.utilities.base import Cause
from twin.utilities.demand import FurtherDay
from twin.utilities.metric import Loss, Metric
from twin.utilities.registry import utilities


@dataclass(slots=True)
class Account:
    """Sums over the counted days, each as often as it stands for.

    Attributes
    ----------
    totals
        By network, what it accounted.
    unserved
        By month, cause and the site that would have prevented it.
    revenue
        By month and utility, what customers paid.
    planned_hours
        Weighted hours of the whole horizon; `hours` of them were simulated.
    unsolved
        By network, the hours in which it had no solution; `why` keeps its first reason.
    further
        By month, further day, cause and the site that would have prevented it, what was not served on it.
    people
        Who lived in each district at a month's end: rows of ``people.csv``.
    ended
        Why the run ended before its time, empty if it did not.
    typical_percent
        What typical days miss of the days they stand for, below 0 where days do not differ.
    """

    totals: dict[str, dict[str, float]] = field(default_factory=dict)
    unserved: dict[tuple[str, Cause, str], float] = field(default_factory=dict)
    revenue: dict[tuple[str, str], float] = field(default_factory=dict)
    further: dict[tuple[str, str, Cause, str], float] = field(default_factory=dict)
    coupled_hours: int = 0
    rounds_max: int = 0
    planned_hours: float = 0.0
    hours: float = 0.0
    unsettled_hours: float = 0.0
    any_unsolved_hours: float = 0.0
    unsolved: dict[str, float] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    ended: str = ""
    typical_percent: float = -1.0
    _left: dict[tuple[str, str], float] = field(default_factory=dict)
    people: list[PeopleRow] = field(default_factory=list)

    @property
    def unsolved_hours(self) -> float:
        """Return the hours without a solution of every network; hours that were not reached have none."""
        return self.any_unsolved_hours + (max(0.0, self.planned_hours - self.hours) if self.ended else 0.0)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Return the hours without a solution by network."""
        return tuple(
            Gap(name, round(hours, 6), round(self.hours, 6), self.why[name])
            for name, hours in self.unsolved.items()
            if hours > 0.0
        )

    def open(self, totals: Totals) -> None:
        """Begin all sums at nothing: what there is to account if nothing happens."""
        self.totals = {network: dict.fromkeys(own, 0.0) for network, own in totals.items()}

    def add(
        self, month: str, day: DayRecord, weight: float, missing_site: Callable[[str], str] = lambda _: ""
    ) -> None:
        """Add what a day accounted, as often as it stands for, and by whose want what was lost.

        What storage gave on the day it gives once, not on each of the days that this one stands for. A day
        that stands for none adds nothing.
        """
        if weight == 0.0:
            return
        shares: dict[str, float] = {}
        for network, values in day.totals.items():
            own = self.totals.setdefault(network, dict.fromkeys(values, 0.0))
            for name, value in values.items():
                own[name] += weight * value
            for loss in utilities()[network].losses if network in day.stored else ():
                if loss.instead:
                    shares[loss.quantity] = self._carry(network, loss, day, weight)
        for cause, amount in day.causes.items():
            key = (month, cause, missing_site(cause.asset))
            counted = weight * amount * shares.get(cause.quantity, 1.0)
            self.unserved[key] = self.unserved.get(key, 0.0) + counted

    def add_further(
        self,
        month: str,
        further: FurtherDay,
        day: DayRecord,
        counting: Collection[str],
        missing_site: Callable[[str], str],
    ) -> None:
        """Note what networks that count did not serve on a further day, whatever it stands for."""
        for cause, amount in day.causes.items():
            if utility_of(cause.asset) not in counting:
                continue
            key = month, further.name, cause, missing_site(cause.asset)
            self.further[key] = self.further.get(key, 0.0) + amount

    def _carry(self, network: str, loss: Loss, day: DayRecord, weight: float) -> float:
        """Count of a loss what storage cannot stand for; return the share of the day's that counts.

        With `u` lost on a day that stands for `w` days, and storage that began it with `b`, ended it with
        `e` and had `l` left from the day before, they lose ``w (u + b - e) - (l - e)``, if storage gives.
        """
        stored, lost = day.stored[network], day.totals[network][loss.quantity]
        left = self._left.get((network, loss.quantity), stored.opened)
        sign = -1.0 if loss.gathers else 1.0
        share, rest = 1.0, 0.0
        if lost > 0.0 and (loss.gathers or stored.drains):
            due = weight * (lost + sign * (stored.begins - stored.ends)) - sign * (left - stored.ends)
            share, rest = max(due, 0.0) / (weight * lost), max(-due, 0.0)
            own, saved = self.totals[network], weight * lost - max(due, 0.0)
            own[loss.quantity] -= saved
            for name, gain in loss.instead.items():
                own[name] += gain * saved
        self._left[network, loss.quantity] = stored.ends + sign * rest
        return share

    def settled(self, day: DayRecord, weight: float) -> None:
        """Count a day's rounds and the hours it was unsettled or unsolved.

        A day that stands for none counts once where it had no solution: that must not go unseen.
        """
        self.hours += float((weight * day.seconds / 3600.0).sum())
        hours = (weight or 1.0) * day.seconds / 3600.0
        self.rounds_max = max(self.rounds_max, int(day.rounds.max()))
        self.unsettled_hours += float(hours[day.unsettled].sum())
        self.any_unsolved_hours += float(hours[~day.solved.all(axis=1)].sum())
        for row, reasons in day.unsolved:
            for name, unsolved in reasons.items():
                self.unsolved[name] = self.unsolved.get(name, 0.0) + float(hours[row])
                self.why.setdefault(name, unsolved.reason)


UNSOLVED: Metric[Account] = Metric("unsolved_hours", "h", lambda account: account.unsolved_hours)
UNSETTLED: Metric[Account] = Metric("unsettled_hours", "h", lambda account: account.unsettled_hours)
TYPICAL: Metric[Account] = Metric("typical_day_error_percent", "%", lambda account: account.typical_percent)
"""How far the net loads of months are from those of the days that stand for them; where days differ."""
SETTLING: tuple[Metric[Account], ...] = (
    Metric("settle_rounds_max", "", lambda account: float(account.rounds_max)),
    UNSETTLED,
    UNSOLVED,
    Metric("coupled_hours", "h", lambda account: float(account.coupled_hours)),
)
"""How the networks settled: what a run that ended before its time has of its metrics."""
