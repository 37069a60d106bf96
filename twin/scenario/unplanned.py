"""What customers ask for that no network and no site will bring: a warning, not a mistake."""

from twin.errors import Mistake
from twin.scenario.document import place_of
from twin.scenario.schema import Scenario

_GAS = "gas"


def not_served(scenario: Scenario) -> list[Mistake]:
    """Return a line for each development that asks for gas where no site of gas is planned.

    There is no network of gas here: a site whose kind names gas counts as planned for the district it
    stands in, or for both ends of ``Gate>Growing``. Sites that the build order cancels do not count.
    """
    cancelled = {row.site for row in scenario.order if row.cancelled}
    planned = {
        district
        for name, site in scenario.sites.items()
        if _GAS in site.kind.split() and name not in cancelled
        for district in site.district.split(">")
    }
    asking = {
        name: development.district
        for name, development in scenario.developments.items()
        if development.gas_m3_per_h > 0.0 and development.district not in planned
    }
    problem = "{} asks for gas in {}, where none is planned: not served"
    return [
        Mistake(*place_of(scenario, "developments", name), problem.format(name, district))
        for name, district in asking.items()
    ]
