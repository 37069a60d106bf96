"""Days that utilities ask for beside the typical and the peak day of a month."""

from twin.scenario.schema import Scenario
from twin.utilities.demand import FurtherDay
from twin.utilities.registry import utilities


def asking(scenario: Scenario, further: FurtherDay) -> set[str]:
    """Return the simulated utilities that ask for a day in some month."""
    return {
        name
        for name in scenario.simulated
        for season in scenario.seasons.values()
        if further in utilities()[name].further_days(scenario.demand, season)
    }


def further_days(scenario: Scenario, month: int) -> tuple[FurtherDay, ...]:
    """Return the days that simulated utilities ask for in a month of the year."""
    season = scenario.seasons.get(month)
    if season is None or scenario.days == "every":
        return ()
    asked = (utilities()[name].further_days(scenario.demand, season) for name in scenario.simulated)
    return tuple(dict.fromkeys(day for own in asked for day in own))
