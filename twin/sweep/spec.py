"""The shape of a sweep file, and reading one: every mistake with its line."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from os.path import isfile
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, Strict, ValidationError, model_validator

from twin.cards import card
from twin.errors import InvalidInput, Mistake
from twin.model import Count, Model, Number, Positive, whole
from twin.scenario.document import Document, read_yaml
from twin.scenario.loading import note_all
from twin.scenario.reach import WITHIN, Reach
from twin.scenario.tables import NOT_A_NUMBER, Line, read_cell, read_csv
from twin.scenario.variants import Variant

DISTRIBUTIONS = ("uniform", "normal", "lognormal", "triangular", "choices", "csv")
Table = Literal["monthly", "headroom", "developments", "unserved", "hourly"]
TABLES: tuple[Table, ...] = ("monthly", "headroom", "developments", "unserved")
"""Kept unless a sweep says what it keeps; recordings of many runs are large."""
RESERVED = ("run_id", "cell", "sample", "replicate", "seed", "number", "status", "reason", "wall_s")


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Keys = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Overrides = dict[str, Any]
Choices = dict[str, dict[str, Overrides | None]]
"""By dimension and name."""


class Uniform(Model):
    """Equally likely between two bounds."""

    low: Number
    high: Number

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        return self


class Normal(Model):
    """Normal."""

    mean: Number
    sd: Positive


class Lognormal(Model):
    """The logarithm is normal."""

    median: Positive
    sd_log: Positive


class Triangular(Model):
    """Triangular."""

    low: Number
    mode: Number
    high: Number

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not (self.low <= self.mode <= self.high and self.low < self.high):
            raise ValueError(f"not low <= mode <= high: {self.low:g}, {self.mode:g}, {self.high:g}")
        return self


class Column(Model):
    """The values of a column of a CSV file."""

    file: str
    column: str


class Variable(Model):
    """One uncertainty: the keys it acts on, and its distribution."""

    set: Keys = ()
    """Keys that take the sampled value."""
    multiply: Keys = ()
    """Keys whose own value is multiplied by it."""
    uniform: Uniform | None = None
    normal: Normal | None = None
    lognormal: Lognormal | None = None
    triangular: Triangular | None = None
    choices: Annotated[tuple[Any, ...], Field(min_length=1)] | None = None
    csv: Column | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        given = [name for name in DISTRIBUTIONS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"{' and '.join(given) or 'no distribution'}; one of {', '.join(DISTRIBUTIONS)}")
        if not self.set and not self.multiply:
            raise ValueError("acts on nothing; set or multiply a key")
        return self


class Uncertain(Model):
    """The sampled futures, shared by all combinations of choices."""

    method: Literal["latin_hypercube", "sobol", "saltelli"] = "latin_hypercube"
    """`saltelli` makes (variables + 2) runs of each sample, for Sobol indices with total effects."""
    samples: Count
    seed: Annotated[int, Strict(), Field(ge=0, le=2**63 - 1), BeforeValidator(whole)] = 1
    variables: Annotated[dict[str, Variable], Field(min_length=1)]

    @model_validator(mode="after")
    def _power_of_two(self) -> Self:
        if self.method != "latin_hypercube" and self.samples & (self.samples - 1):
            raise ValueError(f"samples {self.samples} is not a power of two, which {self.method} needs")
        return self


class SweepFile(Model):
    """What a user asks of a sweep."""

    name: Annotated[str, Field(min_length=1)]
    scenario: str
    """Folder or YAML file, as seen from this file."""
    set: Overrides = {}
    """Overrides of all runs."""
    matrix: dict[str, Annotated[dict[str, Overrides | str | None], Field(min_length=1)]] = {}
    """Choices by name in each dimension: overrides, or the file of a variant."""
    uncertain: Uncertain | None = None
    replicates: Count = 1
    """Seeds per future: the scenario's and the next ones."""
    tables: tuple[Table, ...] = TABLES
    """Kept beside runs and metrics; `hourly`: what the scenario's `record` names, which is kept by no other
    sweep."""


class Sweep:
    """A sweep file that was read.

    Parameters
    ----------
    path
        The file, from which the scenario's path counts.
    reach
        Which files it may name beside those in its folder and the scenario's; the scenario itself may lie
        anywhere.

    Attributes
    ----------
    asked
        What it says.
    choices
        Its choices by dimension and name, as overrides.
    document
        Where each value stands.

    Raises
    ------
    InvalidInput
        With every mistake of the file.
    """

    def __init__(self, path: Path, reach: Reach = WITHIN) -> None:
        if not path.is_file():
            raise InvalidInput([Mistake(str(path), 0, "no sweep file here")])
        self.path, self.document = path, Document(reach=reach.beside(path.parent))
        self.document.places[()] = (path.name, 1)
        read_yaml(path, self.document, "name: ..., scenario: ...")
        asked = _validate(self.document)
        if asked is not None:
            _check_names(asked, self.document)
        if self.document.mistakes or asked is None:
            raise InvalidInput(self.document.mistakes)
        self.asked = asked
        self.choices = self._with_variants(asked)
        self.values = self._columns()

    def _repr_html_(self) -> str:
        """Return what a notebook shows for a sweep: what it varies."""
        asked, uncertain = self.asked, self.asked.uncertain
        variables = uncertain.variables if uncertain else {}
        futures = f"{uncertain.samples} by {uncertain.method}, seed {uncertain.seed}" if uncertain else "one"
        return card(
            f"Sweep {asked.name}",
            [
                ("scenario", asked.scenario),
                *((f"choice of {name}", ", ".join(choices)) for name, choices in asked.matrix.items()),
                *((f"uncertain {name}", _distribution(variable)) for name, variable in variables.items()),
                ("futures", f"{futures}; {asked.replicates} seeds of each"),
            ],
        )

    @property
    def scenario(self) -> Path:
        """Return the path of the scenario."""
        return self.path.parent / self.asked.scenario

    @property
    def reach(self) -> Reach:
        """Return which files its scenarios may read: a path that a sweep file sets is not the user's own."""
        return replace(self.document.reach, overrides=False)

    def mistakes(self, key: Sequence[str], found: Sequence[Mistake]) -> list[Mistake]:
        """Return what a scenario says about overrides, at the place in this file that made them."""
        file, line = self.document.place(key)
        return [
            Mistake(file, line, f"{m.file.removeprefix('--set ')}: {m.problem}", m.remedy)
            if m.file.startswith("--set ")
            else m
            for m in found
        ]

    def _with_variants(self, asked: SweepFile) -> Choices:
        """Return the choices with the overrides of variants in the place of their files."""
        resolved: Choices = {}
        for dimension, choices in asked.matrix.items():
            for choice, own in choices.items():
                told = self._variant(own, ("matrix", dimension, choice)) if isinstance(own, str) else own
                resolved.setdefault(dimension, {})[choice] = told
        if self.document.mistakes:
            raise InvalidInput(self.document.mistakes)
        return resolved

    def _variant(self, file: str, key: tuple[str, ...]) -> Overrides:
        path = self.path.parent / file
        beside = self.scenario if self.scenario.is_dir() else self.scenario.parent
        if not self.document.reach.beside(beside).holds(path):
            self.document.may_read(path, key, file)
            return {}
        try:
            return Variant(path, self.document.reach).changes
        except InvalidInput as error:
            self.document.mistakes += error.mistakes
        return {}

    @property
    def _variables(self) -> dict[str, Variable]:
        return self.asked.uncertain.variables if self.asked.uncertain else {}

    def _columns(self) -> dict[str, list[Any]]:
        """Read the values of variables that come from a CSV file."""
        values: dict[str, list[Any]] = {}
        for name, variable in self._variables.items():
            if variable.csv is not None:
                values[name] = self._column(name, variable.csv)
        if self.document.mistakes:
            raise InvalidInput(self.document.mistakes)
        return values

    def _column(self, name: str, column: Column) -> list[Any]:
        key = ("uncertain", "variables", name, "csv")
        path = self.path.parent / column.file
        if not self.document.may_read(path, key, column.file):
            return []
        if not isfile(path):
            self.document.add(key, f"no file {column.file}")
            return []
        before = len(self.document.mistakes)
        columns, lines = read_csv(path, self.document.mistakes)
        if len(self.document.mistakes) > before:
            return []
        if column.column not in columns:
            known = ", ".join(columns)
            self.document.add(key, f"no column {column.column} in {column.file}", f"one of {known}")
            return []
        filled = [line for line in lines if line.cells[column.column]]
        if not filled:
            self.document.add(key, f"column {column.column} of {column.file} is empty")
        return self._read(path.name, column.column, filled, bool(self._variables[name].multiply))

    def _read(self, file: str, column: str, lines: Sequence[Line], only_numbers: bool) -> list[Any]:
        """Read cells as numbers if any of them is one, or nearly; else as words."""
        values: list[Any] = []
        wrong = []
        for line in lines:
            cell = line.cells[column]
            try:
                values.append(float(read_cell(cell, "number")))
            except ValueError as error:
                wrong.append(Mistake(file, line.line, f"{column} is {cell!r}", str(error)))
                only_numbers = only_numbers or str(error) != NOT_A_NUMBER
        if not values and not only_numbers:
            return [line.cells[column] for line in lines]
        self.document.mistakes += wrong
        return values


def _distribution(variable: Variable) -> str:
    """Return a variable's distribution in one line."""
    name = next(name for name in DISTRIBUTIONS if getattr(variable, name) is not None)
    own = getattr(variable, name)
    terms = [f"{k} {v}" for k, v in own.model_dump().items()] if isinstance(own, Model) else map(str, own)
    return f"{name}: {', '.join(terms)}"


def _validate(document: Document) -> SweepFile | None:
    if document.mistakes:
        return None
    try:
        return SweepFile.model_validate(document.content)
    except ValidationError as error:
        note_all(document, error, SweepFile)
    return None


def _check_names(asked: SweepFile, document: Document) -> None:
    """Note names that would be two columns at once, and variables that only a number can multiply."""
    variables = asked.uncertain.variables if asked.uncertain else {}
    for name in RESERVED:
        if name in asked.matrix:
            document.add(("matrix", name), f"{name} is a column of its own", "another name")
        if name in variables:
            document.add(("uncertain", "variables", name), f"{name} is a column of its own", "another name")
    for name, variable in variables.items():
        if name in asked.matrix:
            document.add(("uncertain", "variables", name), f"{name} is a choice too", "another name")
        key = ("uncertain", "variables", name, "choices")
        if (
            len(
                {
                    str if isinstance(c, str) else bool if isinstance(c, bool) else float
                    for c in variable.choices or ()
                }
            )
            > 1
        ):
            document.add(key, "choices of several kinds", "all numbers, all words, or all true and false")
        for choice in variable.choices or ():
            if variable.multiply and not _is_number(choice):
                document.add(key, f"{choice!r} cannot multiply", "numbers")
            elif isinstance(choice, float) and not isfinite(choice):
                document.add(key, f"{choice!r} is not a number")
            elif not isinstance(choice, str | int | float | bool):
                document.add(key, f"{choice!r} is not a plain value", "numbers, words, true or false")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
