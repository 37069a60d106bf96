"""Assertions on finished runs: what is measured, over which runs, and whether it holds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from math import inf, isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

import numpy as np
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from twin.errors import InvalidInput, Mistake
from twin.scenario.document import Document, read_yaml
from twin.scenario.loading import note
from twin.scenario.model import Model

if TYPE_CHECKING:
    import pyarrow as pa

SOLVED = "solved"
_ROUNDING = 1e-9
_HOURS = ("unsolved_hours", "unsettled_hours")
_BOUND = re.compile(r"(<=|>=|<|>)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_MONTHS = re.compile(r"(\d{4})(?:-(\d{2}))?")


class Source(NamedTuple):
    """Where a metric comes from when it is narrowed: rows of a table, and how they become one value."""

    table: Literal["monthly", "unserved"]
    quantity: str
    column: str
    how: Literal["min", "max", "sum"]
    by: tuple[str, ...] = ("asset", "period")


SOURCES = {
    "min_voltage_pu": Source("monthly", "voltage_pu", "min", "min"),
    "min_pressure_m": Source("monthly", "pressure_m", "min", "min", ("asset", "district", "period")),
    "max_transformer_loading_percent": Source("monthly", "loading_percent", "max", "max", ("asset",)),
    "peak_power_mw": Source("monthly", "supplied_mw", "max", "max", ("period",)),
    "unserved_energy_mwh": Source("unserved", "unserved_mwh", "amount", "sum"),
    "unserved_water_m3": Source("unserved", "unserved_m3", "amount", "sum"),
    "sewage_spilled_m3": Source("unserved", "spilled_m3", "amount", "sum"),
}


class Bound(NamedTuple):
    """What a value must be."""

    operator: str
    value: float

    def holds(self, value: float) -> bool:
        """Return whether a value keeps to it, but for rounding; no value never does."""
        slack = _ROUNDING * max(1.0, abs(self.value))
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
    return Bound(match[1], float(match[2]))


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
    quantile: Annotated[float, Field(ge=0, le=1)] | None = None
    """Over the runs of a cell; without it the worst run counts."""
    bound: Annotated[Bound, BeforeValidator(_bound)] = Field(alias="is")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.metric) == bool(self.headroom):
            raise ValueError("metric or headroom, one of them")
        if self.headroom and self.asset:
            raise ValueError("headroom has no asset; it names a capacity")
        if self.metric and self.narrowed:
            source = SOURCES.get(self.metric)
            if source is None:
                raise ValueError(f"{self.metric} cannot be narrowed; only {', '.join(SOURCES)}")
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
        return {SOURCES[self.metric].table} if self.narrowed else {"metrics"}


class ChecksFile(Model):
    """What a checks file holds."""

    checks: tuple[Check, ...] = ()
    tolerance: Annotated[float, Field(ge=0)] = 1e-6
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
            for detail in error.errors(include_url=False):
                note(document, detail, ChecksFile)
    raise InvalidInput(document.mistakes)


def _note_doubles(checks: Sequence[Check], document: Document) -> None:
    seen = {SOLVED, "baseline"}
    for number, check in enumerate(checks):
        if check.name in seen:
            document.add(("checks", number), f"a check {check.name} again", "a name of its own")
        seen.add(check.name)


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


def _by_month(check: Check, tables: "Mapping[str, pa.Table]") -> tuple[str, dict[str, dict[str, float]]]:
    """Return how months become one value, and the value of each month by run."""
    import pyarrow.compute as pc

    if check.headroom:
        table, column = tables["headroom"], str(check.of)
        how: str = "max" if check.bound.upper else "min"
        keep = _matching(table["capacity_name"], check.headroom)
    else:
        source = SOURCES[check.metric]
        table, column, how = tables[source.table], source.column, source.how
        keep = pc.equal(_plain(table["quantity"]), source.quantity)
        if check.asset:
            keep = pc.and_(keep, _matching(table["asset"], check.asset))
        elif check.metric == "min_pressure_m":
            # the metric counts demand points, which are the junctions with a district
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a check came out in a cell.

    Attributes
    ----------
    status
        ``pass``; ``fail``: the bound is broken; ``error``: there is nothing to judge.
    value
        Over the runs: the worst, or the quantile; infinite where a run without result decides.
    runs, without
        Runs of the cell; how many of them have no result.
    first_breach
        The earliest month in any run in which the bound is broken, where months are known.
    worst_run
        The run with the worst value.
    """

    name: str
    cell: str
    status: Literal["pass", "fail", "error"]
    value: float
    bound: str
    over: str
    runs: int
    without: int = 0
    first_breach: str = ""
    worst_run: str = ""
    detail: str = ""
    file: str = ""
    line: int = 0


@dataclass(slots=True)
class Cell:
    """What is known of the runs of one combination of choices.

    Attributes
    ----------
    observed
        By number of the check, each run's measurement.
    without
        Runs that have no result, with the reason.
    unsolved
        Runs with hours that have no solution or did not settle, with how many.
    """

    observed: dict[int, dict[str, Observed]] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)
    unsolved: dict[str, str] = field(default_factory=dict)
    runs: int = 0


class Judge:
    """Takes in runs, in any order and any grouping, and gives the verdicts at the end.

    Parameters
    ----------
    checks
        What is asserted.
    """

    def __init__(self, checks: Checks) -> None:
        self.checks = checks
        self.cells: dict[str, Cell] = {}
        self._accepted = {check.metric for check in checks.checks if check.metric in _HOURS}
        self._metrics: set[str] = set()

    def missing(self, cell: str, run_id: str, reason: str) -> None:
        """Take in a run that has no result."""
        own = self.cells.setdefault(cell, Cell())
        own.runs += 1
        own.without[run_id] = reason

    def take(self, cells: Mapping[str, tuple[str, str]], tables: "Mapping[str, pa.Table]") -> None:
        """Take in finished runs.

        Parameters
        ----------
        cells
            By run: its cell, and why it ended early (empty if it is complete).
        tables
            What `observe` reads.
        """
        metrics = tables["metrics"]
        self._metrics.update(metrics.column_names)
        for row in metrics.select([c for c in ("run_id", *_HOURS) if c in metrics.column_names]).to_pylist():
            cell, reason = cells[row["run_id"]]
            if reason:
                self.missing(cell, row["run_id"], reason)
                continue
            own = self.cells.setdefault(cell, Cell())
            own.runs += 1
            hours = {name: row.get(name) for name in _HOURS if name not in self._accepted}
            bad = [f"{value:g} {name}" for name, value in hours.items() if value is None or value > 0.0]
            if bad:
                own.unsolved[row["run_id"]] = ", ".join(bad)
        for number, check in enumerate(self.checks.checks):
            for run, observed in observe(check, tables).items():
                cell, reason = cells[run]
                if not reason:
                    self.cells[cell].observed.setdefault(number, {})[run] = observed

    def verdicts(self) -> list[Verdict]:
        """Return the verdict of every check in every cell."""
        found: list[Verdict] = []
        for cell, own in self.cells.items():
            found.append(_solved(cell, own))
            for number, check in enumerate(self.checks.checks):
                place = self.checks.places[number]
                found.append(self._judge(check, cell, own, own.observed.get(number, {}), place))
        return found

    def _judge(
        self, check: Check, cell: str, own: Cell, observed: Mapping[str, Observed], place: tuple[str, int]
    ) -> Verdict:
        bound = check.bound
        values = {run: o.value for run, o in observed.items()} | dict.fromkeys(own.without, bound.worst)
        over = "worst run" if check.quantile is None else f"quantile {check.quantile:g}"

        def verdict(status: Literal["pass", "fail", "error"], value: float, **more: str) -> Verdict:
            return Verdict(
                check.name,
                cell,
                status,
                value,
                str(bound),
                over,
                own.runs,
                len(own.without),
                **more,
                file=place[0],
                line=place[1],
            )

        nothing = [run for run, value in values.items() if value is None or isnan(value)]
        if nothing or not values:
            return verdict("error", nan, detail=self._nothing(check))
        value = _over(list(values.values()), check.quantile, bound.upper)
        worst_run = (max if bound.upper else min)(values, key=lambda run: values[run])
        detail = f"{len(own.without)} of {own.runs} runs have no result" if own.without else ""
        if bound.holds(value) and abs(value) < inf:
            return verdict("pass", value, worst_run=worst_run, detail=detail)
        breach = min((o.first_breach for o in observed.values() if o.first_breach), default="")
        return verdict("fail", value, first_breach=breach, worst_run=worst_run, detail=detail)

    def _nothing(self, check: Check) -> str:
        if check.metric and not check.narrowed and check.metric not in self._metrics:
            close = get_close_matches(check.metric, sorted(self._metrics), n=1)
            return f"no metric {check.metric}" + (f" (did you mean {close[0]}?)" if close else "")
        return "nothing that it names was recorded"


def _over(values: Sequence[float], quantile: float | None, upper: bool) -> float:
    """Return the worst value, or a quantile rounded to the worse side, so that infinity stays one."""
    if quantile is None:
        return max(values) if upper else min(values)
    ordered = sorted(values)
    place = quantile * (len(ordered) - 1)
    return ordered[int(np.ceil(place - _ROUNDING)) if upper else int(np.floor(place + _ROUNDING))]


def _solved(cell: str, own: Cell) -> Verdict:
    bad = own.without | own.unsolved
    first = next(iter(bad.items()), None)
    detail = f"{len(bad)} of {own.runs} runs; {first[0]}: {first[1]}" if first else ""
    status: Literal["pass", "fail"] = "fail" if bad else "pass"
    return Verdict(
        SOLVED,
        cell,
        status,
        float(len(bad)),
        "<= 0",
        "runs",
        own.runs,
        len(own.without),
        worst_run=first[0] if first else "",
        detail=detail,
    )


Summary = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By cell, metric and statistic."""


def compare(now: Summary, before: Summary, tolerance: float) -> list[Verdict]:
    """Compare metrics with a baseline: one verdict per cell, which lists what moved or went.

    What the baseline does not hold is listed as new and breaks nothing: a baseline may be a part of a
    ``metrics.json``, and a later version of the program may measure more.
    """
    verdicts = []
    for cell in {**before, **now}:
        new, old = _flat(now.get(cell, {})), _flat(before.get(cell, {}))
        moved = sorted(
            ((_change(value, new.get(name)), name) for name, value in old.items()), key=lambda pair: -pair[0]
        )
        moved = [(change, name) for change, name in moved if change > tolerance]
        lines = [f"{name}: {old[name]:.6g} -> {_shown(new.get(name))}" for _, name in moved]
        lines += [f"{name}: new, {new[name]:.6g}" for name in new if name not in old]
        largest = max((change for change, _ in moved), default=0.0)
        status: Literal["pass", "fail"] = "fail" if moved else "pass"
        bound, detail = f"<= {tolerance:g}", "\n".join(lines)
        verdicts.append(Verdict("baseline", cell, status, largest, bound, "largest change", 0, detail=detail))
    return verdicts


def _flat(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {f"{m} {s}".strip(): value for m, own in metrics.items() for s, value in own.items()}


def _change(old: float, new: float | None) -> float:
    """Return a change relative to the larger value; none where both are nothing but rounding."""
    if new is None:
        return inf
    return abs(new - old) / max(abs(old), abs(new)) if abs(new - old) > _ROUNDING else 0.0


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.6g}"
