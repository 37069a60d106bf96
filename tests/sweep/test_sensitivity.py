"""Sensitivity on sweeps whose answer is known."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from twin.errors import InvalidInput
from twin.results.formats import FORMAT
from twin.sweep.runs import Planned
from twin.sweep.sampling import unit_points
from twin.sweep.sensitivity import rank_regression, report
from twin.sweep.spec import Uncertain
from twin.sweep.store import Store
from twin.sweep.worker import Done

NAMES = ("strong", "weak", "none")
Function = Callable[[np.ndarray], float]


def swept(folder: Path, method: str, samples: int, y: Function, lost: int = -1) -> Path:
    """Write a finished sweep over the unit cube whose metric is a function of the sampled values."""
    variables = {name: {"set": "seed", "uniform": {"low": 0, "high": 1}} for name in NAMES}
    uncertain = Uncertain.model_validate({"method": method, "samples": samples, "variables": variables})
    store = Store(folder)
    for n, point in enumerate(unit_points(uncertain)):
        values = dict(zip(NAMES, map(float, point), strict=True))
        run = Planned(f"{n:016x}", n, "all", {}, values, n, 0, 1, ())
        if n == lost:
            store.fail(run, "lost: its worker died")
        else:
            metrics = pa.table({"run_id": [run.run_id], "y": [float(y(point))]})
            store.add(run, Done("complete", "", 0.1, {"metrics": metrics}))
    asked = {"uncertain": {"method": method}}
    about = {"format": FORMAT, "variables": list(NAMES), "asked": asked}
    (folder / "sweep.json").write_text(json.dumps(about))
    return folder


def linear(point: np.ndarray) -> float:
    """Return 4 a + 2 b: first-order indices 16/20, 4/20 and 0, totals the same."""
    return float(4 * point[0] + 2 * point[1])


def numbers(lines: list[str], after: str) -> dict[str, list[float]]:
    """Return the numbers behind each variable in the block after a heading."""
    start = next(i for i, line in enumerate(lines) if after in line)
    rows = [line.replace(",", "").split() for line in lines[start + 1 : start + 1 + len(NAMES)]]
    return {row[0]: [float(cell) for cell in row[1:] if cell != "+-"] for row in rows}


def test_rank_regression_of_a_monotone_function_sees_through_its_shape() -> None:
    x = np.random.default_rng(1).random((400, 2))
    coefficients, explained = rank_regression(x, np.exp(9 * x[:, 0]))
    np.testing.assert_allclose(coefficients, [1.0, 0.0], atol=1e-12)
    assert explained == pytest.approx(1.0)


def test_a_latin_hypercube_gives_ranks_and_first_order_indices(tmp_path: Path) -> None:
    lines = list(report(swept(tmp_path, "latin_hypercube", 200, linear), ["y"]))
    assert lines[0] == "y in all: 200 of 200 runs have a result"
    ranks = numbers(lines, "rank regression")
    assert list(ranks)[:2] == ["strong", "weak"]
    assert ranks["strong"][0] == pytest.approx(2 / np.sqrt(5), abs=0.04)
    first = numbers(lines, "first-order indices (RBD-FAST)")
    for name, index in (("strong", 0.8), ("weak", 0.2), ("none", 0.0)):
        assert first[name][0] == pytest.approx(index, abs=0.08)


def test_saltellis_design_gives_total_indices(tmp_path: Path) -> None:
    lines = list(report(swept(tmp_path, "saltelli", 64, lambda p: p[0] * p[1]), ["y"]))
    # a b on the unit square: variances 1/48 each and 1/144 together, of 7/144
    indices = numbers(lines, "Sobol indices")
    for name in ("strong", "weak"):
        assert indices[name][0] == pytest.approx(3 / 7, abs=0.1)
        assert indices[name][2] == pytest.approx(4 / 7, abs=0.1)
    assert indices["none"][2] == pytest.approx(0.0, abs=1e-9)


def test_a_design_with_a_hole_gives_no_indices(tmp_path: Path) -> None:
    lines = list(report(swept(tmp_path, "saltelli", 16, linear, lost=3), ["y"]))
    assert lines[0] == "y in all: 79 of 80 runs have a result"
    assert "  no Sobol indices: the design misses 1 run" in lines


def test_the_failing_region_is_told_as_rules_and_a_lost_run_fails(tmp_path: Path) -> None:
    folder = swept(tmp_path, "latin_hypercube", 100, lambda p: float(p[0] > 0.75), lost=0)
    lines = list(report(folder, ["y"], "<= 0"))
    start = next(i for i, line in enumerate(lines) if "must be <= 0" in line)
    assert lines[start] == "  must be <= 0: 26 of 100 futures fail"
    worst = lines[start + 1].split()
    assert worst[:2] == ["100", "%"]
    assert worst[worst.index("where") + 1 : worst.index("where") + 3] == ["strong", ">"]
    assert float(worst[worst.index("strong") + 2]) == pytest.approx(0.75, abs=0.02)


def test_what_cannot_be_told_is_said(tmp_path: Path) -> None:
    folder = swept(tmp_path / "a", "latin_hypercube", 30, linear)
    assert "  no first-order indices: 30 runs, 65 needed" in list(report(folder, ["y"], "<= 9"))
    assert "  must be <= 9: no future fails" in list(report(folder, ["y"], "<= 9"))
    flat = swept(tmp_path / "b", "latin_hypercube", 30, lambda _: 1.0)
    assert "  it does not vary, or there are too few runs" in list(report(flat, ["y"]))
    with pytest.raises(InvalidInput, match="no metric z \\(one of y\\)"):
        list(report(folder, ["z"]))
    with pytest.raises(InvalidInput, match="is not a bound"):
        list(report(folder, ["y"], "small"))
    with pytest.raises(InvalidInput, match="is not a sweep's folder"):
        list(report(tmp_path, ["y"]))
