"""Assertions on finished runs: what a checks file holds, and reading it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from math import inf, isfinite
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from twin.bounds import MOST_YAML_BYTES
from twin.errors import InvalidInput, Mistake
from twin.model import Day, Model, NotNegative, Share
from twin.scenario.document import Document, read_yaml
from twin.scenario.loading import note_all
from twin.simulation.account import UNSETTLED, UNSOLVED
from twin.text import read_text
from twin.utilities.metric import Narrowed
from twin.utilities.registry import utilities

SOLVED, BASELINE = "solved", "baseline"
ROUNDING = 1e-9
HOURS = (UNSOLVED.name, UNSETTLED.name)
_BOUND = re.compile(r"(<=|>=|<|>)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_UNQUOTED = re.compile(r"\b(is|no_worse_than):\s*([<>]=?\s*[^\s,}]+)")
"""A bound without quotes, which YAML takes for the start of a text."""
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


class Known(Model):
    """A failure that somebody knows of and answers for, until a day."""

    reason: Annotated[str, Field(min_length=1)]
    owner: Annotated[str, Field(min_length=1)]
    until: Day
    """The last day on which it is excused."""
    no_worse_than: Annotated[Bound, BeforeValidator(_bound)] | None = None
    """Beyond this bound nobody answers for it."""

    def holds(self, today: date) -> bool:
        """Return whether it excuses a failure on a day."""
        return today <= self.until

    def __str__(self) -> str:
        return f"known until {self.until}: {self.reason} ({self.owner})"


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
    severity: Literal["error", "warning", "info"] = "error"
    """Of a broken bound: only an error ends in exit code 1."""
    known: Known | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.metric) == bool(self.headroom):
            raise ValueError("metric or headroom, one of them")
        if self.headroom and self.asset:
            raise ValueError("headroom has no asset; it names a capacity")
        limit = self.known and self.known.no_worse_than
        if limit and limit.upper != self.bound.upper:
            raise ValueError(f"no_worse_than is {limit}, which is no bound of the same side as {self.bound}")
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


class Allowed(Model):
    """How far a metric may move from a baseline: by either, whichever allows more."""

    relative: NotNegative = 0.0
    absolute: NotNegative = 0.0
    """In the metric's own unit."""


class ChecksFile(Model):
    """What a checks file holds."""

    checks: tuple[Check, ...] = ()
    tolerance: NotNegative = 1e-6
    """Of a baseline, relative, for every metric that `tolerances` does not name."""
    tolerances: dict[str, Allowed] = {}
    """By metric; `*` stands for any characters, and the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Checks:
    """A checks file that was read.

    Attributes
    ----------
    places
        File and line of each check.
    tolerances
        By pattern of metrics' names; what none fits moves by `tolerance`, relative.
    tolerance_places
        File and line of each of them.
    path
        Where the file lies, as seen from the present folder if it is below it; else its name.
    """

    checks: tuple[Check, ...] = ()
    places: tuple[tuple[str, int], ...] = ()
    tolerance: float = 1e-6
    tolerances: Mapping[str, Allowed] = field(default_factory=dict)
    tolerance_places: tuple[tuple[str, int], ...] = ()
    path: str = ""

    @property
    def tables(self) -> set[str]:
        """Return the tables that all checks read."""
        return set().union({"metrics"}, *(check.tables for check in self.checks))

    def allowed(self, metric: str) -> Allowed:
        """Return how far a metric may move from a baseline."""
        fitting = (own for pattern, own in self.tolerances.items() if fnmatchcase(metric, pattern))
        return next(fitting, Allowed(relative=self.tolerance))


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
    if document.broken:
        document.mistakes = [_unquoted(path, mistake) or mistake for mistake in document.mistakes]
    if not document.mistakes:
        try:
            found = ChecksFile.model_validate(document.content)
            _note_doubles([check.name for check in found.checks], document)
            if not document.mistakes:
                return _checks(found, document, path)
        except ValidationError as error:
            note_all(document, error, ChecksFile)
            _note_doubles(_raw_names(document.content.get("checks")), document)
    raise InvalidInput(document.mistakes)


def _checks(found: ChecksFile, document: Document, path: Path) -> Checks:
    return Checks(
        found.checks,
        tuple(document.place(("checks", n)) for n in range(len(found.checks))),
        found.tolerance,
        found.tolerances,
        tuple(document.place(("tolerances", name)) for name in found.tolerances),
        shown_path(path),
    )


def shown_path(path: Path) -> str:
    """Return a file's path as seen from the present folder if it is below it; else its name."""
    own, here = path.resolve(), Path.cwd()
    return own.relative_to(here).as_posix() if own.is_relative_to(here) else path.name


def _unquoted(path: Path, mistake: Mistake) -> Mistake | None:
    """Return what is wrong with a line that YAML cannot read for its bound, if that is why."""
    lines = read_text(path, MOST_YAML_BYTES).splitlines()
    found = _UNQUOTED.search(lines[mistake.line - 1]) if 0 < mistake.line <= len(lines) else None
    if found is None:
        return None
    return Mistake(path.name, mistake.line, "not valid YAML", f'quote the bound: {found[1]}: "{found[2]}"')


def _raw_names(checks: object) -> list[object]:
    """Return the names of checks that are not all valid."""
    rows = checks if isinstance(checks, list) else []
    return [row.get("name") if isinstance(row, dict) else None for row in rows]


def _note_doubles(names: Sequence[object], document: Document) -> None:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if not isinstance(name, str):
            continue
        if name in (SOLVED, BASELINE):
            problem = f"{name} is the name of a check that the program adds"
            document.add(("checks", number), problem, "another name")
        elif name in seen:
            document.add(("checks", number), f"two checks are called {name}", "a name of its own")
        seen.add(name)
