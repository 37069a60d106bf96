"""The scenario reference, made from the schema: ``python -m twin.scenario.reference``."""

from collections.abc import Iterator, Mapping
from typing import Any

from twin.scenario.extended import DECLARED
from twin.scenario.schema import FROM_LOADER, TABLES, Scenario
from twin.utilities.coupling import LinkKind
from twin.utilities.registry import utilities

Owners = Mapping[str, tuple[str, ...]]

_SHOWN = 1e6
"""Bounds that only keep arithmetic whole are not told."""
_INTRO = """\
# Scenario reference
Made from the schema by `make reference`; do not edit. A scenario is a folder: `scenario.yaml`, CSV tables and
native network files. Any key can be overridden: `--set sites.SS01.slip_months=14`.
"""


def reference() -> str:
    """Return the reference page in Markdown."""
    schema = Scenario.model_json_schema()
    parts = [_INTRO, "## scenario.yaml", *_scenario(schema)]
    for name in (
        "Networks",
        *(own.settings.__name__ for own in utilities().values()),
        "Settling",
        "TimeSeries",
        "Record",
        "DemandSettings",
        "WorksSettings",
        "ConnectionTerms",
        "FinanceSettings",
        "ServicePrices",
        "Shape",
    ):
        parts += [f"### {name}", *_model(name, schema["$defs"][name])]
    parts.append("## Tables")
    for table, keys in TABLES.items():
        key = f" Keyed by {', '.join(f'`{k}`' for k in keys)}." if keys else ""
        row = "" if table == "profiles" else _model_of(schema["properties"][table])
        model, owners = (schema["$defs"][row], _owners(row)) if row else _profiles()
        parts += [f"### {table}.csv", f"{_first(model.get('description', ''))}{key}{_of(table)}"]
        parts += [*_about(row), *_rows(model, owners), *_known(table)]
    parts += ["## timeseries/", *_series()]
    return "\n".join(parts) + "\n"


def _series() -> Iterator[str]:
    """Yield what time series can give to each kind of asset."""
    yield "CSV or Parquet, see [time-series.md](time-series.md). What a column can give, by its unit:\n"
    yield "| asset | utility | what | units, the first of which is reckoned with |\n|---|---|---|---|"
    for name, own in utilities().items():
        for kind, known in own.assets.items():
            for field, units in known.series.items():
                yield f"| {kind} | {name} | `{field}` | {', '.join(units)} |"


def _owners(part: str) -> Owners:
    """Return by field of a part of the schema the utilities that have declared it."""
    own = DECLARED.get(part, {})
    fields = dict.fromkeys(field for model in own.values() for field in model.model_fields)
    return {f: tuple(name for name, model in own.items() if f in model.model_fields) for f in fields}


def _about(part: str) -> Iterator[str]:
    """Yield what utilities say of their fields of a part."""
    own = DECLARED.get(part, {})
    if own:
        yield ""
    for name, model in own.items():
        yield f"- {name}: {_first(model.__doc__ or '')}"


def _known(table: str) -> Iterator[str]:
    """Yield what utilities take under the names that a table's rows give."""
    rows: list[tuple[str, ...]] = []
    for name, own in utilities().items():
        match table:
            case "norms":
                rows += [(f"`{norm.name}`", name, norm.units[0]) for norm in own.norms]
            case "capacities":
                rows += [
                    (f"`{kind.name}`", name, ", ".join(kind.members), ", ".join(kind.units))
                    for kind in own.capacities
                ]
            case "site_changes":
                rows += [
                    (kind, name, ", ".join(f"`{field}`: {of}" for field, of in known.fields.items()))
                    for kind, known in own.assets.items()
                    if known.fields
                ]
            case "links":
                rows += [
                    (f"`{kind.name}`", name, ", ".join(_linked(kind)), ", ".join(kind.to), kind.takes)
                    for kind in own.links
                ]
            case "demand_points":
                rows += [(kind, name) for kind, known in own.assets.items() if known.demand]
    columns = {
        "norms": "norm | utility | unit",
        "capacities": "kind | utility | members | units, the first of which holds where none is given",
        "site_changes": "asset | utility | fields",
        "demand_points": "asset | utility",
        "links": "kind | utility | asset | to | port of the asset's network that it fills",
    }
    if rows:
        yield f"| {columns[table]} |"
        yield "|" + "---|" * len(rows[0])
        yield from (f"| {' | '.join(row)} |" for row in rows)
        yield ""


def _linked(kind: LinkKind) -> Iterator[str]:
    """Yield the kinds of asset that a link may have: those that it names, and those that name it."""
    yield from (f"{kind.of} {sort}".strip() for sort in kind.assets)
    for name, own in utilities().items():
        yield from (f"{name} {sort}" for sort, known in own.assets.items() if kind.name in known.links)


def _of(table: str) -> str:
    """Return of which utility a table is, if it is one's own."""
    owners = ", ".join(name for name, own in utilities().items() if table in own.tables)
    return f" Of {owners}." if owners else ""


def _profiles() -> tuple[dict[str, Any], Owners]:
    """Return the columns of `profiles.csv`, which utilities name, and who reads each."""
    columns: dict[str, Any] = {}
    owners: dict[str, tuple[str, ...]] = {}
    for name, own in utilities().items():
        for column, meaning in own.profiles.items():
            columns.setdefault(column, {"type": "number", "description": meaning})
            owners[column] = (*owners.get(column, ()), name)
    about = "Shape of a class of demand by hour of the day, 0 to 23; further columns are allowed."
    return {"description": about, "required": list(columns), "properties": columns}, owners


def _scenario(schema: dict[str, Any]) -> Iterator[str]:
    own = {k: v for k, v in schema["properties"].items() if k not in (*TABLES, *FROM_LOADER)}
    part = {"properties": own, "required": schema.get("required", [])}
    yield from _rows(part, {key: of for key, of in _owners("Scenario").items() if key in own})


def _model(name: str, model: dict[str, Any]) -> Iterator[str]:
    yield _first(model.get("description", ""))
    yield from _about(name)
    yield from _rows(model, _owners(name))


def _rows(model: dict[str, Any], owners: Owners) -> Iterator[str]:
    """Yield a table of fields; where utilities have declared some of them, with a column that names these."""
    yield f"\n| key |{' utility |' if owners else ''} type | default | meaning |"
    yield f"|---|{'---|' if owners else ''}---|---|---|"
    for name, field in model["properties"].items():
        own = field.get("default")
        shown = "" if own is None or own == "" or isinstance(own, dict | list) else f"`{own}`"
        default = "**required**" if name in model.get("required", []) else shown
        words = " ".join(field.get("description", "").split())
        owner = f" {', '.join(owners.get(name, ()))} |" if owners else ""
        yield f"| `{name}` |{owner} {_type(field)} | {default} | {words} |"
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
