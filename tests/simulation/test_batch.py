"""Many runs on worker processes: the same results, and nothing that dies takes others along."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import tasks as jobs
from tests.tasks import content
from tests.town import write_town
from twin.scenario import Scenario, load_scenario
from twin.simulation import clock as simulation
from twin.simulation.batch import Failed, LocalWorkers, run_many, work


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> list[Scenario]:
    town = write_town(tmp_path_factory.mktemp("batch") / "town")
    short = "end=2026-05-06"
    return [
        load_scenario(town, [short]),
        load_scenario(town, [short, "norms.water_l_per_person_day.2025.value=900"]),
        load_scenario(town, [short, "networks.water.required_pressure_m=25"]),
        load_scenario(town, [short, "outages.0.hours=20"]),
    ]


def test_a_city_that_was_reset_gives_the_same_bits(scenarios: list[Scenario]) -> None:
    fresh = [content(simulation.run(scenario)) for scenario in scenarios]
    runner = simulation.Runner()
    first, thirsty, _, outage = scenarios
    for scenario in (first, outage, thirsty, first, outage):
        assert content(runner.run(scenario)) == fresh[scenarios.index(scenario)]
    assert fresh[0] != fresh[1]


def test_networks_are_opened_anew_only_where_they_differ(
    scenarios: list[Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    real = simulation.open_city
    monkeypatch.setattr(simulation, "open_city", lambda s: (opened.append(s.name), real(s))[1])
    runner = simulation.Runner()
    first, thirsty, pressure, _ = scenarios
    for scenario, expected in ((first, 1), (thirsty, 1), (pressure, 2), (first, 3)):
        runner.run(scenario)
        assert len(opened) == expected


def test_a_city_is_not_reused_after_an_exception(scenarios: list[Scenario]) -> None:
    runner = simulation.Runner()
    expected = content(runner.run(scenarios[0]))

    def interrupt(_: simulation.Progress) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        runner.run(scenarios[0], interrupt)
    assert content(runner.run(scenarios[0])) == expected


def test_processes_give_what_one_process_gives(scenarios: list[Scenario]) -> None:
    expected = {n: content(simulation.run(scenario)) for n, scenario in enumerate(scenarios)}
    assert dict(run_many(scenarios, 2, content)) == expected


def test_a_worker_that_dies_loses_only_its_own_task() -> None:
    with LocalWorkers(2) as workers:
        results = dict(work(jobs.dies_on_three, range(8), workers))
    lost = results.pop(3)
    assert lost == Failed("lost", "its worker process died (signal SIGKILL)")
    assert results == {n: n for n in range(8) if n != 3}


def test_a_task_may_start_processes_where_it_may_fork() -> None:
    with LocalWorkers(1, may_fork=True) as workers:
        assert list(work(jobs.forks, [3], workers)) == [(3, 3)]


def test_what_was_lost_is_tried_once_more(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    with LocalWorkers(1) as workers:
        assert list(work(jobs.dies_once, [flag], workers)) == [(flag, "done")]


def test_a_failure_is_one_line_with_its_kind() -> None:
    with LocalWorkers(1) as workers:
        results = dict(work(jobs.fails, ["invalid", "memory", "error"], workers))
    assert results == {
        "invalid": Failed("invalid", "a.yaml:3: wrong"),
        "memory": Failed("memory", "its worker ran out of memory"),
        "error": Failed("error", "ValueError: two lines"),
    }


def test_tasks_are_taken_only_as_workers_become_free() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for n in range(20):
            taken.append(n)
            yield n

    with LocalWorkers(2) as workers:
        for done, (task, result) in enumerate(work(jobs.double, tasks(), workers), 1):
            assert result == 2 * task
            assert len(taken) <= done + 2


def test_a_process_is_kept_from_task_to_task_and_ended_at_the_end() -> None:
    with LocalWorkers(1) as workers:
        processes = {result for _, result in work(jobs.process, range(5), workers)}
    (process,) = processes
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_switching_states_of_earlier_runs_do_not_pile_up(scenarios: list[Scenario]) -> None:
    city = simulation.open_city(scenarios[0])
    power = city.networks["power"]
    simulation.run(scenarios[0], city=city)
    states = power._cache
    assert len(states) > 1
    states.update({bytes([n]): None for n in range(200)})
    city.reset()
    assert len(power._cache) <= 100
