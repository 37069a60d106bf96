"""A finished run as the tables of a sweep's dataset: `run_id` first, types that do not depend on the run."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twin.results.run import Run, monthly_table
from twin.scenario.schema import Scenario

if TYPE_CHECKING:
    import pyarrow as pa

_FLAGS = frozenset({"first_breach"})
_TEXT = frozenset(
    {
        "month",
        "network",
        "asset",
        "quantity",
        "kind",
        "unit",
        "district",
        "capacity_name",
        "worst_outage",
        "relieved_by",
        "latest_safe_start",
        "development",
        "name",
        "requested",
        "connected",
        "blocked_by",
        "missing_sites",
        "missing_site",
    }
)


def run_tables(run: Run, run_id: str, wanted: Sequence[str]) -> "dict[str, pa.Table]":
    """Return ``metrics`` and the wanted tables of a run.

    Parameters
    ----------
    wanted
        Of ``monthly``, ``headroom``, ``developments``, ``unserved``.
    """
    import pyarrow as pa

    made: dict[str, Callable[[], pa.Table]] = {
        "monthly": lambda: with_district(monthly_table(run), "asset", asset_districts(run.scenario)),
        "headroom": lambda: with_district(
            _rows(run, "headroom"), "capacity_name", capacity_districts(run.scenario)
        ),
        "developments": lambda: _rows(run, "developments"),
        "unserved": lambda: _rows(run, "unserved"),
    }
    tables = {"metrics": pa.table({name: [float(value)] for name, value in run.metrics.items()})}
    tables |= {name: made[name]() for name in wanted}
    return {name: _first(table, run_id) for name, table in tables.items()}


def asset_districts(scenario: Scenario) -> dict[str, str]:
    """Return the district of each demand point that carries one district's demand alone."""
    found: dict[str, set[str]] = {}
    for point in scenario.demand_points:
        found.setdefault(point.asset, set()).add(point.district)
    return {asset: next(iter(names)) for asset, names in found.items() if len(names) == 1}


def capacity_districts(scenario: Scenario) -> dict[str, str]:
    """Return the district of each capacity whose members all come with sites of one district."""
    found = {
        name: {scenario.sites[row.from_site].district if row.from_site else "" for row in members.values()}
        for name, members in scenario.capacities.items()
    }
    return {name: next(iter(districts)) for name, districts in found.items() if len(districts) == 1}


def with_district(table: "pa.Table", column: str, districts: Mapping[str, str]) -> "pa.Table":
    """Return a table with the district of what a column names, empty where none is known."""
    import pyarrow as pa

    named = table[column].combine_chunks()
    encoded = named if pa.types.is_dictionary(named.type) else named.dictionary_encode()
    known = [districts.get(name, "") for name in encoded.dictionary.to_pylist()]
    found = pa.array(known, pa.string()).dictionary_encode().take(encoded.indices)
    return table.append_column("district", found if encoded is named else found.cast(pa.string()))


def _rows(run: Run, name: str) -> "pa.Table":
    import pyarrow as pa

    rows: Sequence[Mapping[str, Any]] = getattr(run, name)
    columns = run.tables[name]
    return pa.table({column: _column(column, [row[column] for row in rows]) for column in columns})


def _column(name: str, values: Sequence[Any]) -> "pa.Array":
    import pyarrow as pa

    if name in _FLAGS:
        return pa.array([bool(value) for value in values], pa.bool_())
    if name in _TEXT:
        return pa.array(["" if value is None else str(value) for value in values], pa.string())
    return pa.array([None if value in (None, "") else float(value) for value in values], pa.float64())


def _first(table: "pa.Table", run_id: str) -> "pa.Table":
    import numpy as np
    import pyarrow as pa

    indices = pa.array(np.zeros(len(table), dtype=np.int32))
    return table.add_column(0, "run_id", pa.DictionaryArray.from_arrays(indices, [run_id]))
