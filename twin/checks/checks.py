"""Assertions on finished runs: reading them, and what each measures in a run."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from math import inf, isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from twin.errors import InvalidInput, Mistake
from twin.model import Model, NotNegative, Share
from twin.scenario.document import Document, read_yaml
from twin.scenario.loading import note_all
from twin.scenario.schema import Scenario
from twin.simulation.account import UNSETTLED, UNSOLVED
from twin.utilities.metric import Narrowed
from twin.utilities.registry import utilities

if TYPE_CHECKING:
    import pyarrow as pa

SOLVED = "solved"
ROUNDING = 1e-9
HOURS = (UNSOLVED.name, UNSETTLED.name)
_BOUND = re.compile(r"(<=|>=|<|>)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_MONTHS = re.compile(r"(\d{4})(?:-(\d{2}))?")


@cache
def sources() -> dict[str, Narrowed]:
    """Return where metrics come from that a check can narrow to a part of the city or of the time."""
    every = (metric for own in utilities().values() for metric in own.metrics)
    return {metric.name: metric.narrowed for metric in every if metric.narrowed}


class Bound(NamedTuple):
    """What a value must be."""

    operator: str
    value: float

    def holds(self, value: float) -> bool:
        """Return whether a value keeps to it, but for rounding; no value never does."""
        slack = ROUNDING * max(1.0, abs(self.value))
        match self.operator:
            case "<=":
                return value <= self.value + slack
            case ">=":
                return value >= self.value - slack
            case "<":
                return value < self.value
        return value > self.value

    @property
    def upper(self) -> bool:
        """Return whether large values are bad."""
        return self.operator.startswith("<")

    @property
    def worst(self) -> float:
        """Return what no result counts as."""
        return inf if self.upper else -inf

    def __str__(self) -> str:
        return f"{self.operator} {self.value:g}"


def parse_bound(text: str) -> Bound:
    """Read a bound such as ``<= 0``.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    try:
        return _bound(text)
    except ValueError as error:
        raise InvalidInput([Mistake("bound", 0, str(error))]) from None


def _bound(value: object) -> Bound:
    match = _BOUND.fullmatch(str(value).strip())
    if not match:
        raise ValueError(f"{value!r} is not a bound, such as '<= 0'")
    number = float(match[2])
    if not isfinite(number):
        raise ValueError(f"{value!r} is not a bound: no finite number")
    return Bound(match[1], number)


def _period(value: object) -> object:
    """Turn a year, a month, or two with `..` between into the first and the last month."""
    parts = [_MONTHS.fullmatch(part.strip()) for part in str(value).split("..")]
    if len(parts) > 2 or not all(parts):
        raise ValueError(f"{value!r} is not a period, such as 2030, 2030-06 or 2028..2030-06")
    first, last = (f"{m[1]}-{m[2] or edge}" for m, edge in ((parts[0], "01"), (parts[-1], "12")) if m)
    if first > last:
        raise ValueError(f"{value!r} ends before it begins")
    return first, last


class Check(Model):
    """One assertion."""

    name: Annotated[str, Field(min_length=1)]
    metric: str = ""
    headroom: str = ""
    """Name of a capacity; `*` stands for any characters."""
    of: Literal["firm_headroom", "intact_headroom", "committed_headroom"] = "firm_headroom"
    """Which headroom."""
    asset: str = ""
    district: str = ""
    period: Annotated[tuple[str, str], BeforeValidator(_period)] | None = None
    quantile: Share | None = None
    """Over the runs of a cell; without it the worst run counts."""
    bound: Annotated[Bound, BeforeValidator(_bound)] = Field(alias="is")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.metric) == bool(self.headroom):
            raise ValueError("metric or headroom, one of them")
        if self.headroom and self.asset:
            raise ValueError("headroom has no asset; it names a capacity")
        if self.metric and self.narrowed:
            source = sources().get(self.metric)
            if source is None:
                raise ValueError(f"{self.metric} cannot be narrowed; only {', '.join(sources())}")
            # the loading of all elements is recorded: which are transformers, the asset says
            allowed = (*source.by, "period") if self.asset else source.by
            wrong = [name for name in ("asset", "district", "period") if getattr(self, name)]
            if not set(wrong) <= set(allowed):
                raise ValueError(f"{self.metric} is narrowed by {' and '.join(source.by)}")
        return self

    @property
    def narrowed(self) -> bool:
        """Return whether it looks at a part of the city or of the time."""
        return bool(self.asset or self.district or self.period)

    @property
    def tables(self) -> set[str]:
        """Return the tables it reads."""
        if self.headroom:
            return {"headroom"}
        return {sources()[self.metric].table} if self.narrowed else {"metrics"}


class ChecksFile(Model):
    """What a checks file holds."""

    checks: tuple[Check, ...] = ()
    tolerance: NotNegative = 1e-6
    """Of a baseline, relative."""


@dataclass(frozen=True, slots=True)
class Checks:
    """A checks file that was read.

    Attributes
    ----------
    places
        File and line of each check.
    """

    checks: tuple[Check, ...] = ()
    places: tuple[tuple[str, int], ...] = ()
    tolerance: float = 1e-6

    @property
    def tables(self) -> set[str]:
        """Return the tables that all checks read."""
        return set().union({"metrics"}, *(check.tables for check in self.checks))


def read_checks(path: Path) -> Checks:
    """Read a checks file.

    Raises
    ------
    InvalidInput
        With every mistake, each with its line.
    """
    if not path.is_file():
        raise InvalidInput([Mistake(str(path), 0, "no checks file here")])
    document = Document()
    document.places[()] = (path.name, 1)
    read_yaml(path, document, "checks: [...]")
    if not document.mistakes:
        try:
            found = ChecksFile.model_validate(document.content)
            places = tuple(document.place(("checks", n)) for n in range(len(found.checks)))
            _note_doubles(found.checks, document)
            if not document.mistakes:
                return Checks(found.checks, places, found.tolerance)
        except ValidationError as error:
            note_all(document, error, ChecksFile)
    raise InvalidInput(document.mistakes)


def _note_doubles(checks: Sequence[Check], document: Document) -> None:
    seen = {SOLVED, "baseline"}
    for number, check in enumerate(checks):
        if check.name in seen:
            document.add(("checks", number), f"a check {check.name} again", "a name of its own")
        seen.add(check.name)


def impossible(
    checks: Checks,
    scenario: Scenario,
    metrics: Collection[str] | None = None,
    assets: Collection[str] | None = None,
) -> list[Mistake]:
    """Return the checks on what a scenario cannot have, each with what it may have meant.

    Parameters
    ----------
    metrics, assets
        Those that a run of it has; None: not known yet, so not looked at.
    """
    return [
        Mistake(*place, f"{check.name}: {problem}", remedy)
        for check, place in zip(checks.checks, checks.places, strict=True)
        for problem, remedy in _impossible(check, scenario, metrics, assets)
    ]


def _impossible(
    check: Check, scenario: Scenario, metrics: Collection[str] | None, assets: Collection[str] | None
) -> Iterator[tuple[str, str]]:
    if check.metric and metrics is not None and check.metric not in metrics:
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


def _nearest(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else ""


class Observed(NamedTuple):
    """What a check measures in one run: its value, and the month in which it is first broken."""

    value: float
    first_breach: str = ""


def observe(check: Check, tables: "Mapping[str, pa.Table]") -> dict[str, Observed]:
    """Measure a check in each run that some tables hold.

    Parameters
    ----------
    tables
        ``metrics`` and what else `Check.tables` names, each with a column ``run_id``.

    Returns
    -------
    dict
        By run; not a number where nothing that the check names was recorded.
    """
    runs = tables["metrics"]["run_id"].to_pylist()
    if check.metric and not check.narrowed:
        metrics = tables["metrics"]
        known = check.metric in metrics.column_names
        values = metrics[check.metric].to_pylist() if known else [None] * len(runs)
        return {
            run: Observed(nan if value is None else value) for run, value in zip(runs, values, strict=True)
        }
    how, months = _by_month(check, tables)
    return {run: _reduce(check.bound, how, months.get(str(run), {})) for run in runs}


def needs(check: Check, tables: "Mapping[str, pa.Table]") -> set[str]:
    """Return the metrics that a run has if it has what a check measures: its own, or those of its network."""
    if check.metric:
        return {check.metric}
    table = tables["headroom"]
    networks = _plain(table.filter(_matching(table["capacity_name"], check.headroom))["network"])
    return {utilities()[network].metrics[0].name for network in networks.unique().to_pylist()}


def _by_month(check: Check, tables: "Mapping[str, pa.Table]") -> tuple[str, dict[str, dict[str, float]]]:
    """Return how months become one value, and the value of each month by run."""
    import pyarrow.compute as pc

    if check.headroom:
        table, column = tables["headroom"], str(check.of)
        how: str = "max" if check.bound.upper else "min"
        keep = _matching(table["capacity_name"], check.headroom)
    else:
        source = sources()[check.metric]
        table, column, how = tables[source.table], source.column, source.how
        keep = pc.equal(_plain(table["quantity"]), source.quantity)
        if check.asset:
            keep = pc.and_(keep, _matching(table["asset"], check.asset))
        elif source.points:
            # demand points are the assets with a district
            keep = pc.and_(keep, pc.not_equal(_plain(table["district"]), ""))
    if check.district:
        keep = pc.and_(keep, pc.equal(_plain(table["district"]), check.district))
    if check.period:
        month = _plain(table["month"])
        within = pc.and_(pc.greater_equal(month, check.period[0]), pc.less_equal(month, check.period[1]))
        keep = pc.and_(keep, within)
    chosen = table.filter(keep).select(["run_id", "month", column])
    chosen = chosen.set_column(0, "run_id", _plain(chosen["run_id"]))
    chosen = chosen.set_column(1, "month", _plain(chosen["month"]))
    months: dict[str, dict[str, float]] = {}
    grouped = chosen.group_by(["run_id", "month"]).aggregate([(column, how)])
    for run, month, value in zip(*(grouped[name].to_pylist() for name in grouped.column_names), strict=True):
        months.setdefault(run, {})[month] = value
    return how, months


def _reduce(bound: Bound, how: str, months: Mapping[str, float]) -> Observed:
    ordered = sorted(months.items())
    if how == "sum":
        total, breach = 0.0, ""
        for month, value in ordered:
            total += value
            if not breach and not bound.holds(total) and bound.upper:
                breach = month
        return Observed(total, breach)
    if not ordered:
        return Observed(nan)
    worst = (min if how == "min" else max)(value for _, value in ordered)
    return Observed(worst, next((month for month, value in ordered if not bound.holds(value)), ""))


def _plain(column: Any) -> Any:
    import pyarrow as pa

    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def _matching(column: Any, pattern: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = _plain(column)
    names = [name for name in pc.unique(plain).to_pylist() if fnmatchcase(name, pattern)]
    return pc.is_in(plain, pa.array(names, pa.string()))
