"""Outages: listed, planned and random ones take assets out of service, and bring them back."""

from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import date, datetime, time
from fnmatch import fnmatchcase

import simpy

from twin.city.events import Event, Postings
from twin.dates import add_months, repeats_before
from twin.random_streams import stream
from twin.scenario.actions import fixed
from twin.scenario.document import Document
from twin.scenario.references import read_names
from twin.scenario.schema import Failure, Outage, Scenario

_SECONDS_PER_YEAR = 365.25 * 86400.0
_SECONDS_PER_HOUR = 3600.0

Process = Generator[simpy.Event, None, None]
Stands = Callable[[str], bool]


def outages(
    env: simpy.Environment,
    scenario: Scenario,
    postings: Postings,
    assets: Iterable[str],
    stands: Stands,
    drive_min: Callable[[str], float],
) -> None:
    """Start a process per listed outage, and per asset that may fail.

    Parameters
    ----------
    assets
        All addresses, for the patterns of `failures`.
    stands
        Whether an asset is in service now: what is not cannot fail.
    drive_min
        How long a crew takes to where it is needed.
    """
    for outage in scenario.outages:
        env.process(_listed(env, scenario, outage, postings))
    crews = simpy.Resource(env, scenario.repair_crews)
    cannot = fixed(read_names(scenario, Document())) if scenario.failures else set()
    known = [asset for asset in dict.fromkeys(assets) if asset not in cannot]
    for name, failure in scenario.failures.items():
        matching = [a for a in known if any(fnmatchcase(a, pattern) for pattern in failure.assets)]
        groups = {name: matching} if failure.together else {asset: [asset] for asset in matching}
        for subject, group in groups.items():
            key = f"{name}:{subject}"
            env.process(_failing(env, scenario, failure, key, group, postings, crews, stands, drive_min))


def _listed(env: simpy.Environment, scenario: Scenario, outage: Outage, postings: Postings) -> Process:
    """Take assets out in each window; of one under way at the start, what remains holds from the start."""
    kind, subject = "maintenance" if outage.repeat_months else "outage", ";".join(outage.assets)
    start = datetime.combine(scenario.start, time())
    length = round(outage.hours * _SECONDS_PER_HOUR)
    for due in _windows(outage, start):
        begins = round((due - start).total_seconds())
        ends = begins + length
        if ends <= env.now:
            continue
        yield env.timeout(max(0, begins - int(env.now)))
        left = f", {(ends - env.now) / _SECONDS_PER_HOUR:g} h of them left" if begins < env.now else ""
        event = Event(int(env.now), kind, subject, f"{outage.hours:g} h{left}")
        number = postings.take_out(event, outage.assets)
        yield env.timeout(ends - int(env.now))
        postings.bring_back(Event(int(env.now), "back in service", subject, cause=number), number)


def _windows(outage: Outage, since: datetime) -> Iterator[datetime]:
    """Yield when each window of an outage begins; those that end before an instant may be left out."""
    if not outage.repeat_months:
        yield outage.start
        return
    number = repeats_before(outage.start, outage.repeat_months, since, outage.hours)
    while True:
        day = add_months(outage.start.date(), number * outage.repeat_months)
        if day == date.max:
            return
        yield datetime.combine(day, outage.start.time())
        number += 1


def _failing(
    env: simpy.Environment,
    scenario: Scenario,
    failure: Failure,
    key: str,
    assets: list[str],
    postings: Postings,
    crews: simpy.Resource,
    stands: Stands,
    drive_min: Callable[[str], float],
) -> Process:
    lives, repairs = stream(scenario.seed, key, "life"), stream(scenario.seed, key, "repair")
    while True:
        yield env.timeout(round(lives.exponential(_SECONDS_PER_YEAR / failure.failures_per_year)))
        repair_s = round(repairs.exponential(failure.repair_h * _SECONDS_PER_HOUR))
        hit = [asset for asset in assets if stands(asset)]
        if not hit:
            continue
        number = postings.take_out(Event(int(env.now), "failure", ";".join(hit)), hit)
        with crews.request() as crew:
            failed = env.now
            yield crew
            waited_h = (env.now - failed) / _SECONDS_PER_HOUR
            way_min = drive_min(failure.reached_at) if failure.reached_at else 0.0
            yield env.timeout(repair_s + round(60.0 * way_min))
        detail = f"after {waited_h:.1f} h without a crew" if waited_h else ""
        detail += f"{', ' if detail else ''}{way_min:.0f} min on the way" if way_min else ""
        postings.bring_back(Event(int(env.now), "repaired", ";".join(hit), detail, number), number)
