"""From a scenario folder to a checked, frozen Scenario: all mistakes at once."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML

from twin.errors import InvalidInput, Mistake
from twin.scenario.background import BACKGROUND
from twin.scenario.currency import ELSEWHERE, known, told, within
from twin.scenario.document import MOST_GUESSES, WORKBOOK, Document, order_file, read_document, read_order
from twin.scenario.markup import NotYaml, load_value
from twin.scenario.order_overrides import is_of_order, override_order
from twin.scenario.reach import AS_ALLOWED, OUTSIDE, WITHIN, Reach
from twin.scenario.references import check_references, whole_names
from twin.scenario.schema import FROM_LOADER, TABLES, Scenario
from twin.scenario.series_files import series_paths
from twin.scenario.sheets import ENDING
from twin.utilities.registry import utilities

_MEANT = {
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "string_type": "text; a number, or nothing, in quotes",
    "too_short": "one at least",
    "tuple_type": "a list",
    "dict_type": "a mapping: keys and values",
    "model_type": "a mapping: keys and values",
    "recursion_loop": "not a part of itself",
}

_MOST_NOTED = 500
_MOST_NEAR = 4


def load_scenario(path: str | Path, overrides: Sequence[str] = (), reach: Reach = WITHIN) -> Scenario:
    """Load a scenario.

    Parameters
    ----------
    path
        A folder with ``scenario.yaml``, or another YAML file whose folder holds the tables.
    overrides
        ``KEY=VALUE`` on the resolved scenario: ``sites.SS01.slip_months=14``, ``days=every``.
    reach
        Which files it may read beside those in its folder.

    Returns
    -------
    Scenario
        Checked and frozen.

    Raises
    ------
    InvalidInput
        With every mistake, each with its file and line.
    """
    given = Path(path)
    file = given / "scenario.yaml" if os.path.isdir(given) else given
    if not os.path.isfile(file):
        raise InvalidInput([Mistake(str(path), 0, "no scenario here", "a folder with scenario.yaml")])
    reach = reach.beside(file.parent)
    if file != given and not reach.holds(file):
        raise InvalidInput([Mistake(file.name, 0, f"{OUTSIDE}: it is a link", AS_ALLOWED)])
    document = read_document(file, reach)
    currency = document.currency
    for override in overrides:
        if not is_of_order(override):
            _override(document, override, override)
    read_order(document, file.parent)
    override_order(document, [own for own in overrides if is_of_order(own)], _override)
    scenario = _validate(document, file, overrides)
    if scenario is not None:
        scenario = whole_names(scenario, document)
        check_references(scenario, document)
    if document.mistakes or scenario is None:
        raise InvalidInput([_told(mistake, currency) for mistake in document.mistakes])
    return scenario


def _told(mistake: Mistake, currency: str) -> Mistake:
    """Return a mistake in the names that the user knows."""
    if ELSEWHERE in mistake.problem:
        return mistake
    return replace(mistake, problem=told(mistake.problem, currency), remedy=told(mistake.remedy, currency))


def input_files(scenario: Scenario) -> list[Path]:
    """Return the files a scenario was loaded from: YAML, tables, networks."""
    networks = [
        file
        for name, settings in scenario.simulated.items()
        for file in (settings.file, *utilities()[name].beside(settings).values())
    ]
    tables = (f"{table}{ending}" for table in TABLES for ending in (".csv", ENDING))
    names = [scenario.file, *tables, WORKBOOK, BACKGROUND, *networks]
    order = order_file(scenario.folder, scenario.build_order)
    files = [*(scenario.folder / name for name in names), *([order] if order else [])]
    files += series_paths(scenario.folder)
    return [path for path in files if path.is_file()]


def dump_resolved(scenario: Scenario) -> str:
    """Return the resolved scenario, tables, overrides and defaults included, as YAML."""
    content = within(scenario.model_dump(mode="json"), told, scenario.currency)
    return "".join(_dumped(json.dumps({name: part})) for name, part in content.items())


@lru_cache(maxsize=256)
def _dumped(part: str) -> str:
    """Return JSON as YAML; what most runs of a process share, such as tables, is written out once."""
    yaml = YAML()
    yaml.width = 110
    stream = StringIO()
    yaml.dump(json.loads(part), stream)
    return stream.getvalue()


def _validate(document: Document, file: Path, overrides: Sequence[str]) -> Scenario | None:
    if document.broken:
        return None
    for reserved in FROM_LOADER:
        if reserved in document.content:
            document.add((reserved,), f"unknown key {reserved}")
    own = {"folder": file.parent, "file": file.name, "overrides": tuple(overrides)}
    content = {**document.content, **own}
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        note_all(document, error)
    return None


def note_all(document: Document, error: ValidationError, model: type[BaseModel] = Scenario) -> None:
    """Note what pydantic found, each at the place where its value stands; of very much the first."""
    details = error.errors(include_url=False)
    for detail in details[:_MOST_NOTED]:
        _note(document, detail, model)
    if len(details) > _MOST_NOTED:
        document.add((), f"{len(details) - _MOST_NOTED:,} mistakes more", "those above first")


def _note(document: Document, detail: ErrorDetails, model: type[BaseModel]) -> None:
    location = [part for part in detail["loc"] if part != "[key]"]
    dotted = ".".join(map(str, location))
    if tuple(map(str, location)) in document.refused:
        return
    match detail["type"]:
        case "extra_forbidden":
            known = _fields_at(model, location[:-1])
            few = len(document.mistakes) < MOST_GUESSES
            document.add(location, f"unknown key {dotted}", _nearest(str(location[-1]), known) if few else "")
        case "missing":
            document.add(location, f"missing {dotted}")
        case "value_error":
            document.add(location, f"{dotted}: {detail['ctx']['error']}")
        case _:
            document.add(location, f"{dotted} is {_short(detail['input'])}", _right(detail))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _right(detail: ErrorDetails) -> str:
    """Return what a value should have been."""
    value, most = detail["input"], detail.get("ctx", {}).get("le")
    if isinstance(value, float) and not isfinite(value):
        return "a finite number"
    if most == 1 and isinstance(value, int | float) and 1 < value <= 100:
        return f"a share from 0 to 1: {value:g} % is {value / 100:g}"
    return _MEANT.get(detail["type"], detail["msg"].removeprefix("Input should be "))


def _nearest(name: str, known: Sequence[str]) -> str:
    with_it = [own for own in known if name in own.split("_")][:_MOST_NEAR]
    close = with_it or get_close_matches(name, known, n=1)
    return f"did you mean {' or '.join(close)}?" if close else f"one of {', '.join(known)}" if known else ""


def _fields_at(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """Return the keys allowed at a path of the schema."""
    current: Any = model
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            if isinstance(part, int):
                continue  # a place in a list, whose items are this model
            field = current.model_fields.get(str(part))
            current = field.annotation if field else None
        else:
            current = getattr(current, "__args__", (None,))[-1]
        current = _strip_optional(current)
    if isinstance(current, type) and issubclass(current, BaseModel):
        names = [field.alias or name for name, field in current.model_fields.items()]
        return [name for name in names if current is not Scenario or name not in FROM_LOADER]
    return []


def _strip_optional(annotation: Any) -> Any:
    arguments = [a for a in getattr(annotation, "__args__", ()) if a not in (type(None), ...)]
    is_mapping = getattr(annotation, "__origin__", None) is dict
    return arguments[0] if len(arguments) == 1 and not is_mapping else annotation


def _override(document: Document, text: str, said: str) -> None:
    """Apply one ``KEY=VALUE`` to the raw content; mistakes tell it as the user said it."""
    key, sign, value = text.partition("=")
    parts = [known(part, document.currency) for part in key.strip().split(".")]
    place = (f"--set {said}", 0)
    if parts == ["currency"]:
        problem = "the currency is that of the scenario's tables, and cannot be set"
        document.mistakes.append(Mistake(*place, problem, "currency in scenario.yaml"))
        return
    if not sign or not all(parts):
        document.mistakes.append(Mistake(*place, "not an override", "KEY=VALUE"))
        return
    target: Any = document.content
    for depth, part in enumerate(parts[:-1]):
        if isinstance(target, list) and part.isdigit() and int(part) < len(target):
            target = target[int(part)]
        elif isinstance(target, dict) and _own_key(target, part) is not None:
            target = target[_own_key(target, part)]
        elif isinstance(target, dict) and part in _fields_at(Scenario, parts[:depth]):
            target = target.setdefault(part, {})
        else:
            there = [str(name) for name in target] if isinstance(target, dict) else []
            path = ".".join(parts[: depth + 1])
            document.mistakes.append(Mistake(*place, f"unknown key {path}", _nearest(part, there)))
            return
    if not isinstance(target, dict):
        document.mistakes.append(Mistake(*place, f"{key} cannot be set", "a key of a mapping"))
        return
    own = _own_key(target, parts[-1])
    try:
        target[parts[-1] if own is None else own] = load_value(value)
    except NotYaml as error:
        document.mistakes.append(Mistake(*place, f"not a value: {error}"))
    if document.reach.overrides:
        document.own.add(tuple(parts))
    document.places[tuple(parts)] = place
    document.refused.discard(tuple(parts))


def _own_key(mapping: dict[Any, Any], part: str) -> Any:
    """Return a mapping's key that reads like the part: years are numbers in YAML, text in tables."""
    return next((name for name in mapping if str(name) == part), None)
