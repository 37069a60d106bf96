"""Sites: when each is commissioned, and what that changes in the networks."""

from collections.abc import Generator, Mapping
from datetime import date, timedelta

import simpy

from twin.drivers.agenda import Agenda, Event
from twin.networks.base import Change
from twin.scenario.schema import Scenario, Site

_DAYS_PER_MONTH = 365.25 / 12.0


def add_months(day: date, months: float) -> date:
    """Return the date so many months later; a fraction of a month counts in days."""
    whole = int(months // 1)
    index = day.year * 12 + day.month - 1 + whole
    moved = date(index // 12, index % 12 + 1, 1) + timedelta(days=day.day - 1)
    return moved + timedelta(days=round((months - whole) * _DAYS_PER_MONTH))


def commissioning_dates(scenario: Scenario, *, slips: bool = True) -> dict[str, date]:
    """Return each site's date: start of its stage plus build months, not before what it requires.

    Parameters
    ----------
    scenario
        Its sites must be free of cycles (the loader checks).
    slips
        Whether `slip_months` count: without them these are the planned dates.
    """
    dates: dict[str, date] = {}

    def settle(name: str) -> date:
        if name not in dates:
            ready = _ready(scenario.sites[name], scenario.stages, slips)
            dates[name] = max([ready, *map(settle, scenario.sites[name].requires)])
        return dates[name]

    for name in scenario.sites:
        settle(name)
    return dates


def construction(env: simpy.Environment, scenario: Scenario, agenda: Agenda) -> None:
    """Start a process per site that posts its changes when it is commissioned."""
    for name, day in commissioning_dates(scenario).items():
        changes = [Change(c.asset, c.field, c.value) for c in scenario.site_changes if c.site == name]
        delay = (day - scenario.start).days * 86400
        env.process(_commission(env, name, max(0, delay), changes, scenario, agenda))


def _commission(
    env: simpy.Environment,
    name: str,
    delay: int,
    changes: list[Change],
    scenario: Scenario,
    agenda: Agenda,
) -> Generator[simpy.Event, None, None]:
    yield env.timeout(delay)
    agenda.commissioned.append(name)
    agenda.demand_moved = True
    agenda.post(Event(int(env.now), "site commissioned", name, scenario.sites[name].name), changes)


def _ready(site: Site, stages: Mapping[str, date], slips: bool) -> date:
    return add_months(stages[site.stage], site.build_months + (site.slip_months if slips else 0.0))
