"""Checks on what a scenario cannot have, found before its run: by names alone, then by the opened city."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase

from twin.checks.checks import Check, Checks
from twin.errors import InvalidInput, Mistake
from twin.scenario.currency import known, told_keys
from twin.scenario.document import Document
from twin.scenario.references import read_names
from twin.scenario.schema import Scenario
from twin.utilities.registry import utilities


def unknown(checks: Checks, scenario: Scenario) -> list[Mistake]:
    """Return the checks and tolerances on what no run of a scenario can have, without opening a network.

    What the opened city may still lack (a metric of a study that was not asked for, a signal that its
    assets do not have), `impossible` finds after.
    """
    if not checks.checks and not checks.tolerances:
        return []
    named = () if checks.tolerances else [check.metric for check in checks.checks if check.metric]
    return impossible(checks, scenario, _metrics(scenario, named), _assets(scenario, checks))


def refuse_no_metrics(asked: Mapping[str, str], scenario: Scenario) -> None:
    """Refuse metrics that no run of a scenario can have, without opening a network.

    Parameters
    ----------
    asked
        By metric, what names it.

    Raises
    ------
    InvalidInput
        One line per metric.
    """
    metrics = _metrics(scenario, asked)
    wrong = [
        Mistake(where, 0, f"no metric {name} in this scenario", _nearest(name, metrics))
        for name, where in asked.items()
        if name not in metrics
    ]
    if wrong:
        raise InvalidInput(wrong)


def impossible(
    checks: Checks,
    scenario: Scenario,
    metrics: Collection[str],
    assets: Collection[str] | None = None,
) -> list[Mistake]:
    """Return the checks and tolerances on what a scenario cannot have, each with what it may have meant.

    Parameters
    ----------
    metrics, assets
        Those that a run of it has; assets None: no check names one.
    """
    found = [
        Mistake(*place, f"{check.name}: {problem}", remedy)
        for check, place in zip(checks.checks, checks.places, strict=True)
        for problem, remedy in _impossible(check, scenario, metrics, assets)
    ]
    for pattern, place in zip(checks.tolerances, checks.tolerance_places, strict=True):
        if not any(fnmatchcase(name, pattern) for name in metrics):
            found.append(Mistake(*place, f"tolerances: no metric {pattern}", _nearest(pattern, metrics)))
    return found


def _impossible(
    check: Check, scenario: Scenario, metrics: Collection[str], assets: Collection[str] | None
) -> Iterator[tuple[str, str]]:
    if check.metric and check.metric not in metrics:
        yield f"no metric {check.metric} in this scenario", _nearest(check.metric, metrics)
    if check.headroom and not any(fnmatchcase(name, check.headroom) for name in scenario.capacities):
        yield f"no capacity {check.headroom}", _nearest(check.headroom, scenario.capacities)
    if check.asset and assets is not None and not any(fnmatchcase(a, check.asset) for a in assets):
        yield f"no asset {check.asset}", _nearest(check.asset, assets)
    if check.district and check.district not in scenario.districts:
        yield f"no district {check.district}", _nearest(check.district, scenario.districts)
    if check.period:
        last = scenario.end - timedelta(days=1)
        if check.period[0] > f"{last:%Y-%m}" or check.period[1] < f"{scenario.start:%Y-%m}":
            yield "its period is outside the horizon", f"{scenario.start:%Y-%m} to {last:%Y-%m}"


def _metrics(scenario: Scenario, named: Collection[str]) -> Collection[str]:
    """Return every metric that a run of a scenario may have; those of utilities if all named are such."""
    own = {metric.name for name in scenario.simulated for metric in utilities()[name].metrics}
    if named and {known(name, scenario.currency) for name in named} <= own:
        return own
    from twin.simulation.metrics import declared_of  # takes a second, for what works and money tell

    others = {metric.name for utility in utilities().values() for metric in utility.metrics} - own
    every: Mapping[str, object] = {n: m for n, m in declared_of(scenario).items() if n not in others}
    return told_keys(every, scenario.currency)


def _assets(scenario: Scenario, checks: Checks) -> Collection[str] | None:
    """Return the assets that the networks' files name, if a check names one."""
    if not any(check.asset for check in checks.checks):
        return None
    return sorted(set().union(*(own.all for own in read_names(scenario, Document()).values())))


def _nearest(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else ""
