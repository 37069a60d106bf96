"""What a check measures in each run, from the tables of many."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from math import nan
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from twin.checks.checks import Bound, Check, sources
from twin.utilities.registry import utilities

if TYPE_CHECKING:
    import pyarrow as pa


class Observed(NamedTuple):
    """What a check measures in one run: its value, and the month in which it is first broken.

    Attributes
    ----------
    unit
        Of a headroom.
    detail
        Of a headroom that breaks its bound: the capacity, its peak, and the site that would relieve it.
    """

    value: float
    first_breach: str = ""
    unit: str = ""
    detail: str = ""


def observe(check: Check, tables: "Mapping[str, pa.Table]") -> dict[str, Observed]:
    """Measure a check in each run that some tables hold.

    Parameters
    ----------
    tables
        ``metrics`` and what else `Check.tables` names, each with a column ``run_id``.

    Returns
    -------
    dict
        By run; not a number where nothing that the check names was recorded.
    """
    runs = tables["metrics"]["run_id"].to_pylist()
    if check.metric and not check.narrowed:
        metrics = tables["metrics"]
        known = check.metric in metrics.column_names
        values = metrics[check.metric].to_pylist() if known else [None] * len(runs)
        return {
            run: Observed(nan if value is None else value) for run, value in zip(runs, values, strict=True)
        }
    how, months = by_month(check, tables)
    found = {run: _reduce(check.bound, how, months.get(str(run), {})) for run in runs}
    if not check.headroom or "unit" not in tables["headroom"].column_names:
        return found
    told = _shortest(check, tables["headroom"])
    return {
        run: own._replace(unit=unit, detail="" if check.bound.holds(own.value) else detail)
        for run, own in found.items()
        for unit, detail in [told.get(str(run), ("", ""))]
    }


def _shortest(check: Check, table: "pa.Table") -> dict[str, tuple[str, str]]:
    """Return by run the unit of the row that decides a headroom, and what it tells of its capacity."""
    import pyarrow.compute as pc

    keep = _narrowed(check, table, _matching(table["capacity_name"], check.headroom))
    which = "intact_capacity" if check.of == "intact_headroom" else "capacity"
    columns = dict.fromkeys(
        ("run_id", "capacity_name", "month", "unit", which, "peak_12_months", "relieved_by")
    )
    chosen = table.filter(keep).select([*columns])
    values = table[str(check.of)].filter(keep).to_numpy()
    order = np.argsort(-values if check.bound.upper else values, kind="stable")
    runs = np.asarray(_plain(chosen["run_id"]).to_pylist(), dtype=object)
    _, first = np.unique(runs[order].astype(str), return_index=True)
    relief: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in chosen.filter(pc.not_equal(_plain(chosen["relieved_by"]), "")).to_pylist():
        relief.setdefault((row["run_id"], row["capacity_name"]), []).append(
            (row["month"], row["relieved_by"])
        )
    told = {}
    for row in chosen.take(order[first]).to_pylist():
        unit, name, month = row["unit"], row["capacity_name"], row["month"]
        # a shortage names its site in the month in which it begins
        begun = sorted(own for own in relief.get((row["run_id"], name), ()) if own[0] <= month)
        said = f"{name} in {month}: capacity {row[which]:.6g} {unit}, "
        said += f"peak of twelve months {row['peak_12_months']:.6g} {unit}"
        said += f"; would be relieved by {begun[-1][1]}" if begun else ""
        told[str(row["run_id"])] = unit, said
    return told


def needs(check: Check, tables: "Mapping[str, pa.Table]") -> set[str]:
    """Return the metrics that a run has if it has what a check measures: its own, or those of its network."""
    if check.metric:
        return {check.metric}
    table = tables["headroom"]
    networks = _plain(table.filter(_matching(table["capacity_name"], check.headroom))["network"])
    return {utilities()[network].metrics[0].name for network in networks.unique().to_pylist()}


def by_month(check: Check, tables: "Mapping[str, pa.Table]") -> tuple[str, dict[str, dict[str, float]]]:
    """Return how months become one value, ``min``, ``max`` or ``sum``, and that of each month by run."""
    import pyarrow.compute as pc

    if check.headroom:
        table, column = tables["headroom"], str(check.of)
        how: str = "max" if check.bound.upper else "min"
        keep = _matching(table["capacity_name"], check.headroom)
    else:
        source = sources()[check.metric]
        table, column, how = tables[source.table], source.column, source.how
        keep = pc.equal(_plain(table["quantity"]), source.quantity)
        if check.asset:
            keep = pc.and_(keep, _matching(table["asset"], check.asset))
        elif source.points:
            # demand points are the assets with a district
            keep = pc.and_(keep, pc.not_equal(_plain(table["district"]), ""))
    chosen = table.filter(_narrowed(check, table, keep)).select(["run_id", "month", column])
    chosen = chosen.set_column(0, "run_id", _plain(chosen["run_id"]))
    chosen = chosen.set_column(1, "month", _plain(chosen["month"]))
    months: dict[str, dict[str, float]] = {}
    grouped = chosen.group_by(["run_id", "month"]).aggregate([(column, how)])
    for run, month, value in zip(*(grouped[name].to_pylist() for name in grouped.column_names), strict=True):
        months.setdefault(run, {})[month] = value
    return how, months


def _narrowed(check: Check, table: "pa.Table", keep: Any) -> Any:
    """Return which rows of a table are of the district and the period of a check too."""
    import pyarrow.compute as pc

    if check.district:
        keep = pc.and_(keep, pc.equal(_plain(table["district"]), check.district))
    if check.period:
        month = _plain(table["month"])
        within = pc.and_(pc.greater_equal(month, check.period[0]), pc.less_equal(month, check.period[1]))
        keep = pc.and_(keep, within)
    return keep


def _reduce(bound: Bound, how: str, months: Mapping[str, float]) -> Observed:
    ordered = sorted(months.items())
    if how == "sum":
        total, breach = 0.0, ""
        for month, value in ordered:
            total += value
            if not breach and not bound.holds(total) and bound.upper:
                breach = month
        return Observed(total, breach)
    if not ordered:
        return Observed(nan)
    worst = (min if how == "min" else max)(value for _, value in ordered)
    return Observed(worst, next((month for month, value in ordered if not bound.holds(value)), ""))


def _plain(column: Any) -> Any:
    import pyarrow as pa

    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def _matching(column: Any, pattern: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = _plain(column)
    names = [name for name in pc.unique(plain).to_pylist() if fnmatchcase(name, pattern)]
    return pc.is_in(plain, pa.array(names, pa.string()))
