"""From a sweep file to its runs: which overrides each one has, and the name it is known by."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from twin.errors import InvalidInput, Mistake
from twin.scenario import Scenario, input_files, load_scenario
from twin.sweep.sampling import futures
from twin.sweep.spec import Sweep, Variable

ONLY = "all"
"""The cell of a sweep without choices."""
_ENGINES = ("pandapower", "owa-epanet", "lightsim2grid", "simpy", "numpy", "scipy")


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
        If the scenario, a choice, or a variable's lowest or highest sample cannot be run.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        asked = sweep.asked
        self._common = _overrides(asked.set)
        self.base = self._load((), ("set",))
        self._futures = futures(sweep)
        self.dimensions = tuple(asked.matrix)
        self._cells = [dict(zip(self.dimensions, c, strict=True)) for c in product(*asked.matrix.values())]
        self.total = len(self._cells) * len(self._futures) * asked.replicates
        self.files = self._try()
        self.inputs = {path.name: _digest(path.read_bytes()) for path in self.files}
        self._known = json.dumps([program(), sorted(self.inputs.items())])

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the sampled values."""
        return tuple(self._futures[0])

    @property
    def cells(self) -> list[str]:
        """Return all combinations of choices, each in one text."""
        return [_cell(choices) for choices in self._cells]

    def runs(self, shard: tuple[int, int] = (1, 1)) -> Iterator[Planned]:
        """Yield the runs of a shard, I of N: those whose number leaves I - 1 when divided by N."""
        number = -1
        for choices in self._cells:
            own, scenario = self._of(choices), None
            for sample, values in enumerate(self._futures):
                for replicate in range(self.sweep.asked.replicates):
                    number += 1
                    if number % shard[1] != shard[0] - 1:
                        continue
                    if scenario is None:
                        scenario = self._load(own, ("matrix",))
                    seed = scenario.seed + replicate
                    overrides = (*self._common, *own, *self._sampled(scenario, values), f"seed={seed}")
                    labels = json.dumps([choices, sample, replicate])
                    run_id = _digest("\0".join((self._known, labels, *overrides)).encode())[:16]
                    cell = _cell(choices)
                    yield Planned(run_id, number, cell, choices, values, sample, replicate, seed, overrides)

    def _of(self, choices: Mapping[str, str]) -> tuple[str, ...]:
        matrix = self.sweep.asked.matrix
        return tuple(o for name, choice in choices.items() for o in _overrides(matrix[name][choice] or {}))

    def _sampled(self, scenario: Scenario, values: Mapping[str, Any]) -> tuple[str, ...]:
        uncertain = self.sweep.asked.uncertain
        if uncertain is None:
            return ()
        # two variables may multiply the same key
        factors: dict[str, float] = {}
        overrides: dict[str, str] = {}
        for name, value in values.items():
            variable = uncertain.variables[name]
            for pattern in variable.multiply:
                for key, own in match_keys(scenario, pattern):
                    factors[key] = factors.get(key, float(own)) * value
            for pattern in variable.set:
                for key in _set_keys(scenario, pattern):
                    overrides[key] = json.dumps(value)
        overrides |= {key: json.dumps(value) for key, value in factors.items()}
        return tuple(f"{key}={value}" for key, value in overrides.items())

    def _try(self) -> list[Path]:
        """Load each choice, and the extremes of each variable; return all files they are read from."""
        mistakes: list[Mistake] = []
        files = dict.fromkeys(input_files(self.base))
        for dimension, choices in self.sweep.asked.matrix.items():
            for choice in choices:
                one = {**self._cells[0], dimension: choice}
                key = ("matrix", dimension, choice)
                scenario = self._collect(mistakes, self._of(one), key)
                files |= dict.fromkeys(input_files(scenario)) if scenario else {}
        uncertain = self.sweep.asked.uncertain
        if uncertain is not None and not mistakes:
            for name, variable in uncertain.variables.items():
                self._try_variable(name, variable, mistakes)
        if mistakes:
            raise InvalidInput(mistakes)
        return list(files)

    def _try_variable(self, name: str, variable: Variable, mistakes: list[Mistake]) -> None:
        key = ("uncertain", "variables", name)
        scenario = self._load(self._of(self._cells[0]), ("matrix",))
        for pattern in variable.set:
            if "*" in pattern and not match_keys(scenario, pattern):
                self.sweep.document.add(key, f"no key matches {pattern}")
        for pattern in variable.multiply:
            found = match_keys(scenario, pattern)
            if not found:
                self.sweep.document.add(key, f"no key {pattern} to multiply")
            wrong = [path for path, own in found if isinstance(own, bool) or not isinstance(own, int | float)]
            for path in wrong[:1]:
                self.sweep.document.add(key, f"{path} is not a number and cannot be multiplied")
        if self.sweep.document.mistakes:
            mistakes += self.sweep.document.mistakes
            self.sweep.document.mistakes = []
            return
        drawn = [future[name] for future in self._futures]
        for value in _extremes(drawn):
            future = {**self._futures[0], name: value}
            overrides = (*self._of(self._cells[0]), *self._sampled(scenario, future))
            self._collect(mistakes, overrides, key)

    def _collect(self, mistakes: list[Mistake], own: Sequence[str], key: tuple[str, ...]) -> Scenario | None:
        try:
            return self._load(own, key)
        except InvalidInput as error:
            mistakes += error.mistakes
        return None

    def _load(self, own: Sequence[str], key: tuple[str, ...]) -> Scenario:
        try:
            return load_scenario(self.sweep.scenario, [*self._common, *own])
        except InvalidInput as error:
            raise InvalidInput(self.sweep.mistakes(key, error.mistakes)) from None


def match_keys(scenario: Scenario, pattern: str) -> list[tuple[str, Any]]:
    """Return the keys of a scenario that a pattern names, each with its value; `*` is any key there."""
    found: list[tuple[str, Any]] = [("", scenario)]
    for part in pattern.split("."):
        found = [
            (f"{path}.{name}" if path else name, value)
            for path, parent in found
            for name, value in _children(parent)
            if part in ("*", name)
        ]
    return found


def _set_keys(scenario: Scenario, pattern: str) -> list[str]:
    """Return the keys that a pattern sets; one without `*` may be new to the scenario."""
    return [key for key, _ in match_keys(scenario, pattern)] if "*" in pattern else [pattern]


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


def _cell(choices: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={choice}" for name, choice in choices.items()) or ONLY


def _overrides(values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{key}={json.dumps(value, default=str)}" for key, value in values.items())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@cache
def program() -> str:
    """Return what a result depends on beside its inputs: the source of `twin` and the engines' versions."""
    root = Path(__file__).parents[1]
    source = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        source.update(path.relative_to(root).as_posix().encode())
        source.update(path.read_bytes())
    return " ".join([f"twin-{source.hexdigest()[:12]}", *(f"{name}-{version(name)}" for name in _ENGINES)])
