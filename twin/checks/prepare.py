"""All that a run would refuse, found before it: networks are opened, and what will act on them is tried."""

from collections.abc import Iterator

from twin.checks.checks import Checks
from twin.checks.possible import impossible
from twin.city.city import City
from twin.errors import InvalidInput, Mistake, Unsolved
from twin.scenario.currency import told
from twin.scenario.document import place_of
from twin.scenario.schema import Scenario
from twin.simulation.clock import Clock, open_city
from twin.simulation.recording import unmatched
from twin.utilities.base import Change
from twin.works.budgets import check_budgets
from twin.works.money import rate_metrics


def prepare(scenario: Scenario, checks: Checks | None = None) -> City:
    """Open the city of a scenario for its run.

    Raises
    ------
    InvalidInput
        With every mistake: budgets, networks that do not open, changes that they refuse, limits and checks
        on what is not there.
    """
    mistakes: list[Mistake] = []
    try:
        check_budgets(scenario)
    except InvalidInput as error:
        mistakes += error.mistakes
    try:
        city = open_city(scenario)
        mistakes += _refused(scenario, city)
        mistakes += unmatched(scenario, city.signals)
        mistakes += _judged(scenario, city, checks or Checks())
    except InvalidInput as error:
        mistakes += error.mistakes
    if mistakes:
        raise InvalidInput(mistakes)
    city.reset()
    return city


def _refused(scenario: Scenario, city: City) -> Iterator[Mistake]:
    """Yield the changes of sites that the networks refuse, each at its line."""
    changes = [Change(row.asset, row.field, row.value) for row in scenario.site_changes]
    try:
        city.apply(changes)
        return
    except (InvalidInput, Unsolved):
        city.reset()
    for i, change in enumerate(changes):
        try:
            city.apply([change])
        except Unsolved:
            city.reset()  # a city without supply is an answer of the run, no mistake
        except InvalidInput as error:
            file, line = place_of(scenario, "site_changes", str(i))
            yield from (Mistake(file, line, m.problem, m.remedy) for m in error.mistakes)


def _judged(scenario: Scenario, city: City, checks: Checks) -> list[Mistake]:
    """Return the checks on what a run of this scenario will not have; limits are looked at on the way."""
    clock = Clock(scenario, city=city)
    if not checks.checks:
        return []
    assets = dict.fromkeys(signal.asset for signal in city.signals)
    return impossible(checks, scenario, _metrics(scenario, clock), list(assets))


def _metrics(scenario: Scenario, clock: Clock) -> set[str]:
    """Return the metrics that a run can have: those of one in which nothing happens, and rates."""
    clock.books.account.open(clock.city.read_totals())
    run = clock.outcome(0.0)
    return {*run.metrics, *(told(metric.name, scenario.currency) for metric in rate_metrics(scenario))}
