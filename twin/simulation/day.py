"""One day of the city: what acts on it, and what comes of it."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.city.city import HOURS, City, DayDemand, Settled
from twin.errors import Mistake, Unsolved
from twin.utilities.base import Cause, Change, Mask, Vector
from twin.utilities.coupling import NEVER

DAY_S = 86400
_BLOCK = 64  # instants: memory that is freed and taken again day by day, where a growing array is always new
Totals = Mapping[str, Mapping[str, float]]
"""By network, what it accounted."""
Held = Mapping[str, Sequence[str]]
"""By kind of incident, the assets that networks and links hold back by themselves."""
Rest = frozenset[str]
Index = NDArray[np.int64]
Watch = Callable[[int], None]


def unwatched(second: int) -> None:
    """Do nothing: nobody looks at the instants of the day."""


class Stored(NamedTuple):
    """What a network holds, m3: as opened, as a day begins and as it ends; whether it drains day by day."""

    opened: float
    begins: float
    ends: float
    drains: bool


class Posted(NamedTuple):
    """What drivers posted for one instant.

    Attributes
    ----------
    second
        Since the midnight that begins the day.
    changes
        Of assets, in order.
    demand
        The day's demand from then on.
    """

    second: int
    changes: tuple[Change, ...]
    demand: DayDemand


class Upcoming(Protocol):
    """What is posted for a day, asked for as the day goes by."""

    def take(self, second: int) -> Posted | None:
        """Return what is posted for a second of the day, None for nothing."""

    def next_s(self, second: int) -> int:
        """Return the seconds until more is posted."""


class Agenda:
    """What is known beforehand to be posted for a day."""

    def __init__(self, posted: Iterable[Posted]) -> None:
        self._waiting = deque(posted)

    def take(self, second: int) -> Posted | None:
        """Return what is posted for a second of the day, None for nothing."""
        return self._waiting.popleft() if self._waiting and self._waiting[0].second <= second else None

    def next_s(self, second: int) -> int:
        """Return the seconds until more is posted."""
        return self._waiting[0].second - second if self._waiting else NEVER


@dataclass(frozen=True, slots=True)
class DayRecord:
    """What came of a day: its instants in order, and what was accounted.

    Attributes
    ----------
    times, seconds
        When each instant begins, seconds since the day's midnight, and how long it holds; shape (instants,).
    readings
        Shape (instants, signals).
    active_from, active
        From which instant on which signals' assets are in service; shapes (n,) and (n, signals).
    solved
        By network in the order of the city, whether it had a solution; shape (instants, networks).
    rounds, residual_kw, unsettled
        Of each instant, how the networks settled; shape (instants,).
    held
        Instants from which on networks and links hold back other assets than before, and which.
    unsolved
        Instants at which networks had no solution, each with the reasons.
    totals, causes
        What the day added to what the networks account, and to what they could not serve.
    relief
        What was asked of the networks as they stood in the end.
    warnings
        What networks tell of what they do not use, or use otherwise.
    stored
        By network, what it held, where the day began from the networks as opened.
    settling_days
        How many days went before it that do not count.
    """

    times: Index
    seconds: Index
    readings: Vector
    active_from: Index
    active: Mask
    solved: Mask
    rounds: Index
    residual_kw: Vector
    unsettled: Mask
    held: tuple[tuple[int, Held], ...]
    unsolved: tuple[tuple[int, Mapping[str, Unsolved]], ...]
    totals: Totals
    causes: Mapping[Cause, float]
    relief: Mapping[str, Vector]
    warnings: tuple[Mistake, ...]
    stored: Mapping[str, Stored] = field(default_factory=dict)
    settling_days: int = 0


Asked = Mapping[str, tuple[str, frozenset[str]]]
"""What is asked of networks as they stand in the end: see `City.relief`."""


def pass_day(
    city: City,
    demand: DayDemand,
    upcoming: Upcoming,
    begins_s: int,
    asked: Asked,
    watch: Watch = unwatched,
) -> DayRecord:
    """Let a day pass from the city's present state.

    It is solved at the hour, at whatever is posted, and when a network changes state by itself.

    Parameters
    ----------
    demand
        Of the day, as it begins.
    begins_s
        The day's midnight on the clock by which links reckon their delays.
    asked
        What is wanted of the networks as they stand in the end.
    watch
        Called at each instant, once it has settled, with its second of the day.
    """
    totals, causes = city.read_totals(), city.read_causes()
    instants = _Instants(city)

    def keep(now: int, seconds: int, settled: Settled) -> None:
        instants.add(now, seconds, settled)
        watch(now)

    _pass(city, demand, upcoming, begins_s, keep, lambda: instants.stands(city.active()))
    added, missed = _added(totals, city.read_totals()), _caused(causes, city.read_causes())
    return instants.record(added, missed, city.relief(asked))


def pass_unseen(city: City, demand: DayDemand, upcoming: Upcoming, begins_s: int, rest: Rest) -> None:
    """Let a day pass of which nothing is kept.

    Parameters
    ----------
    demand, upcoming, begins_s
        As of `pass_day`.
    rest
        Networks that rest once the first instant has settled.
    """

    def keep(now: int, seconds: int, settled: Settled) -> None:
        city.resting = rest

    _pass(city, demand, upcoming, begins_s, keep, lambda: None)


def _pass(
    city: City,
    demand: DayDemand,
    upcoming: Upcoming,
    begins_s: int,
    keep: Callable[[int, int, Settled], None],
    changed: Callable[[], None],
) -> None:
    """Pass a day; ``keep`` is called when an instant has settled, ``changed`` when assets were changed."""
    tick_s = _tick_s(demand)
    demand = _begin(city, demand, upcoming)
    changed()
    now = 0
    while now < DAY_S:
        posted = upcoming.take(now)
        if posted is not None:
            demand = _apply(city, posted)
            city.refresh(demand, now)
            changed()
        if now % tick_s == 0:
            city.start_step(demand, now)
        settled = city.settle(begins_s + now)
        soonest = min(city.next_change_s(begins_s + now), upcoming.next_s(now))
        seconds = max(1, min(soonest, tick_s - now % tick_s))
        keep(now, seconds, settled)
        city.advance(seconds)
        now += seconds


def _tick_s(demand: DayDemand) -> int:
    """Return the seconds of the shortest step of a demand, an hour at most."""
    return DAY_S // max((len(own.factors) for own in demand.values()), default=HOURS)


def _begin(city: City, demand: DayDemand, upcoming: Upcoming) -> DayDemand:
    """Begin a day with what is posted for its midnight."""
    posted = upcoming.take(0)
    if posted is not None:
        return _apply(city, posted)
    city.start_day(demand)
    return demand


def _apply(city: City, posted: Posted) -> DayDemand:
    """Apply changes; demand is shared anew, since they may change what stands."""
    if posted.changes:
        city.apply(posted.changes)
    city.start_day(posted.demand)
    return posted.demand


class _Instants:
    """Collects the instants of a day."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._networks = tuple(city.networks)
        self._blocks: list[Vector] = []
        self._spans: list[tuple[int, int]] = []
        self._settled: list[tuple[int, float, bool]] = []
        self._active: list[tuple[int, Mask]] = []
        self._held: list[tuple[int, Held]] = []
        self._unsolved: list[tuple[int, Mapping[str, Unsolved]]] = []

    def stands(self, active: Mask) -> None:
        """Note what is in service from the next instant on."""
        if self._active and self._active[-1][0] == len(self._spans):
            self._active.pop()
        if not self._active or (active != self._active[-1][1]).any():
            self._active.append((len(self._spans), active))

    def add(self, now: int, seconds: int, settled: Settled) -> None:
        """Note an instant that has settled."""
        row = len(self._spans)
        if row % _BLOCK == 0:
            self._blocks.append(np.empty((_BLOCK, len(self._city.readings))))
        self._blocks[-1][row % _BLOCK] = self._city.readings
        self._spans.append((now, seconds))
        self._settled.append((settled.rounds, settled.residual_kw, settled.unsettled))
        if settled.unsolved:
            self._unsolved.append((row, settled.unsolved))
        held = self._city.in_force()
        if held != (self._held[-1][1] if self._held else {}):
            self._held.append((row, held))

    def record(
        self, totals: Totals, causes: Mapping[Cause, float], relief: Mapping[str, Vector]
    ) -> DayRecord:
        """Return the day."""
        count = len(self._spans)
        times, seconds = np.array(self._spans, dtype=np.int64).T.copy()
        rounds, residual, unsettled = map(np.array, zip(*self._settled, strict=True))
        solved = np.ones((count, len(self._networks)), dtype=bool)
        for row, reasons in self._unsolved:
            solved[row, [self._networks.index(name) for name in reasons]] = False
        return DayRecord(
            times,
            seconds,
            np.concatenate(self._blocks)[:count] if len(self._blocks) > 1 else self._blocks[0][:count],
            np.array([row for row, _ in self._active], dtype=np.int64),
            np.array([active for _, active in self._active]),
            solved,
            rounds,
            residual,
            unsettled,
            tuple(self._held),
            tuple(self._unsolved),
            totals,
            causes,
            relief,
            tuple(warning for network in self._city.networks.values() for warning in network.warnings),
        )


def _added(before: Totals, after: Totals) -> Totals:
    return {
        network: {name: value - before[network][name] for name, value in values.items()}
        for network, values in after.items()
    }


def _caused(before: Mapping[Cause, float], after: Mapping[Cause, float]) -> dict[Cause, float]:
    more = {cause: amount - before.get(cause, 0.0) for cause, amount in after.items()}
    return {cause: amount for cause, amount in more.items() if amount > 0.0}
