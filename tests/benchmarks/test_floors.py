"""The floors solve what the twin solves, and nothing of the twin's is in them."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandapower.networks as pn
import pytest
from epanet import toolkit as en
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cases import PAIRS, Case, Pair, case_of, shipped
from benchmarks.floor import Alone, play, schedule
from benchmarks.tape import Call, engines, record, solutions
from benchmarks.turns import in_turn
from twin.simulation import clock as simulation
from twin.simulation.clock import Clock

Taped = tuple[Case, list[Call], Clock]
_PAIRS = {
    "one tank": Pair(pn.case4gs, "wntr/library/networks/Net1.inp", 2),
    "three tanks": Pair(pn.case9, "wntr/library/networks/Net3.inp", 2),
    "constant loads": Pair(pn.create_cigre_network_mv, "wntr/library/networks/Net2.inp", 2, 1, 1.0, True),
}


@pytest.fixture(scope="module", params=list(_PAIRS))
def taped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Taped:
    case = case_of(tmp_path_factory.mktemp("pair"), request.param, _PAIRS[request.param])
    return case, *record(case)


def _levels(clock: Clock) -> np.ndarray:
    engine = engines(clock)["water"]
    return np.asarray(engine.project.node_values(en.HEAD)[engine.tanks].copy())


def test_played_tape_and_engines_alone_end_where_the_twin_ends(taped: Taped) -> None:
    _, tape, clock = taped
    engine = engines(clock)["water"]
    clock.city.read_totals()  # lets the last hour pass
    twin = _levels(clock)
    play(tape, clock)
    assert _levels(clock) == pytest.approx(twin, abs=1e-6)
    alone = Alone(tape, clock)
    alone.play()
    assert _levels(clock) == pytest.approx(twin, abs=0.5)
    assert engine.project.time_s(en.HTIME) == 3600 * clock.books.account.coupled_hours


def test_engine_alone_solves_every_hour_and_no_more_than_the_twin(
    taped: Taped,
) -> None:
    _, tape, clock = taped
    alone = Alone(tape, clock)
    alone.play()
    hours = clock.books.account.coupled_hours
    assert 2 * hours <= alone.solutions <= max(solutions(tape), 3 * hours)


def test_engine_alone_has_the_accuracy_of_its_file_and_leaves_the_twin_its_own(
    taped: Taped, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tape, clock = taped
    handle = engines(clock)["water"].project.handle
    alone = Alone(tape, clock)
    before = en.getoption(handle, en.ACCURACY)
    seen: list[float] = []
    run = en.runH
    monkeypatch.setattr(en, "runH", lambda h: (seen.append(en.getoption(h, en.ACCURACY)), run(h))[1])
    alone.play()
    assert set(seen) == {1e-3}
    assert en.getoption(handle, en.ACCURACY) == before


def test_round_measures_twin_and_both_floors(taped: Taped) -> None:
    case, _, _ = taped
    beside = in_turn(case, 1)
    measured = beside.medians()
    assert measured["over_floor"] == pytest.approx(measured["twin"] / measured["floor"])
    assert measured["over_alone"] == pytest.approx(measured["twin"] / measured["alone"])
    assert beside.least[0] > 0.5


def test_run_that_ends_early_is_no_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_of(tmp_path, "short", _PAIRS["one tank"])
    run = simulation.Clock.run

    def ends(self: Clock) -> None:
        run(self)
        self.books.account.ended = "nothing could be solved"

    monkeypatch.setattr(simulation.Clock, "run", ends)
    with pytest.raises(RuntimeError, match="short: nothing could be solved"):
        record(case)


@pytest.mark.parametrize("name", PAIRS)
def test_water_network_of_every_case_is_shipped_by_a_package(name: str) -> None:
    if find_spec(PAIRS[name].water.split("/", 1)[0]) is None:
        pytest.skip("the package is not installed")
    assert shipped(PAIRS[name].water).is_file()


def test_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(SystemExit, match="no_such_package is not installed"):
        shipped("no_such_package/networks/town.inp")


@given(
    st.lists(st.tuples(st.integers(0, 7200), st.integers(1, 3), st.floats(0, 9), st.booleans()), max_size=30)
)
def test_schedule_leaves_every_link_and_demand_as_the_twin_wrote_it(
    written: list[tuple[int, int, float, bool]],
) -> None:
    tape = [
        Call("water", en.setlinkvalue, (link, en.SETTING, v), at, p) for at, link, v, p in sorted(written)
    ]
    at = schedule(tape, "water", 7200)
    assert list(at) == sorted(at) and {0, 3600, 7200} <= at.keys()
    twin: dict[int, float] = {}
    alone: dict[int, float] = {}
    for second, calls in at.items():
        twin |= {c.arguments[0]: c.arguments[-1] for c in tape if c.posted and c.second <= second}
        for call in calls:
            assert alone.get(call.arguments[0]) != call.arguments[-1]  # nothing is written twice
            alone[call.arguments[0]] = call.arguments[-1]
        assert alone == twin
