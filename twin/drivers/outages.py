"""Listed outages: an asset leaves service at an instant and returns after some hours."""

from collections.abc import Generator
from datetime import datetime, time

import simpy

from twin.drivers.agenda import Agenda, Event
from twin.networks.base import Change
from twin.scenario.schema import Outage, Scenario


def outages(env: simpy.Environment, scenario: Scenario, agenda: Agenda) -> None:
    """Start a process per listed outage."""
    start = datetime.combine(scenario.start, time())
    for outage in scenario.outages:
        delay = int((outage.start - start).total_seconds())
        if delay >= 0:
            env.process(_outage(env, outage, delay, agenda))


def _outage(
    env: simpy.Environment, outage: Outage, delay: int, agenda: Agenda
) -> Generator[simpy.Event, None, None]:
    field = "in_service" if outage.asset.startswith("power/") else "open"
    yield env.timeout(delay)
    agenda.post(
        Event(int(env.now), "outage", outage.asset, f"{outage.hours:g} h"),
        [Change(outage.asset, field, False)],
    )
    yield env.timeout(round(outage.hours * 3600))
    agenda.post(Event(int(env.now), "back in service", outage.asset), [Change(outage.asset, field, True)])
