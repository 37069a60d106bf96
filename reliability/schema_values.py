"""Every place that the schema of a scenario knows, and odd values within what it lets stand there."""

import math
from functools import cache
from typing import Any

from reliability.odd import Random, odd_value, pick
from twin.scenario.schema import TABLES, Scenario

Leaf = dict[str, Any]
_DAYS = ("2026-05-01", "2026-05-05", "2026-05-31", "2026-06-30", "2026-02-28", "2025-01-01", "2030-12-31")
_FAR_DAYS = ("1000-01-01", "3000-12-31", "1999-12-31", "2024-02-29", "2100-02-28")
_TIMES = ("", "T00:00", "T06:30", "T23:59:59", " 12:00")
_SPARED = {"start", "end", "build_order", "name"}
"""Options whose odd values mostly end the reading; they are set less often."""


@cache
def _schema() -> dict[str, Any]:
    return Scenario.model_json_schema()


def _resolved(leaf: Leaf) -> Leaf:
    """Return what a part of the schema refers to."""
    while "$ref" in leaf:
        leaf = _schema()["$defs"][leaf["$ref"].split("/")[-1]]
    return leaf


def _inner(leaf: Leaf) -> Leaf:
    """Return the model that may stand at a place, without the choice to leave it out."""
    leaf = _resolved(leaf)
    for choice in leaf.get("anyOf", ()):
        if "properties" in _resolved(choice):
            return _resolved(choice)
    return leaf


@cache
def options() -> tuple[tuple[tuple[str, ...], Any], ...]:
    """Return the path of each option of ``scenario.yaml``, and its part of the schema."""
    found: list[tuple[tuple[str, ...], Any]] = []

    def walk(properties: dict[str, Leaf], path: tuple[str, ...]) -> None:
        for name, leaf in properties.items():
            if path or name not in TABLES:
                inner = _inner(leaf)
                if "properties" in inner:
                    walk(inner["properties"], (*path, name))
                found.append(((*path, name), inner))

    walk(_schema()["properties"], ())
    spared = [each for each in found if each[0][0] in _SPARED]
    return (*[each for each in found if each not in spared for _ in range(3)], *spared)


@cache
def columns() -> dict[str, dict[str, Leaf]]:
    """Return the columns of each table that the schema knows, and the part of the schema of each."""
    found = {}
    for table, keys in TABLES.items():
        leaf = _schema()["properties"][table]
        while "properties" not in (leaf := _resolved(leaf)):
            inner = leaf.get("additionalProperties") or leaf.get("items")
            if not isinstance(inner, dict):
                break
            leaf = inner
        found[table] = {**{key: _key(key) for key in keys}, **leaf.get("properties", {})}
    return found


def _key(name: str) -> Leaf:
    most = {"year": 3000, "from_year": 3000, "hour": 23, "month": 12}.get(name)
    return {"type": "string"} if most is None else {"type": "integer", "minimum": 0, "maximum": most}


def valid(rng: Random, leaf: Leaf, names: list[str]) -> Any:
    """Return a value that the schema lets stand, from one end of what it allows to the other."""
    leaf = _resolved(leaf)
    if "anyOf" in leaf:
        return valid(rng, pick(rng, leaf["anyOf"]), names)
    if "enum" in leaf or "const" in leaf:
        return pick(rng, leaf.get("enum") or [leaf["const"]])
    match leaf.get("type"):
        case "boolean":
            return bool(rng.random() < 0.5)
        case "integer":
            return int(_number(rng, leaf, 10**6))
        case "number":
            return float(f"{_number(rng, leaf, 1e12):.6g}")
        case "string":
            return _text(rng, leaf, names)
        case "array":
            return ";".join(pick(rng, names) for _ in range(int(rng.integers(1, 4))))
    return None


def _number(rng: Random, leaf: Leaf, beyond: float) -> float:
    low = float(leaf.get("minimum", leaf.get("exclusiveMinimum", -beyond)))
    high = float(leaf.get("maximum", leaf.get("exclusiveMaximum", beyond)))
    kind = rng.random()
    if kind < 0.15 and "minimum" in leaf:
        return low
    if kind < 0.3 and "maximum" in leaf:
        return high
    if kind < 0.5:
        return float(rng.uniform(low, high))
    size = 10.0 ** rng.uniform(-6.0, math.log10(max(high, 1.0)))
    return min(max(low + size if low > -beyond else size, low), high)


def _text(rng: Random, leaf: Leaf, names: list[str]) -> str:
    form = leaf.get("format")
    if form:
        day = pick(rng, _DAYS if rng.random() < 0.85 else _FAR_DAYS)
        return day if form == "date" else day + pick(rng, _TIMES)
    return (
        pick(rng, names) if rng.random() < 0.9 else pick(rng, ("", "*", "power/T-*", "имя", "a b", "x" * 200))
    )


def any_value(rng: Random, leaf: Leaf, names: list[str], now: Any = None) -> Any:
    """Return a valid value, more often than not, or an odd one."""
    return valid(rng, leaf, names) if rng.random() < 0.85 else odd_value(rng, now)
