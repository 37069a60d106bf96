"""Which uncertainty drives which metric, and which region of futures fails."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.checks.checks import Bound, parse_bound
from twin.errors import InvalidInput, Mistake, counted
from twin.extras import needs
from twin.results.dataset import described
from twin.sweep.reading import files, unfinished
from twin.sweep.sampling import unit_cube

Matrix = NDArray[np.float64]

_FEWEST_FOR_INDICES = 65  # RBD-FAST fits ten harmonics
_DEPTH = 3
_LEAF_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Futures:
    """The runs of one cell.

    Attributes
    ----------
    variables
        Sampled numbers that take more than one value.
    x
        Their values, shape (runs, variables).
    sample
        Number of each run's future.
    y
        The metric; not a number where a run has no result.
    """

    cell: str
    variables: tuple[str, ...]
    x: Matrix
    sample: NDArray[np.int64]
    y: Matrix


def report(folder: Path, metrics: Sequence[str], threshold: str | None = None) -> Iterator[str]:
    """Yield the lines of ``twin sensitivity``.

    Raises
    ------
    InvalidInput
        If the folder is no sweep, nothing in it is uncertain, or a metric is unknown.
    """
    described = _described(folder)
    bound = parse_bound(threshold) if threshold else None
    method = described["asked"].get("uncertain", {}).get("method", "latin_hypercube")
    for metric in metrics:
        for futures in read_futures(folder, metric, described["variables"]):
            solved = np.isfinite(futures.y)
            yield f"{metric} in {futures.cell}: {solved.sum()} of {len(solved)} runs have a result"
            yield from _drivers(futures, method)
            if bound is not None:
                yield from _regions(futures, bound)
            yield ""


def read_futures(folder: Path, metric: str, variables: Sequence[str]) -> list[Futures]:
    """Read a metric of each run and what was sampled for it, cell by cell."""
    values: dict[str, float | None] = {}
    rows: list[dict[str, Any]] = []
    for content in files(folder, set()):
        table = content["metrics"]
        if metric not in table.column_names:
            known = ", ".join(name for name in table.column_names if name != "run_id")
            raise InvalidInput([Mistake("--metric", 0, f"no metric {metric}", f"one of {known}")])
        values |= dict(zip(table["run_id"].to_pylist(), table[metric].to_pylist(), strict=True))
        rows += content["runs"].to_pylist()
    rows += unfinished(folder)
    numeric = [v for v in variables if all(_is_number(row[v]) for row in rows)]
    return [
        _of_cell(cell, [row for row in rows if row["cell"] == cell], numeric, values)
        for cell in dict.fromkeys(row["cell"] for row in rows)
    ]


def rank_regression(x: Matrix, y: Matrix) -> tuple[Matrix, float]:
    """Return standardised rank regression coefficients and the share of rank variance explained.

    Saltelli et al., *Global Sensitivity Analysis: The Primer* (2008), section 1.2.5: ranks of inputs and
    output, each standardised, in a least-squares fit.
    """
    from scipy.stats import rankdata, zscore

    ranked = np.column_stack([zscore(rankdata(column)) for column in x.T])
    target = zscore(rankdata(y))
    coefficients, *_ = np.linalg.lstsq(ranked, target, rcond=None)
    return coefficients, float(1.0 - ((target - ranked @ coefficients) ** 2).sum() / (target**2).sum())


def _drivers(futures: Futures, method: str) -> Iterator[str]:
    solved = np.isfinite(futures.y)
    x, y = futures.x[solved], futures.y[solved]
    if len(y) <= len(futures.variables) + 1 or np.ptp(y) == 0.0:
        yield "  it does not vary, or there are too few runs"
        return
    coefficients, explained = rank_regression(x, y)
    yield f"  rank regression, {100.0 * explained:.0f} % of the rank variance explained"
    for i in np.argsort(-np.abs(coefficients)):
        yield f"    {futures.variables[i]:<24} {coefficients[i]:+.3f}"
    yield from _saltelli(futures) if method == "saltelli" else _first_order(futures, x, y)


def _first_order(futures: Futures, x: Matrix, y: Matrix) -> Iterator[str]:
    if len(y) < _FEWEST_FOR_INDICES:
        yield f"  no first-order indices: {counted(len(y), 'run')}, {_FEWEST_FOR_INDICES} needed"
        return
    found = needs("SALib.analyze.rbd_fast", "sensitivity").analyze(
        unit_cube(futures.variables), x, y, num_resamples=100, seed=1
    )
    yield "  first-order indices (RBD-FAST)"
    for i in np.argsort(-np.asarray(found["S1"])):
        yield f"    {futures.variables[i]:<24} {found['S1'][i]:.3f} +- {found['S1_conf'][i]:.3f}"


def _saltelli(futures: Futures) -> Iterator[str]:
    """Tell Sobol indices of a design whose every run has a result; replicates are averaged."""
    missing = int((~np.isfinite(futures.y)).sum())
    if missing:
        yield f"  no Sobol indices: the design misses {counted(missing, 'run')}"
        return
    count = int(futures.sample.max()) + 1
    runs = np.bincount(futures.sample, minlength=count)
    y = np.bincount(futures.sample, weights=futures.y, minlength=count) / runs
    found = needs("SALib.analyze.sobol", "sensitivity").analyze(
        unit_cube(futures.variables), y, calc_second_order=False, seed=1
    )
    yield "  Sobol indices: first order, total"
    for i in np.argsort(-np.asarray(found["ST"])):
        first = f"{found['S1'][i]:.3f} +- {found['S1_conf'][i]:.3f}"
        total = f"{found['ST'][i]:.3f} +- {found['ST_conf'][i]:.3f}"
        yield f"    {futures.variables[i]:<24} {first}, {total}"


def _regions(futures: Futures, bound: Bound) -> Iterator[str]:
    """Tell where futures fail, by a shallow decision tree; a run without result is a failure."""
    bad = np.array([not bound.holds(value) for value in futures.y])
    if bad.all() or not bad.any():
        yield f"  must be {bound}: {'every' if bad.all() else 'no'} future fails"
        return
    tree = needs("sklearn.tree", "sensitivity").DecisionTreeClassifier(
        max_depth=_DEPTH, min_samples_leaf=max(2, int(_LEAF_SHARE * len(bad))), random_state=1
    )
    tree.fit(futures.x, bad)
    yield f"  must be {bound}: {bad.sum()} of {len(bad)} futures fail"
    leaves = sorted(_leaves(tree.tree_, futures.variables, 0, ()), key=lambda leaf: -leaf[1])
    for rule, share, runs in leaves:
        yield f"    {100.0 * share:3.0f} % of {runs} runs where {' and '.join(rule) or 'anything'}"


def _leaves(
    tree: Any, names: Sequence[str], node: int, rule: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], float, int]]:
    if tree.children_left[node] == tree.children_right[node]:
        weights = tree.value[node][0]
        yield rule, float(weights[1] / weights.sum()), int(tree.n_node_samples[node])
        return
    name, cut = names[tree.feature[node]], tree.threshold[node]
    yield from _leaves(tree, names, tree.children_left[node], (*rule, f"{name} <= {cut:.4g}"))
    yield from _leaves(tree, names, tree.children_right[node], (*rule, f"{name} > {cut:.4g}"))


def _of_cell(
    cell: str, rows: list[dict[str, Any]], variables: Sequence[str], values: dict[str, float | None]
) -> Futures:
    rows = sorted(rows, key=lambda row: row["number"])
    solved = [row["status"] == "complete" and values.get(row["run_id"]) is not None for row in rows]
    y = [values[row["run_id"]] if ok else np.nan for row, ok in zip(rows, solved, strict=True)]
    return Futures(
        cell,
        tuple(variables),
        np.array([[float(row[v]) for v in variables] for row in rows]).reshape(len(rows), len(variables)),
        np.array([row["sample"] for row in rows], dtype=np.int64),
        np.array(y, dtype=float),
    )


def _described(folder: Path) -> dict[str, Any]:
    content = described(folder)
    if not content.get("variables") or "asked" not in content:
        raise InvalidInput([Mistake(str(folder), 0, "nothing in this sweep is uncertain")])
    return content


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
