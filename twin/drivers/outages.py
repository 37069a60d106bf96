"""Outages: listed, planned and random ones take assets out of service, and bring them back."""

from collections.abc import Callable, Generator, Iterable
from datetime import datetime, time
from fnmatch import fnmatchcase

import simpy

from twin.drivers.agenda import Agenda, Event
from twin.drivers.construction import add_months
from twin.drivers.streams import stream
from twin.scenario.schema import Failure, Outage, Scenario

_SECONDS_PER_YEAR = 365.25 * 86400.0
_SECONDS_PER_HOUR = 3600.0

Process = Generator[simpy.Event, None, None]
Stands = Callable[[str], bool]


def outages(
    env: simpy.Environment, scenario: Scenario, agenda: Agenda, assets: Iterable[str], stands: Stands
) -> None:
    """Start a process per listed outage, and per asset that may fail.

    Parameters
    ----------
    assets
        All addresses, for the patterns of `failures`.
    stands
        Whether an asset is in service now: what is not cannot fail.
    """
    for outage in scenario.outages:
        env.process(_listed(env, scenario, outage, agenda))
    crews = simpy.Resource(env, scenario.repair_crews)
    known = tuple(dict.fromkeys(assets))
    for name, failure in scenario.failures.items():
        matching = [a for a in known if any(fnmatchcase(a, pattern) for pattern in failure.assets)]
        groups = {name: matching} if failure.together else {asset: [asset] for asset in matching}
        for subject, group in groups.items():
            env.process(_failing(env, scenario, failure, f"{name}:{subject}", group, agenda, crews, stands))


def _listed(env: simpy.Environment, scenario: Scenario, outage: Outage, agenda: Agenda) -> Process:
    start = datetime.combine(scenario.start, time())
    repeat = 0
    while True:
        due = datetime.combine(add_months(outage.start.date(), repeat), outage.start.time())
        delay = round((due - start).total_seconds()) - int(env.now)
        if delay >= 0:
            yield env.timeout(delay)
            kind = "maintenance" if outage.repeat_months else "outage"
            event = Event(int(env.now), kind, ";".join(outage.assets), f"{outage.hours:g} h")
            number = agenda.take_out(event, outage.assets)
            yield env.timeout(round(outage.hours * _SECONDS_PER_HOUR))
            back = Event(int(env.now), "back in service", event.subject, cause=number)
            agenda.bring_back(back, number)
        if not outage.repeat_months:
            return
        repeat += outage.repeat_months


def _failing(
    env: simpy.Environment,
    scenario: Scenario,
    failure: Failure,
    key: str,
    assets: list[str],
    agenda: Agenda,
    crews: simpy.Resource,
    stands: Stands,
) -> Process:
    lives, repairs = stream(scenario.seed, key, "life"), stream(scenario.seed, key, "repair")
    while True:
        yield env.timeout(round(lives.exponential(_SECONDS_PER_YEAR / failure.failures_per_year)))
        repair_s = round(repairs.exponential(failure.repair_h * _SECONDS_PER_HOUR))
        hit = [asset for asset in assets if stands(asset)]
        if not hit:
            continue
        number = agenda.take_out(Event(int(env.now), "failure", ";".join(hit)), hit)
        with crews.request() as crew:
            failed = env.now
            yield crew
            waited_h = (env.now - failed) / _SECONDS_PER_HOUR
            yield env.timeout(repair_s)
        detail = f"after {waited_h:.1f} h without a crew" if waited_h else ""
        agenda.bring_back(Event(int(env.now), "repaired", ";".join(hit), detail, number), number)
