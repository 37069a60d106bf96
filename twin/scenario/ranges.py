"""Cross checks of values: what each alone allows and together makes no city."""

from math import inf

from twin.scenario.document import Document
from twin.scenario.schema import Scenario
from twin.units import plain
from twin.utilities.checking import HOURS
from twin.utilities.registry import utilities

_MOST_YEARS = 200


def check_ranges(scenario: Scenario, document: Document) -> None:
    """Note a horizon, norms, shapes and bounds that cannot be reckoned with."""
    _horizon(scenario, document)
    _norms(scenario, document)
    _shapes(scenario, document)
    for i, limit in enumerate(scenario.limits):
        if limit.lower is None and limit.upper is None:
            document.add(("limits", i), "neither lower nor upper", "one of them at least")
        elif limit.lower is not None and limit.upper is not None and limit.lower > limit.upper:
            document.add(("limits", i), f"lower {limit.lower:g} is above upper {limit.upper:g}")


def _horizon(scenario: Scenario, document: Document) -> None:
    if scenario.end <= scenario.start:
        document.add(("end",), f"end {scenario.end} is not after start {scenario.start}")
    elif scenario.end.year - scenario.start.year > _MOST_YEARS:
        document.add(("end",), f"end {scenario.end} is more than {_MOST_YEARS} years after the start")
    if not scenario.simulated:
        document.add(("networks",), "no network", " or ".join(utilities()))


def _norms(scenario: Scenario, document: Document) -> None:
    every = [norm for own in utilities().values() for norm in own.norms]
    for name, most in ((norm.name, norm.most) for norm in every if norm.most < inf):
        for year, row in scenario.norms.get(name, {}).items():
            if row.value > most:
                in_percent = f"; {row.value:g} % is {row.value / 100.0:g}" if row.value <= 100.0 else ""
                problem = f"norms.{name}.{year}.value is {row.value:g}"
                document.add(
                    ("norms", name, str(year), "value"), problem, f"a share from 0 to {most:g}{in_percent}"
                )
    for name, units, _ in every:
        for year, row in scenario.norms.get(name, {}).items():
            if row.unit and plain(row.unit).lower() not in {unit.lower() for unit in units}:
                problem = f"norms.{name}.{year}.unit is {row.unit}"
                document.add(
                    ("norms", name, str(year), "unit"), problem, f"in {units[0]}; nothing is converted"
                )


def _shapes(scenario: Scenario, document: Document) -> None:
    """Note profiles and seasons that would be divided by, where they are zero."""
    if scenario.profiles and set(scenario.profiles) != set(HOURS):
        document.add(("profiles",), "not the hours 0 to 23")
    for own in utilities().values():
        for flaw in own.check(scenario):
            document.add(*flaw)
    seasons = scenario.seasons
    if seasons and set(seasons) != set(range(1, 13)):
        document.add(("seasons",), "not the months 1 to 12")
    for name in filter(None, (own.season for own in utilities().values())):
        if seasons and not any(getattr(row, name) for row in seasons.values()):
            document.add(("seasons",), f"{name} is 0 in every month", "a month above 0")
