"""Checks of what pages show of a scenario beside its numbers."""

from twin.scenario.document import Document
from twin.scenario.schema import Scenario


def names_of(scenario: Scenario) -> set[str]:
    """Return the names of a scenario that pages show and that may have others in other languages."""
    return {
        *scenario.capacities,
        *scenario.districts,
        *scenario.instruments,
        *scenario.crews,
        *(site.name for site in scenario.sites.values()),
        *(site.kind for site in scenario.sites.values()),
        *(project.name for project in scenario.developments.values()),
        *(project.sector for project in scenario.developments.values()),
        *(shape.name for shape in scenario.background),
        scenario.name,
        scenario.description,
    } - {""}


def check_names(scenario: Scenario, document: Document) -> None:
    """Note translations of what has no such name."""
    known = names_of(scenario) if scenario.names else set()
    for name in scenario.names:
        if name not in known:
            problem = f"no site, capacity, district, project, trade or purse is called {name}"
            document.add(("names", name), problem, document.near(name, known))
