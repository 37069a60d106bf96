"""Why a check fails, in three charts: what it measures, the capacity behind it, what was not served."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import isfinite
from typing import TYPE_CHECKING, Any

from twin.checks.checks import Check, Checks, sources
from twin.checks.evaluate import Verdict
from twin.checks.formats import cell
from twin.checks.measure import by_month
from twin.utilities.registry import utilities

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = ("headroom", "unserved")
"""What charts are drawn from, beside the tables of the check."""
_MOST_MONTHS = 36
"""More are shown by year: a chart of a job's summary is narrow."""


@dataclass(frozen=True, slots=True)
class Line:
    """Values by month, and how those of a year become one."""

    name: str
    values: Mapping[str, float]
    how: str


def explain(
    checks: Checks, verdicts: Sequence[Verdict], tables: "Mapping[str, pa.Table]", run: str
) -> list[str]:
    """Return charts, as Mermaid in Markdown, of the first check that fails.

    Parameters
    ----------
    tables
        Of the run, with a column ``run_id``: those of the check, and those of `TABLES` that there are.
    """
    verdict = first_failing(verdicts)
    check = next((own for own in checks.checks if verdict and own.name == verdict.name), None)
    if verdict is None or check is None:
        return []
    title = f"### Why {_plain(check.name)} fails"
    charts = [chart for chart in _charts(check, tables, run) if chart]
    return [title, *charts] if charts else []


def first_failing(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return the verdict that charts explain: of those that decide, the one that breaks first."""
    bad = [verdict for verdict in verdicts if verdict.outcome == "fail" and verdict.file]
    return min(bad, key=lambda verdict: verdict.first_breach or "9999", default=None)


def _charts(check: Check, tables: "Mapping[str, pa.Table]", run: str) -> Iterator[str]:
    source = sources().get(check.metric)
    if ("headroom" if check.headroom else source and source.table) in tables:
        how, months = by_month(check, tables)
        values = months.get(run, {})
        bound = Line(f"must be {check.bound}", dict.fromkeys(values, check.bound.value), "max")
        name = check.metric or f"{check.of} of {check.headroom}"
        if how == "sum":  # the bound is one of the whole, so what is drawn grows to the whole
            ordered = sorted(values)
            so_far = accumulate(values[month] for month in ordered)
            line = Line(name, dict(zip(ordered, so_far, strict=True)), "max")
            yield _chart(f"{name} up to each month", line, bound)
        else:
            yield _chart(f"{name} by month", Line(name, values, how), bound)
    if "headroom" in tables:
        yield _capacity(check, tables["headroom"], run)
    if "unserved" in tables:
        yield _unserved(check, tables["unserved"], run)


def _capacity(check: Check, table: Any, run: str) -> str:
    """Return load and firm capacity of what is shortest, among those that the check names if it does."""
    rows = [row for row in _rows(table, run) if not check.district or row.get("district") == check.district]
    if check.headroom:
        from fnmatch import fnmatchcase

        rows = [row for row in rows if fnmatchcase(row["capacity_name"], check.headroom)]
    else:
        network = _network(check)
        rows = [row for row in rows if not network or row["network"] == network]
    worst = min(rows, key=lambda row: row["firm_headroom"] / (row["capacity"] or 1.0), default=None)
    if worst is None:
        return ""
    own = [row for row in rows if row["capacity_name"] == worst["capacity_name"]]
    peak = Line("peak", {row["month"]: row["peak"] for row in own}, "max")
    firm = Line("firm capacity", {row["month"]: row["capacity"] for row in own}, "min")
    return _chart(f"{worst['capacity_name']}: peak and firm capacity, {worst.get('unit', '')}", peak, firm)


def _unserved(check: Check, table: Any, run: str) -> str:
    """Return what was not served by month: the loss that the check measures, else the first there is."""
    rows = _rows(table, run)
    losses = {loss.metric: loss.quantity for own in utilities().values() for loss in own.losses}
    quantity = losses.get(check.metric) or next((row["quantity"] for row in rows), "")
    months: dict[str, float] = {}
    for row in rows:
        if row["quantity"] == quantity:
            months[row["month"]] = months.get(row["month"], 0.0) + row["amount"]
    return _chart(f"{quantity} by month", Line(quantity, months, "sum"), bars=True)


def _network(check: Check) -> str:
    every = utilities().items()
    return next((name for name, own in every if check.metric in {m.name for m in own.metrics}), "")


def _rows(table: Any, run: str) -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if row["run_id"] == run]


def _chart(title: str, *lines: Line, bars: bool = False) -> str:
    """Return lines over months, or years where there are many; empty without values."""
    months = sorted({month for line in lines for month in line.values})
    if len(months) < 2:
        return ""
    by = 4 if len(months) > _MOST_MONTHS else 7
    places = list(dict.fromkeys(month[:by] for month in months))
    told = ", ".join(line.name for line in lines)
    text = ["```mermaid", "xychart-beta", f'  title "{_plain(title)}"']
    axis = '", "'.join(places)
    text.append(f'  x-axis ["{axis}"]')
    for line in lines:
        values = [
            _joined([v for m, v in line.values.items() if m[:by] == place], line.how) for place in places
        ]
        text.append(f"  {'bar' if bars else 'line'} [{', '.join(f'{value:.6g}' for value in values)}]")
    return "\n".join([*text, "```", f"Lines, in order: {cell(told)}." if len(lines) > 1 else ""]).rstrip()


def _joined(values: Sequence[float], how: str) -> float:
    finite = [value for value in values if isfinite(value)]
    if not finite:
        return 0.0
    return sum(finite) if how == "sum" else min(finite) if how == "min" else max(finite)


def _plain(text: str) -> str:
    """Return a name that neither Mermaid nor Markdown takes as a command."""
    return "".join(c if c.isprintable() and c not in '"`<>[]|\\{}#;' else " " for c in text)
