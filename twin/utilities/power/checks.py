"""What a grid cannot reckon with in a scenario, and what it does not use of it."""

from collections.abc import Iterator

from twin.utilities.checking import Flaw, ScenarioParts, is_flat_zero
from twin.utilities.power.demand import COMMERCIAL, INDUSTRIAL, RESIDENTIAL
from twin.utilities.power.links import PROCESS, PUMP
from twin.utilities.power.settings import Feed, PowerDemand
from twin.utilities.utility import declared

_REMEDY = "an hour above 0"


def zero_profiles(scenario: ScenarioParts) -> Iterator[Flaw]:
    """Yield profiles that demand would be divided by, where they are zero."""
    profiles, evening = scenario.profiles, declared(scenario.demand, PowerDemand).evening_hour
    if is_flat_zero(profiles, INDUSTRIAL):
        yield Flaw(("profiles",), f"{INDUSTRIAL} is 0 in every hour", _REMEDY)
    if is_flat_zero(profiles, RESIDENTIAL, COMMERCIAL):
        yield Flaw(("profiles",), "residential and commercial power are 0 in every hour", _REMEDY)
    if not profiles.get(evening, {}).get(INDUSTRIAL, 1.0):
        problem = f"{INDUSTRIAL} is 0 in hour {evening}, at which evening peaks are stated"
        yield Flaw(("profiles", str(evening)), problem, "above 0, or another demand.evening_hour")


def unused_draws(scenario: ScenarioParts) -> Iterator[Flaw]:
    """Yield processes that draw nothing, and draws that nothing reads."""
    for i, link in enumerate(scenario.links):
        key, draws = ("links", str(i)), declared(link, Feed).kwh_per_m3
        if link.kind in (PUMP.name, PROCESS.name) and "power" not in scenario.simulated:
            continue
        if link.kind == PROCESS.name and not draws:
            yield Flaw(key, f"{link.asset} draws nothing: kwh_per_m3 is 0", "kWh per m3")
        elif link.kind != PROCESS.name and draws:
            yield Flaw(key, f"kwh_per_m3 of a {link.kind} is not used", "a link of kind process")
