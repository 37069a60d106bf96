"""WNTR's model in memory as an INP file; what such a file does not hold of it is told."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import isclose
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake, listed
from twin.utilities.epanet.inp_text import gone, number, rewritten
from twin.utilities.epanet.wntr_objects import quiet, read_model

_SAME = 1e-9
_BY_NAME = ("nodes", "links", "curves", "patterns", "sources")
_PER_LINE = 6
_ROUNDED = 0.005 + 1e-9


def is_model(given: object) -> bool:
    """Return whether something is WNTR's model; WNTR is not imported for what is none."""
    return any(
        kind.__module__ == "wntr.network.model" and kind.__name__ == "WaterNetworkModel"
        for kind in type(given).__mro__
    )


def write_model(model: Any, path: Path) -> list[Mistake]:
    """Write a model and return what the file does not hold of it, found by reading it back.

    WNTR writes curves, patterns and pressures to some digits; they are written with all of them.

    Raises
    ------
    InvalidInput
        If WNTR cannot write it, or not read what it wrote.
    """
    import wntr

    try:
        with quiet():
            wntr.network.write_inpfile(model, str(path))
            exact = rewritten(path.read_text(encoding="utf-8"), *_exactly(model))
    except Exception as error:  # of a model that cannot be an INP file, whatever it leads to
        text = " ".join(str(error).split())[:200]
        problem = f"WNTR cannot write this model: {type(error).__name__}: {text}"
        raise InvalidInput([Mistake(path.name, 0, problem)]) from error
    path.write_text(exact, encoding="utf-8")
    return list(_lost(model.to_dict(), read_model(path).to_dict(), path.name))


def _exactly(model: Any) -> tuple[dict[str, Any], dict[str, list[list[str]]]]:
    """Return what to change of WNTR's own file, and what to add, for `rewritten`."""
    from wntr.epanet.util import FlowUnits, HydParam, from_si

    unit = FlowUnits[str(model.options.hydraulic.inpfile_units).upper()]
    axes = {
        "HEAD": (HydParam.Flow, HydParam.HydraulicHead),
        "EFFICIENCY": (HydParam.Flow, None),
        "HEADLOSS": (HydParam.Flow, HydParam.HydraulicHead),
        "VOLUME": (HydParam.Length, HydParam.Volume),
    }
    curves = [
        [name, *(number(from_si(unit, v, a) if a else v) for v, a in zip(point, sides, strict=True))]
        for name, curve in model.curves()
        for sides in [axes.get(str(curve.curve_type).upper(), (None, None))]
        for point in curve.points
    ]
    patterns = [
        [name, *map(number, values[start : start + _PER_LINE])]
        for name, pattern in model.patterns()
        for values in [list(pattern.multipliers)]
        for start in range(0, len(values), _PER_LINE)
    ]
    hydraulic = model.options.hydraulic
    exactly = {
        "MINIMUM": from_si(unit, hydraulic.minimum_pressure, HydParam.Pressure),
        "REQUIRED": from_si(unit, hydraulic.required_pressure, HydParam.Pressure),
    }

    def option(words: list[str]) -> list[str]:
        # WNTR raises what EPANET would refuse, and rounds the rest to two digits
        if not _is_pressure(words) or abs(exactly[words[0].upper()] - float(words[2])) > _ROUNDED:
            return words
        return [*words[:2], number(exactly[words[0].upper()])]

    return {"CURVES": gone, "PATTERNS": gone, "OPTIONS": option}, {"CURVES": curves, "PATTERNS": patterns}


def _is_pressure(words: list[str]) -> bool:
    upper = [word.upper() for word in words]
    return len(words) == 3 and upper[0] in ("MINIMUM", "REQUIRED") and upper[1] == "PRESSURE"


def _lost(given: Mapping[str, Any], kept: Mapping[str, Any], file: str) -> Iterator[Mistake]:
    """Yield what of a model, as WNTR tells it, is otherwise once it has been a file."""
    for kind in _BY_NAME:
        theirs = {row["name"]: row for row in kept.get(kind, ())}
        lost: dict[str, list[str]] = {}
        for row in given.get(kind, ()):
            other = theirs.get(row["name"], {})
            for attribute, value in row.items():
                if not _same(value, other.get(attribute)):
                    lost.setdefault(attribute, []).append(str(row["name"]))
        for attribute, names in lost.items():
            problem = f"{kind}: {attribute} of {listed(names)} is not as in the model in an INP file"
            yield Mistake(file, 0, problem, "another way to say it in the model")
    for group, options in given.get("options", {}).items():
        for name, value in options.items():
            if not _same(value, kept["options"].get(group, {}).get(name)):
                yield Mistake(file, 0, f"option {group}.{name} {value!r:.60} is not kept in an INP file")
    left = [json.dumps(control, default=str) for control in kept.get("controls", ())]
    for control in given.get("controls", ()):
        with suppress(ValueError):
            left.remove(json.dumps(control, default=str))
            continue
        told = f"{control.get('condition')}: {', '.join(control.get('then_actions', ()))}"
        yield Mistake(file, 0, f"control {told:.200} is not kept in an INP file")


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, dict) and isinstance(other, dict):
        return all(_same(own, other.get(key)) for key, own in value.items())
    if isinstance(value, list | tuple) and isinstance(other, list | tuple):
        return len(value) == len(other) and all(map(_same, value, other))
    if isinstance(value, int | float) and isinstance(other, int | float):
        return isclose(value, other, rel_tol=_SAME, abs_tol=_SAME * _SAME)
    return bool(value == other)
