"""From distributions to values: one row per future, the same for all combinations of choices."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from twin.extras import needs
from twin.sweep.spec import Sweep, Uncertain, Variable
from twin.utilities.base import Vector


def futures(sweep: Sweep) -> list[dict[str, Any]]:
    """Return the sampled values of each future by variable; one empty future if nothing is uncertain.

    Latin hypercube and scrambled Sobol points of `scipy.stats.qmc`, or Saltelli's design of SALib, through
    the inverse of each distribution.
    """
    uncertain = sweep.asked.uncertain
    if uncertain is None:
        return [{}]
    points = unit_points(uncertain)
    columns = {
        name: _values(variable, sweep.values.get(name), points[:, i])
        for i, (name, variable) in enumerate(uncertain.variables.items())
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def unit_points(uncertain: Uncertain) -> Vector:
    """Return points in the unit cube, shape (futures, variables)."""
    count = len(uncertain.variables)
    if uncertain.method == "saltelli":
        return _saltelli(uncertain)
    from scipy.stats import qmc

    sampler = (
        qmc.LatinHypercube(count, rng=uncertain.seed)
        if uncertain.method == "latin_hypercube"
        else qmc.Sobol(count, rng=uncertain.seed)
    )
    return np.asarray(sampler.random(uncertain.samples))


def unit_cube(variables: Sequence[str]) -> dict[str, Any]:
    """Return the unit cube of some variables as SALib describes it."""
    return {"num_vars": len(variables), "names": list(variables), "bounds": [[0.0, 1.0]] * len(variables)}


def _saltelli(uncertain: Uncertain) -> Vector:
    design = needs("SALib.sample.sobol", "sensitivity").sample(
        unit_cube(tuple(uncertain.variables)),
        uncertain.samples,
        calc_second_order=False,
        seed=uncertain.seed,
    )
    return np.asarray(design)


def _values(variable: Variable, column: Sequence[Any] | None, points: Vector) -> list[Any]:
    """Return the value of a variable at each point between 0 and 1."""
    listed = column if column is not None else variable.choices
    if listed is not None:
        return [listed[min(int(point * len(listed)), len(listed) - 1)] for point in points]
    from scipy import stats

    inside = np.clip(points, np.finfo(float).tiny, 1.0 - np.finfo(float).eps)
    if variable.uniform:
        law = stats.uniform(variable.uniform.low, variable.uniform.high - variable.uniform.low)
    elif variable.normal:
        law = stats.norm(variable.normal.mean, variable.normal.sd)
    elif variable.lognormal:
        law = stats.lognorm(variable.lognormal.sd_log, scale=variable.lognormal.median)
    else:
        assert variable.triangular is not None  # the schema requires one of them
        low, mode, high = variable.triangular.low, variable.triangular.mode, variable.triangular.high
        law = stats.triang((mode - low) / (high - low), low, high - low)
    return [float(value) for value in law.ppf(inside)]
