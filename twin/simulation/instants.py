"""Walking to instants of a run again: days are pure functions, so what they were they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import InvalidInput, Mistake, Unsolved
from twin.results.instants import Extreme
from twin.scenario.schema import Scenario
from twin.simulation.calendar import Day
from twin.simulation.store import Store
from twin.utilities.base import Snapshot

if TYPE_CHECKING:
    from twin.simulation.clock import Clock

Networks = dict[str, Snapshot]
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Walk:
    """Walks to instants of a scenario's run.

    Attributes
    ----------
    new_clock
        What walks through the calendar.
    store
        Where days may be found.
    """

    new_clock: "type[Clock]"
    scenario: Scenario
    store: Store | None = None

    def snapshots(self, instants: Sequence[datetime], network: str = "") -> list[Networks]:
        """Return at each instant the networks that have a native form, or one of them.

        Raises
        ------
        InvalidInput
            For instants that were not simulated, each with the nearest that was; for one at which a network
            has no solution.
        """
        clock = self.new_clock(self.scenario, store=self.store)
        _refuse_other_days(clock.days, instants)
        wanted = {day: {_second(i) for i in own} for day, own in groupby(sorted(instants), datetime.date)}
        names = [network] if network else list(clock.city.networks)
        found: dict[datetime, Networks] = {}

        def watch(day: date, second: int) -> None:
            if second in wanted[day]:
                instant = datetime.combine(day, time()) + timedelta(seconds=second)
                found[instant] = _snapshots(clock, names, instant)

        for day, record in clock.walk(wanted, watch):
            _refuse_between(day.day, record.times.tolist(), wanted[day.day])
        return [found[instant] for instant in instants]

    def apart(self, instants: Sequence[datetime]) -> str:
        """Return the first network whose results are apart from its native object, empty if none is.

        Raises
        ------
        InvalidInput
            As `snapshots`, for all the instants, of which it looks at the first.
        """
        clock = self.new_clock(self.scenario, store=self.store)
        _refuse_other_days(clock.days, instants)
        (snapshots,) = self.snapshots(instants[:1])
        return next((name for name, own in snapshots.items() if own.series([0], []) is not None), "")

    def worst(self, extreme: Extreme) -> datetime:
        """Return the instant of a month at which a signal was worst, of the days that a run simulates."""
        clock = self.new_clock(self.scenario, store=self.store)
        wanted = {day.day for day in clock.days if f"{day.month:%Y-%m}" == extreme.month}
        names = [(signal.asset, signal.quantity) for signal in clock.city.signals]
        column = names.index((extreme.asset, extreme.quantity))
        network = int(clock.city.network_of_signals()[column])
        best, at = -np.inf, datetime.combine(min(wanted), time())
        for day, record in clock.walk(wanted):
            part = np.searchsorted(record.active_from, np.arange(len(record.times)), "right") - 1
            counts = record.active[part, column] & record.solved[:, network]
            values = np.where(counts, record.readings[:, column] * (-1.0 if extreme.low else 1.0), -np.inf)
            if values.max() > best + _NEAR:
                best = float(values.max())
                second = int(record.times[int(values.argmax())])
                at = datetime.combine(day.day, time()) + timedelta(seconds=second)
        return at


def _snapshots(clock: "Clock", names: Collection[str], instant: datetime) -> Networks:
    """Return networks as they are now, by name."""
    found: Networks = {}
    for name in names:
        network = clock.city.networks.get(name)
        try:
            own = network.snapshot() if network is not None else None
        except Unsolved as error:
            problem = f"{name} had no solution at this instant: {error.reason}"
            raise InvalidInput([Mistake(_told(instant), 0, problem, "another instant")]) from None
        if own is not None:
            found[name] = own
    return found


def _refuse_other_days(days: Sequence[Day], instants: Sequence[datetime]) -> None:
    """Refuse instants of days that are not simulated; tell the nearest, and which day stands for them."""
    simulated, mistakes = {day.day for day in days}, []
    for instant in instants:
        if instant.date() in simulated:
            continue
        nearest = min(simulated, key=lambda day: (abs((day - instant.date()).days), day))
        told = _told(datetime.combine(nearest, instant.time()))
        month = [day for day in days if day.month == instant.date().replace(day=1)]
        if not month:
            problem = "is no instant of this run"
        else:
            stands = max(month, key=lambda day: (instant.date() in day.like, day.weight)).day
            problem = f"was not simulated: {stands} stands for this day"
        mistakes.append(Mistake(_told(instant), 0, problem, f"the nearest simulated is {told}"))
    if mistakes:
        raise InvalidInput(mistakes)


def _refuse_between(day: date, times: Sequence[int], wanted: Collection[int]) -> None:
    """Refuse seconds of a simulated day at which nothing was solved."""
    mistakes = []
    for second in sorted(set(wanted).difference(times)):
        midnight = datetime.combine(day, time())
        nearest = midnight + timedelta(seconds=min(times, key=lambda at: (abs(at - second), at)))
        problem = f"was not solved, but between instants; {day} itself was simulated"
        remedy = f"the nearest simulated is {_told(nearest)}"
        mistakes.append(Mistake(_told(midnight + timedelta(seconds=second)), 0, problem, remedy))
    if mistakes:
        raise InvalidInput(mistakes)


def _second(instant: datetime) -> int:
    midnight = datetime.combine(instant.date(), time())
    return round((instant - midnight).total_seconds())


def _told(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds" if instant.second else "minutes")
