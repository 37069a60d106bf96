"""Sewers in which nothing flows: EPANET's rounding moves them, and more trials are no better."""

from pathlib import Path
from warnings import catch_warnings, simplefilter

import numpy as np
import pytest
from epanet import toolkit as en

from twin.pinned import pin
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.project import PressureDemand
from twin.utilities.epanet.rounding import at_rest

_EXTRA = 11
"""Trials that the file allows with frozen links, and the one at which EPANET looks."""


def sewer(path: Path, count: int, elevation: float, formula: str = "H-W", trials: int = 200) -> Path:
    """Write a tree of pipes, with a pipe across for every fifth, above one outfall."""
    rng = np.random.default_rng(count)
    rough = 0.013 if formula == "C-M" else 120
    lines = ["[JUNCTIONS]"]
    lines += [f"J{i} {elevation + 5 + rng.uniform(0, 25):.3f} 0" for i in range(count)]
    lines += ["[RESERVOIRS]", f"OUT {elevation:.3f}", "[PIPES]"]
    ends = [(i, f"J{rng.integers(max(0, i - 5), i)}" if i else "OUT") for i in range(count)]
    ends += [(int(a), f"J{b}") for a, b in (rng.choice(count, 2, replace=False) for _ in range(count // 5))]
    lines += [
        f"P{k} J{i} {to} {rng.uniform(50, 2000):.1f} {rng.choice([300, 500, 1000])} {rough} 0 Open"
        for k, (i, to) in enumerate(ends)
    ]
    lines += ["[OPTIONS]", "UNITS CMH", f"HEADLOSS {formula}", "ACCURACY 1e-6", f"TRIALS {trials}"]
    lines += ["UNBALANCED CONTINUE 10", "[TIMES]", "DURATION 24:00", "[END]"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def opened(path: Path) -> Hydraulics:
    return Hydraulics(path, "wastewater", PressureDemand(0.0, 1.0, 0.5), [], False)


def trials_of(engine: Hydraulics) -> float:
    return float(en.getstatistic(engine.project.handle, en.ITERATIONS))


@pytest.mark.parametrize("formula", ["H-W", "C-M"])
@pytest.mark.parametrize(("count", "elevation"), [(30, 100.0), (100, 700.0), (300, 2000.0)])
def test_a_dry_sewer_is_solved_within_few_trials(
    tmp_path: Path, count: int, elevation: float, formula: str
) -> None:
    engine = opened(sewer(tmp_path / "dry.inp", count, elevation, formula))
    engine.solve()
    assert trials_of(engine) <= 40 + _EXTRA
    assert np.abs(engine.flow).max() < 1e-4
    assert en.getoption(engine.project.handle, en.TRIALS) == 200


def test_it_would_take_all_trials_and_be_no_better(tmp_path: Path) -> None:
    engine = opened(sewer(tmp_path / "dry.inp", 100, 700.0))
    handle = engine.project.handle
    with catch_warnings():
        simplefilter("ignore")  # EPANET warns that it did not balance
        en.runH(handle)
    rest = at_rest(en.getcount(handle, en.LINKCOUNT), np.array([730.0]))
    assert en.getstatistic(handle, en.ITERATIONS) == 200 + _EXTRA
    assert rest.still <= rest.moved <= 1e-5
    assert en.getstatistic(handle, en.MAXFLOWCHANGE) / 3600.0 < rest.moved


@pytest.mark.parametrize("formula", ["H-W", "C-M"])
@pytest.mark.parametrize("count", [30, 100, 300, 1000, 3000])
def test_a_trial_moves_a_link_at_rest_by_no_more_than_rounding_does(
    tmp_path: Path, count: int, formula: str
) -> None:
    engine = opened(sewer(tmp_path / "dry.inp", count, 700.0, formula))
    handle, links = engine.project.handle, len(engine.links)
    with catch_warnings():
        simplefilter("ignore")  # EPANET warns that it did not balance
        en.runH(handle)
    rounded = np.finfo(float).eps / 1e-7 * 0.3048**2 * 730.0
    assert en.getstatistic(handle, en.MAXFLOWCHANGE) / 3600.0 < 0.5 * links * rounded


def test_where_sewage_flows_it_is_the_same_to_the_bit(tmp_path: Path) -> None:
    flows = []
    for trials in (39, 200):  # the first is fewer than few: EPANET is left to itself
        engine = opened(sewer(tmp_path / f"{trials}.inp", 100, 700.0, trials=trials))
        for node in range(100):
            en.setbasedemand(engine.project.handle, node + 1, 1, -3.6)
        engine.solve()
        assert trials_of(engine) < 39
        flows.append(engine.flow.copy())
    assert (flows[0] == flows[1]).all()
    assert np.abs(flows[0]).max() == pytest.approx(0.1, rel=1e-4)


def test_a_sewer_that_converges_slowly_gets_all_trials_of_its_file(tmp_path: Path) -> None:
    engine = opened(sewer(tmp_path / "slow.inp", 100, 700.0))
    model = engine._model(1e-6)._replace(first_trials=2.0)
    engine.whole = pin(engine.whole.parts._replace(model=model))
    for node in range(100):
        en.setbasedemand(engine.project.handle, node + 1, 1, -3.6)
    engine.solve()
    other = opened(sewer(tmp_path / "other.inp", 100, 700.0))
    for node in range(100):
        en.setbasedemand(other.project.handle, node + 1, 1, -3.6)
    other.solve()
    assert engine.flow == pytest.approx(other.flow, abs=1e-6)
