"""Days that stand for others depend on their standing alone: wherever and whenever they are simulated."""

import multiprocessing
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulation.test_batch import content
from tests.simulation.test_store import same
from tests.town import write_town
from twin.city.city import City
from twin.city.opening import opening_key
from twin.demand.growth import Growth
from twin.results.summary import summary
from twin.scenario import load_scenario
from twin.scenario.schema import Scenario
from twin.simulation import clock as simulation
from twin.simulation import days as days_module
from twin.simulation.day import DAY_S, Posted
from twin.simulation.days import Days
from twin.simulation.digest import digest_of
from twin.simulation.standing import Standing, simulate
from twin.simulation.store import Store, pack
from twin.utilities.base import Change

HORIZON = [
    *("start=2026-05-01", "end=2026-09-01", "days=representative"),
    "demand.native_growth_percent_per_year=5",  # else all days are alike
]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return load_scenario(write_town(tmp_path_factory.mktemp("days") / "town"), HORIZON)


@pytest.fixture(scope="module")
def city(town: Scenario) -> City:
    return simulation.open_city(town)


CHANGES = (
    Change("water/PU-INTAKE", "held", True),
    Change("water/PU-INTAKE", "open", False),
    Change("water/P-LOW", "open", False),
    Change("wastewater/PU-LIFT-1", "held", True),
    Change("power/T-TOWN", "held", True),
)


def standing(town: Scenario, seed: int) -> Standing:
    """Return a random standing of the town."""
    rng = np.random.default_rng(seed)
    demand = Growth(town).demand(town.start, ())
    scaled = {n: replace(d, base=d.base * rng.uniform(0.2, 2.0)) for n, d in demand.items()}

    def some(most: int) -> tuple[Change, ...]:
        return tuple(CHANGES[i] for i in rng.choice(len(CHANGES), rng.integers(0, most + 1), replace=False))

    def posted() -> tuple[Posted, ...]:
        seconds = sorted(rng.choice(DAY_S, rng.integers(0, 3), replace=False).tolist())
        return tuple(Posted(second, some(2), scaled) for second in seconds)

    return Standing(some(2), scaled, posted(), posted(), {}, dict.fromkeys(town.simulated, 0))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=3, unique=True))
def test_a_day_is_the_same_to_the_bit_whatever_was_simulated_before(
    town: Scenario, city: City, seeds: list[int]
) -> None:
    first = simulate(city, standing(town, seeds[0]))
    for seed in seeds[1:]:
        simulate(city, standing(town, seed))
    assert same(first, simulate(city, standing(town, seeds[0])))


def test_a_day_is_the_same_to_the_bit_on_a_city_just_opened(town: Scenario, city: City) -> None:
    for seed in range(6):
        simulate(city, standing(town, 100 + seed))
        fresh = simulate(simulation.open_city(town), standing(town, seed))
        assert same(fresh, simulate(city, standing(town, seed)))


def test_every_part_of_a_standing_is_in_its_digest(town: Scenario) -> None:
    base = standing(town, 3)
    demand = {n: replace(d, base=np.nextafter(d.base, np.inf)) for n, d in base.demand.items()}
    twice = {n: replace(d, native=np.nextafter(d.native, np.inf)) for n, d in base.demand.items()}
    one = Posted(5, (CHANGES[0],), base.demand)
    others = [
        replace(base, changes=(*base.changes, CHANGES[2])),
        replace(base, demand=demand),
        replace(base, demand=twice),
        replace(base, before=(one,)),
        replace(base, posted=(one,)),
        replace(base, posted=(one._replace(second=6),)),
        replace(base, posted=(one._replace(changes=(replace(CHANGES[0], value=False),)),)),
        replace(base, posted=(one._replace(demand=demand),)),
        replace(base, asked={"North": ("power", frozenset({"power/T-TOWN"}))}),
        replace(base, clock={**base.clock, "water": 1}),
    ]
    digests = [digest_of("opening", other) for other in [base, *others]]
    digests += [digest_of("another opening", base)]
    assert len(set(digests)) == len(digests)
    assert digest_of("opening", standing(town, 3)) == digests[0]


@pytest.fixture(scope="module")
def alone(town: Scenario) -> object:
    return content(simulation.run(town))


def run(town: Scenario, jobs: int = 1, store: Store | None = None) -> object:
    return content(simulation.run(town, jobs=jobs, store=store))


def test_a_run_is_the_same_with_any_store_and_on_any_cores(
    town: Scenario, alone: object, tmp_path: Path
) -> None:
    store = Store(tmp_path)
    assert run(town, jobs=2) == alone
    assert run(town, jobs=3, store=store) == alone
    assert run(town, store=store) == alone
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert len(files) > 4
    again = simulation.run(town, store=store)
    assert again.days_found == len(files)
    assert f"{len(files)} days kept from earlier runs" in dict(summary(again))["speed"]
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-3])
    files[2].write_bytes(files[3].read_bytes()[::-1])
    assert run(town, jobs=2, store=store) == alone


def test_a_store_that_is_deleted_or_full_while_a_run_goes_on_changes_nothing(
    town: Scenario, alone: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Store.put

    def deleting(store: Store, digest: str, packed: bytes) -> None:
        put(store, digest, packed)
        for path in tmp_path.rglob("*"):
            if path.is_file():
                path.unlink()

    monkeypatch.setattr(Store, "put", deleting)
    assert run(town, store=Store(tmp_path)) == alone

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "put", put)
    monkeypatch.setattr(os, "replace", full)
    assert run(town, store=Store(tmp_path)) == alone
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_two_processes_that_share_a_store_have_the_same_results(
    town: Scenario, alone: object, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        both = pool.starmap(_shared, [(str(town.folder), str(tmp_path))] * 2)
    assert both[0] == both[1] == alone


def _shared(folder: str, store: str) -> object:
    return run(load_scenario(Path(folder), HORIZON), store=Store(Path(store)))


@pytest.fixture
def kept(town: Scenario, city: City) -> Iterator[Days]:
    with Days(city, opening_key(town), jobs=3) as days:
        yield days


def test_days_of_a_worker_that_is_killed_are_simulated_here(town: Scenario, city: City, kept: Days) -> None:
    expected = [simulate(city, standing(town, seed)) for seed in range(6)]
    wanted = [kept.want(standing(town, seed)) for seed in range(6)]
    kept._workers[0].process.kill()
    assert all(same(e, kept.take(w)) for e, w in zip(expected, wanted, strict=True))


def test_a_day_that_fails_in_a_worker_fails_here_with_its_reason(town: Scenario, kept: Days) -> None:
    good = standing(town, 1)
    bad = replace(good, changes=(Change("water/NOWHERE", "open", True),))
    wanted = [kept.want(each) for each in (good, bad, good)]
    kept.take(wanted[0])
    with pytest.raises(Exception, match="NOWHERE"):
        kept.take(wanted[1])


def test_no_worker_outlives_its_run(town: Scenario, city: City) -> None:
    with Days(city, opening_key(town), jobs=3) as days:
        processes = [worker.process for worker in days._workers]
        assert all(process.is_alive() for process in processes)
    assert not any(process.is_alive() for process in processes)
    assert threading.active_count() < 50


def test_a_worker_is_given_no_more_than_it_can_hold(
    town: Scenario, kept: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [kept.want(standing(town, seed)) for seed in range(9)]
    assert all(len(worker.given) <= days_module._QUEUED for worker in kept._workers)
    records = [pack(kept.take(each)) for each in wanted]
    assert records == [pack(kept.take(each)) for each in wanted]
