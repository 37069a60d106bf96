"""Investors' projects: each draws its service from the middle of its request year.

Inputs say the year, not the day; in the middle, the error is half a year at most.
"""

from collections.abc import Generator
from datetime import date

import simpy

from twin.drivers.agenda import Agenda, Event
from twin.scenario.schema import Scenario


def connection_date(scenario: Scenario, name: str) -> date:
    """Return when a development connects: 1 July of its year."""
    return max(scenario.start, date(scenario.developments[name].request_year, 7, 1))


def developments(env: simpy.Environment, scenario: Scenario, agenda: Agenda) -> None:
    """Start a process per development that connects it."""
    for name in scenario.developments:
        env.process(_connect(env, scenario, name, agenda))


def _connect(
    env: simpy.Environment, scenario: Scenario, name: str, agenda: Agenda
) -> Generator[simpy.Event, None, None]:
    yield env.timeout((connection_date(scenario, name) - scenario.start).days * 86400)
    agenda.connected.append(name)
    agenda.demand_moved = True
    agenda.post(Event(int(env.now), "development connected", name, scenario.developments[name].name))
