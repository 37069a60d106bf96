"""From a sweep file to its runs: which overrides each one has, and the name it is known by."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from twin.errors import InvalidInput, Mistake
from twin.program import program
from twin.results.dataset import known
from twin.scenario import Scenario, input_files, load_scenario
from twin.scenario.currency import told
from twin.sweep.sampling import futures
from twin.sweep.spec import Sweep, Variable

ONLY = "all"
"""The cell of a sweep without choices."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One run of a sweep.

    Attributes
    ----------
    run_id
        Hash of the resolved scenario, its inputs, the program, and the run's labels.
    number
        Its place in the whole sweep.
    cell
        The choices in one text.
    overrides
        What `load_scenario` is given.
    """

    run_id: str
    number: int
    cell: str
    choices: dict[str, str]
    sampled: dict[str, Any]
    sample: int
    replicate: int
    seed: int
    overrides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of choices, with what its runs need of its scenario.

    Attributes
    ----------
    overrides
        Of the choices.
    start, end
        Its horizon.
    keys
        By pattern of a variable, the keys it names and their values in this cell.
    """

    choices: dict[str, str]
    overrides: tuple[str, ...]
    seed: int
    start: date
    end: date
    keys: dict[str, list[tuple[str, Any]]]

    @property
    def name(self) -> str:
        """Return the choices in one text."""
        return ", ".join(f"{name}={choice}" for name, choice in self.choices.items()) or ONLY


class Plan:
    """All runs of a sweep, made one at a time.

    Parameters
    ----------
    sweep
        The file.

    Attributes
    ----------
    base
        The scenario with the overrides of all runs.
    total
        Number of runs.

    Raises
    ------
    InvalidInput
        If the scenario, a choice, a combination, or a variable's lowest or highest sample cannot be run.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        asked = sweep.asked
        self._common = _overrides(asked.set)
        self.base = self._load((), ("set",))
        self._futures = futures(sweep)
        self.dimensions = tuple(asked.matrix)
        combinations = [dict(zip(self.dimensions, c, strict=True)) for c in product(*asked.matrix.values())]
        self.total = len(combinations) * len(self._futures) * asked.replicates
        self.files = self._try_choices(combinations[0])
        self._cells = self._open_cells(combinations)
        self._try_variables(self._cells[0])
        self.inputs = {_place(path, self.base): _digest(path.read_bytes()) for path in self.files}
        self._known = json.dumps([program(), sorted(self.inputs.items())])

    @property
    def known(self) -> str:
        """Return what program and inputs the results are known by, as short text."""
        return known(program(), self.inputs)

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the sampled values."""
        return tuple(self._futures[0])

    @property
    def widest(self) -> Scenario:
        """Return the scenario over the days of all choices, with prices: what checks may ask of some run."""
        prices = dict.fromkeys(type(self.base.service_prices).model_fields, 1.0)
        priced = self.base.service_prices.model_copy(update=prices)
        spans = [(cell.start, cell.end) for cell in self._cells]
        start, end = min(start for start, _ in spans), max(end for _, end in spans)
        return self.base.model_copy(update={"service_prices": priced, "start": start, "end": end})

    def unkept(self) -> list[Mistake]:
        """Return a line for recordings that the sweep would not keep, or keeps without there being any."""
        asked = self.sweep.asked
        chosen = [own for choices in self.sweep.choices.values() for own in choices.values() if own]
        recorded = self.base.record or any(key.startswith("record") for own in chosen for key in own)
        kept = "hourly" in asked.tables
        file, line = self.sweep.document.place(("tables",))
        if recorded and not kept:
            return [Mistake(file, line, "what the scenario's record names is not kept", "tables: [hourly]")]
        if kept and not recorded:
            return [Mistake(file, line, "hourly stays empty", "record in scenario.yaml, or in set")]
        return []

    @property
    def cells(self) -> list[str]:
        """Return all combinations of choices, each in one text."""
        return [cell.name for cell in self._cells]

    def runs(self, shard: tuple[int, int] = (1, 1)) -> Iterator[Planned]:
        """Yield the runs of a shard, I of N: those whose number leaves I - 1 when divided by N."""
        number = -1
        for cell in self._cells:
            for sample, values in enumerate(self._futures):
                for replicate in range(self.sweep.asked.replicates):
                    number += 1
                    if number % shard[1] == shard[0] - 1:
                        yield self._run(number, cell, sample, values, replicate)

    def _run(self, number: int, cell: Cell, sample: int, values: dict[str, Any], replicate: int) -> Planned:
        seed = cell.seed + replicate
        overrides = (*self._common, *cell.overrides, *self._sampled(cell, values), f"seed={seed}")
        labels = json.dumps([cell.choices, sample, replicate])
        run_id = _digest("\0".join((self._known, labels, *overrides)).encode())[:16]
        return Planned(run_id, number, cell.name, cell.choices, values, sample, replicate, seed, overrides)

    def _of(self, choices: Mapping[str, str]) -> tuple[str, ...]:
        matrix = self.sweep.choices
        return tuple(o for name, choice in choices.items() for o in _overrides(matrix[name][choice] or {}))

    def _sampled(self, cell: Cell, values: Mapping[str, Any]) -> tuple[str, ...]:
        # two variables may multiply the same key
        factors: dict[str, float] = {}
        overrides: dict[str, str] = {}
        for name, value in values.items():
            variable = self._variables[name]
            for pattern in variable.multiply:
                for key, own in cell.keys[pattern]:
                    factors[key] = factors.get(key, float(own)) * value
            for pattern in variable.set:
                # a key without `*` may be new to the scenario
                keys = [key for key, _ in cell.keys[pattern]] if "*" in pattern else [pattern]
                overrides |= dict.fromkeys(keys, json.dumps(value))
        overrides |= {key: json.dumps(value) for key, value in factors.items()}
        return tuple(f"{key}={value}" for key, value in overrides.items())

    @property
    def _variables(self) -> dict[str, Variable]:
        uncertain = self.sweep.asked.uncertain
        return uncertain.variables if uncertain else {}

    def _try_choices(self, first: Mapping[str, str]) -> list[Path]:
        """Load each choice by itself; return all files they are read from."""
        mistakes: list[Mistake] = []
        files = dict.fromkeys(input_files(self.base))
        for dimension, choices in self.sweep.asked.matrix.items():
            for choice in choices:
                own = self._of({**first, dimension: choice})
                scenario = self._collect(mistakes, own, ("matrix", dimension, choice))
                files |= dict.fromkeys(input_files(scenario)) if scenario else {}
        _refuse(mistakes)
        return list(files)

    def _open_cells(self, combinations: Sequence[dict[str, str]]) -> list[Cell]:
        """Load each combination once and keep what its runs need."""
        mistakes: list[Mistake] = []
        cells = []
        patterns = [p for variable in self._variables.values() for p in (*variable.set, *variable.multiply)]
        for choices in combinations:
            own = self._of(choices)
            scenario = self._collect(mistakes, own, ("matrix",))
            if scenario is not None:
                keys = {pattern: match_keys(scenario, pattern) for pattern in patterns}
                cells.append(Cell(choices, own, scenario.seed, scenario.start, scenario.end, keys))
        _refuse(mistakes)
        return cells

    def _try_variables(self, cell: Cell) -> None:
        """Look for each variable's keys, and load its lowest and highest sample."""
        mistakes: list[Mistake] = []
        for name, variable in self._variables.items():
            key = ("uncertain", "variables", name)
            wrong = list(_wrong_keys(variable, cell.keys))
            if wrong:
                file, line = self.sweep.document.place(key)
                mistakes += [Mistake(file, line, told) for told in wrong]
                continue
            for value in _extremes([future[name] for future in self._futures]):
                future = {**self._futures[0], name: value}
                self._collect(mistakes, (*cell.overrides, *self._sampled(cell, future)), key)
        _refuse(mistakes)

    def _collect(self, mistakes: list[Mistake], own: Sequence[str], key: tuple[str, ...]) -> Scenario | None:
        try:
            return self._load(own, key)
        except InvalidInput as error:
            mistakes += error.mistakes
        return None

    def _load(self, own: Sequence[str], key: tuple[str, ...]) -> Scenario:
        try:
            return load_scenario(self.sweep.scenario, [*self._common, *own], self.sweep.reach)
        except InvalidInput as error:
            raise InvalidInput(self.sweep.mistakes(key, error.mistakes)) from None


def match_keys(scenario: Scenario, pattern: str) -> list[tuple[str, Any]]:
    """Return the keys of a scenario that a pattern names, each with its value; `*` is any key there."""
    found: list[tuple[str, Any]] = [("", scenario)]
    for part in pattern.split("."):
        found = [
            (f"{path}.{name}" if path else name, value)
            for path, parent in found
            for name, value in _named(parent, scenario.currency)
            if part in ("*", name)
        ]
    return found


def _wrong_keys(variable: Variable, keys: Mapping[str, list[tuple[str, Any]]]) -> Iterator[str]:
    for pattern in variable.set:
        if "*" in pattern and not keys[pattern]:
            yield f"no key matches {pattern}"
    for pattern in variable.multiply:
        if not keys[pattern]:
            yield f"no key {pattern} to multiply"
        for path, own in keys[pattern]:
            if isinstance(own, bool) or not isinstance(own, int | float):
                yield f"{path} is not a number and cannot be multiplied"
                break


def _named(parent: Any, currency: str) -> Iterator[tuple[str, Any]]:
    """Yield the keys of a part of a scenario as its user knows them, and their values."""
    for name, value in _children(parent):
        yield told(name, currency), value


def _children(parent: Any) -> list[tuple[str, Any]]:
    if isinstance(parent, BaseModel):
        return [(name, getattr(parent, name)) for name in type(parent).model_fields]
    if isinstance(parent, Mapping):
        return [(str(name), value) for name, value in parent.items()]
    if isinstance(parent, tuple):
        return [(str(number), value) for number, value in enumerate(parent)]
    return []


def _extremes(values: Sequence[Any]) -> list[Any]:
    """Return the lowest and highest of numbers; of anything else every value."""
    if all(isinstance(value, int | float) for value in values):
        return [min(values), max(values)]
    return list(dict.fromkeys(values))


def _refuse(mistakes: Sequence[Mistake]) -> None:
    if mistakes:
        raise InvalidInput(mistakes)


def _place(path: Path, base: Scenario) -> str:
    return Path(os.path.relpath(path, base.folder)).as_posix()


def _overrides(values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{key}={json.dumps(value, default=str)}" for key, value in values.items())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
