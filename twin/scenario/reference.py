"""The scenario reference, made from the schema: ``python -m twin.scenario.reference``."""

from collections.abc import Iterator
from typing import Any

from twin.scenario.schema import FROM_LOADER, TABLES, Scenario

_SHOWN = 1e6
"""Bounds that only keep arithmetic whole are not told."""
_INTRO = """\
# Scenario reference
Made from the schema by `make reference`; do not edit. A scenario is a folder: `scenario.yaml`, CSV tables and
native network files. Any key can be overridden: `--set sites.SS01.slip_months=14`.
"""
_PROFILES: dict[str, Any] = {
    "description": "Shape of a class of demand by hour of the day, 0 to 23; further columns are allowed.",
    "required": ["residential_power", "commercial_power", "industrial_power", "water"],
    "properties": {
        "residential_power": {"type": "number", "description": "Fraction of the class's daily peak."},
        "commercial_power": {"type": "number", "description": "Fraction of the class's daily peak."},
        "industrial_power": {"type": "number", "description": "Fraction of the class's daily peak."},
        "water": {"type": "number", "description": "Domestic use over its daily mean."},
    },
}


def reference() -> str:
    """Return the reference page in Markdown."""
    schema = Scenario.model_json_schema()
    parts = [_INTRO, "## scenario.yaml", *_scenario(schema)]
    for name in (
        "Networks",
        "PowerSettings",
        "WaterSettings",
        "WastewaterSettings",
        "Settling",
        "DemandSettings",
        "WorksSettings",
        "ConnectionTerms",
        "FinanceSettings",
        "ServicePrices",
    ):
        parts += [f"### {name}", *_model(schema["$defs"][name])]
    parts.append("## Tables")
    for table, keys in TABLES.items():
        model = _PROFILES if table == "profiles" else schema["$defs"][_model_of(schema["properties"][table])]
        key = f" Keyed by {', '.join(f'`{k}`' for k in keys)}." if keys else ""
        parts += [f"### {table}.csv", f"{_first(model.get('description', ''))}{key}", *_rows(model)]
    return "\n".join(parts) + "\n"


def _scenario(schema: dict[str, Any]) -> Iterator[str]:
    own = {k: v for k, v in schema["properties"].items() if k not in (*TABLES, *FROM_LOADER)}
    yield from _rows({"properties": own, "required": schema.get("required", [])})


def _model(model: dict[str, Any]) -> Iterator[str]:
    yield _first(model.get("description", ""))
    yield from _rows(model)


def _rows(model: dict[str, Any]) -> Iterator[str]:
    yield "\n| key | type | default | meaning |\n|---|---|---|---|"
    for name, field in model["properties"].items():
        own = field.get("default")
        shown = "" if own is None or own == "" or isinstance(own, dict | list) else f"`{own}`"
        default = "**required**" if name in model.get("required", []) else shown
        words = " ".join(field.get("description", "").split())
        yield f"| `{name}` | {_type(field)} | {default} | {words} |"
    yield ""


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in field:
        types = [_type(option) for option in field["anyOf"] if option.get("type") != "null"]
        return "names" if types == ["array", "string"] else " or ".join(types)
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    bounds = [(">", "exclusiveMinimum"), ("≥", "minimum"), ("<", "exclusiveMaximum"), ("≤", "maximum")]
    limits = [f"{sign} {field[key]:g}" for sign, key in bounds if abs(field.get(key, _SHOWN)) < _SHOWN]
    return ", ".join([str(field.get("format", field.get("type", "any"))), *limits])


def _model_of(field: dict[str, Any]) -> str:
    """Return the row model of a table: what its nested mappings or its list hold."""
    while "$ref" not in field:
        field = field.get("additionalProperties") or field["items"]
    return str(field["$ref"]).rsplit("/", 1)[-1]


def _first(description: str) -> str:
    return " ".join(description.split())


if __name__ == "__main__":
    print(reference(), end="")
