"""The page of a sweep: how results spread, when breaches fall, what drives them, and the checks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twin.report.folder import NOTHING, read_object
from twin.report.page import render
from twin.results.dataset import METRICS, Dataset, described, opened, read, steady
from twin.scenario.currency import stated

if TYPE_CHECKING:
    import pyarrow as pa

PROGRAMS = ("core.js", "charts.js", "paper.js", "saving.js", "sweep.js")
_MOST_POINTS = 4000
_OWN = ("run_id", "cell", "sample", "replicate", "seed", "number", "status", "reason", "wall_s")
_PERCENTILES = (10, 50, 90)


def view_model(folder: Path) -> dict[str, Any]:
    """Return everything a sweep's page shows; a sweep that is under way is shown as it stands."""
    return steady(folder, lambda: _view_model(folder))


def _view_model(folder: Path) -> dict[str, Any]:
    about = described(folder)
    dataset = opened(folder)
    runs = dataset.runs()
    metrics = _read(dataset, METRICS)
    columns = runs.to_pydict() if runs else {}
    values = _by_run(metrics, columns.get("run_id", []))
    inputs = [name for name in columns if name not in _OWN]
    cells = columns.get("cell") or [""] * len(columns.get("run_id", []))
    checks = _checks(folder)
    return {
        "status": about.get("status", "complete"),
        "reason": "",
        "about": {"name": about.get("name", folder.name), "runs": about.get("runs")},
        "months": [],
        "start": "",
        "end": "",
        "told": about.get("metrics", {}),
        "currency": stated(about),
        "count": len(cells),
        "without": [
            {"run": run_id, "status": status, "reason": reason}
            for run_id, status, reason in _zip(columns, "run_id", "status", "reason")
            if status not in (None, "complete")
        ],
        "cells": sorted(set(cells)),
        "spread": {name: _spread(own, cells) for name, own in values.items()},
        "points": _points(columns, values, cells, inputs),
        "drivers": {name: _drivers(own, columns, inputs) for name, own in values.items()},
        "bands": _bands(dataset, dict(zip(columns.get("run_id", []), cells, strict=True))),
        "checks": checks,
    }


def page(folder: Path) -> str:
    """Return the page of a sweep as HTML."""
    model = view_model(folder)
    return render("sweep.html", PROGRAMS, model, str(model["about"]["name"]), "")


def _read(dataset: Dataset, table: str) -> "pa.Table | None":
    """Return a table of a sweep's dataset, None if it has none."""
    import pyarrow as pa

    files = dataset.paths(table)
    return pa.concat_tables([read(file) for file in files], promote_options="permissive") if files else None


def _zip(columns: dict[str, list[Any]], *names: str) -> Any:
    count = len(columns.get("run_id", []))
    return zip(*(columns.get(name, [None] * count) for name in names), strict=True)


def _by_run(metrics: "pa.Table | None", run_ids: list[str]) -> dict[str, NDArray[np.float64]]:
    """Return each metric as an array in the order of the runs, NaN where a run has none."""
    if metrics is None:
        return {}
    place = {run_id: i for i, run_id in enumerate(metrics["run_id"].to_pylist())}
    rows = [place.get(run_id, -1) for run_id in run_ids]
    found = {}
    for name in metrics.column_names:
        if name != "run_id":
            column = np.array([np.nan if v is None else v for v in metrics[name].to_pylist()], dtype=float)
            column[np.abs(column) < NOTHING] = 0.0
            found[name] = np.append(column, np.nan)[rows]
    return found


def _spread(values: NDArray[np.float64], cells: list[str]) -> dict[str, list[float | None]]:
    """Return P10, P50 and P90 of a metric by cell."""
    own = np.array(cells)
    return {
        cell: [_short(v) for v in np.percentile(chosen, _PERCENTILES)]
        for cell in sorted(set(cells))
        if (chosen := values[(own == cell) & np.isfinite(values)]).size
    }


def _points(
    columns: dict[str, list[Any]],
    values: dict[str, NDArray[np.float64]],
    cells: list[str],
    inputs: list[str],
) -> dict[str, Any]:
    """Return the runs themselves, evenly thinned to what a page can draw."""
    step = max(1, -(-len(cells) // _MOST_POINTS))
    return {
        "cell": cells[::step],
        "inputs": {name: [_cell(v) for v in columns[name][::step]] for name in inputs},
        "metrics": {name: [_short(v) for v in own[::step]] for name, own in values.items()},
    }


def _drivers(
    values: NDArray[np.float64], columns: dict[str, list[Any]], inputs: list[str]
) -> list[dict[str, Any]]:
    """Return how strongly each choice and uncertainty moves a metric, the strongest first.

    For each input the runs are parted into its lower and upper half (a choice: into its values); the effect
    is the difference of the means of the metric, the rank correlation (Spearman) tells its direction.
    """
    drivers = []
    for name in inputs:
        own = columns[name]
        numeric = all(isinstance(value, (int, float)) for value in own if value is not None)
        groups = _halves(own) if numeric else _by_value(own)
        means = {
            label: float(values[rows & np.isfinite(values)].mean())
            for label, rows in groups.items()
            if (rows & np.isfinite(values)).any()
        }
        if len(means) > 1:
            low, high = min(means, key=lambda k: means[k]), max(means, key=lambda k: means[k])
            drivers.append(
                {
                    "input": name,
                    "low": _short(means[low]),
                    "high": _short(means[high]),
                    "low_at": low,
                    "high_at": high,
                    "rank": _short(_spearman(own, values)) if numeric else None,
                }
            )
    return sorted(drivers, key=lambda d: d["low"] - d["high"])


def _halves(own: list[Any]) -> dict[str, NDArray[np.bool_]]:
    values = np.array([np.nan if value is None else value for value in own], dtype=float)
    middle = float(np.nanmedian(values))
    lower = values < middle if (values < middle).any() else values <= middle
    return {f"< {middle:.4g}": lower, f"≥ {middle:.4g}": ~lower & np.isfinite(values)}


def _by_value(own: list[Any]) -> dict[str, NDArray[np.bool_]]:
    words = np.array([str(value) for value in own])
    return {str(word): words == word for word in dict.fromkeys(words.tolist())}


def _spearman(own: list[Any], values: NDArray[np.float64]) -> float:
    from scipy.stats import rankdata

    inputs = np.array([np.nan if value is None else value for value in own], dtype=float)
    both = np.isfinite(inputs) & np.isfinite(values)
    a, b = rankdata(inputs[both]), rankdata(values[both])
    if both.sum() < 3 or a.std() == 0.0 or b.std() == 0.0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _bands(dataset: Dataset, cell_of: dict[str, str]) -> list[dict[str, Any]]:
    """Return the dates between which each capacity's first breach falls: P10, P50, P90 by cell.

    A run without a breach counts as later than all others; a percentile that falls there is empty.
    """
    import pyarrow.compute as pc

    table = _read(dataset, "headroom")
    if table is None:
        return []
    flags = table["first_breach"]
    kept = table.filter(flags if str(flags.type) == "bool" else pc.equal(flags.cast("string"), "yes"))
    first: dict[tuple[str, str], dict[str, str]] = {}
    for run_id, name, month in zip(
        *(kept[key].cast("string").to_pylist() for key in ("run_id", "capacity_name", "month")), strict=True
    ):
        own = first.setdefault((name, cell_of.get(run_id, "")), {})
        own[run_id] = min(month, own.get(run_id, month))
    runs = {cell: sum(own == cell for own in cell_of.values()) for cell in set(cell_of.values())}
    bands = []
    for (name, cell), months in first.items():
        ordered = sorted(months.values())
        at = [int(np.ceil(p / 100.0 * runs.get(cell, len(ordered)))) - 1 for p in _PERCENTILES]
        bands.append(
            {
                "capacity": name,
                "cell": cell,
                "share": round(len(ordered) / max(runs.get(cell, len(ordered)), 1), 3),
                "dates": [ordered[max(i, 0)] if i < len(ordered) else "" for i in at],
                "earliest": ordered[0],
                "latest": ordered[-1],
            }
        )
    return sorted(bands, key=lambda band: (band["earliest"], band["capacity"], band["cell"]))


def _checks(folder: Path) -> dict[str, Any] | None:
    content = read_object(folder / "checks.json")
    if not content:
        return None
    return {
        "passed": bool(content.get("passed")),
        "notes": content.get("notes", []),
        "verdicts": content.get("verdicts", []),
    }


def _short(value: float) -> float | None:
    return float(f"{value:.10g}") if np.isfinite(value) else None


def _cell(value: Any) -> Any:
    return _short(value) if isinstance(value, float) else value
