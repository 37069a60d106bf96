"""A finished run as the tables of a sweep's dataset: `run_id` first, types that do not depend on the run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from twin.columns import Row
from twin.results.arrow import to_arrow
from twin.results.monthly import monthly_table
from twin.results.run import Run
from twin.results.tables import Headroom, Hourly, Monthly
from twin.scenario.currency import told
from twin.scenario.located import asset_districts, capacity_districts

if TYPE_CHECKING:
    import pyarrow as pa

_LOCATED: Mapping[type[Row], str] = {Monthly: "asset", Headroom: "capacity_name"}
"""By table, the column whose district is added to it."""


def run_tables(run: Run, run_id: str, wanted: Sequence[str]) -> "dict[str, pa.Table]":
    """Return ``metrics`` and the wanted tables of a run.

    Parameters
    ----------
    wanted
        Names of tables that the run has, ``monthly`` among them.
    """
    import pyarrow as pa

    every: tuple[type[Row], ...] = (Monthly, Hourly, *run.tables)
    kinds = {kind.table: kind for kind in every}
    tables = {"metrics": pa.table({name: [float(value)] for name, value in run.metrics.items()})}
    tables |= {name: _table(run, kinds[name]) for name in wanted}
    currency = run.scenario.currency
    return {name: first(_named(table, currency), run_id) for name, table in tables.items()}


def with_district(table: "pa.Table", column: str, districts: Mapping[str, str]) -> "pa.Table":
    """Return a table with the district of what a column names, empty where none is known."""
    import pyarrow as pa

    named = table[column].combine_chunks()
    encoded = named if pa.types.is_dictionary(named.type) else named.dictionary_encode()
    known = [districts.get(name, "") for name in encoded.dictionary.to_pylist()]
    found = pa.array(known, pa.string()).dictionary_encode().take(encoded.indices)
    return table.append_column("district", found if encoded is named else found.cast(pa.string()))


def _table(run: Run, kind: type[Row]) -> "pa.Table":
    if kind is Hourly:
        return to_arrow(kind, ()) if run.recorded is None else run.recorded.read()
    table = monthly_table(run) if kind is Monthly else to_arrow(kind, run.rows(kind))
    if kind not in _LOCATED:
        return table
    districts = asset_districts if kind is Monthly else capacity_districts
    return with_district(table, _LOCATED[kind], districts(run.scenario))


def _named(table: "pa.Table", currency: str) -> "pa.Table":
    """Return a table whose columns of money carry their currency."""
    return table.rename_columns([told(name, currency) for name in table.column_names])


def first(table: "pa.Table", run_id: str) -> "pa.Table":
    """Return a table with a run's name as its first column."""
    import numpy as np
    import pyarrow as pa

    indices = pa.array(np.zeros(len(table), dtype=np.int32))
    return table.add_column(0, "run_id", pa.DictionaryArray.from_arrays(indices, [run_id]))
