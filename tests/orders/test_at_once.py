"""Comparisons and searches that share a folder with another program, or were killed in it."""

import random
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType

import pytest

from reliability.places import Content, content
from reliability.started import finish, start
from tests.orders_town import write_orders_town
from twin import locks
from twin.locks import locked
from twin.orders import commands, compare, search
from twin.results import run as results
from twin.scenario import load_scenario
from twin.scenario.reach import WITHIN
from twin.simulation import clock as simulation

pytestmark = pytest.mark.xdist_group("orders")
COMMANDS = {
    "compare": (
        "compare",
        "town",
        "--build-order",
        "big_first",
        "--build-order",
        "small_first",
        "--futures",
        "0",
    ),
    "slips": ("compare", "town", "--slips", "1"),
    "plan": ("plan", "town", "--set", "build_order=small_first", "--budget", "3", "--held-back", "1"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("orders") / "place"
    folder.mkdir()
    write_orders_town(folder / "town")
    return folder


def words(name: str, out: str) -> list[str]:
    return [*COMMANDS[name], "--set", "end=2026-06-01", "--out", out]


@pytest.fixture(scope="module")
def undisturbed(place: Path) -> Callable[[str], Content]:
    known: dict[str, Content] = {}

    def undisturbed(name: str) -> Content:
        if name not in known:
            done = finish(place, words(name, name))
            assert done.code == 0, done
            known[name] = content(place / name)
        return known[name]

    return undisturbed


def hidden(place: Path) -> list[str]:
    return [path.name for path in place.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", COMMANDS)
def test_of_two_at_once_one_does_it_and_the_other_is_refused_or_does_it_after(
    name: str, place: Path, undisturbed: Callable[[str], Content]
) -> None:
    out = f"two-{name}"
    both = [start(place, words(name, out)) for _ in range(2)]
    ends = [process.end() for process in both]
    assert 0 in {end.code for end in ends} <= {0, 2}, ends
    for end in ends:
        if end.code:
            (line,) = end.said.splitlines()
            assert line.startswith(f"{out} is being written by another run (process ")
    assert content(place / out) == undisturbed(name)
    assert hidden(place) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_who_comes_second_is_refused_in_one_line_and_touches_nothing(name: str, place: Path) -> None:
    out = place / f"held-{name}"
    with locked(out):
        done = finish(place, words(name, out.name), before=locks._held.clear)
    (line,) = done.said.splitlines()
    assert (done.code, line.startswith(f"{out.name} is being written by another run")) == (2, True)
    assert not out.exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_started_again_after_a_kill_ends_as_if_there_had_been_none(
    name: str, place: Path, undisturbed: Callable[[str], Content]
) -> None:
    undisturbed(name)
    luck, out = random.Random(name), place / f"killed-{name}"
    for _ in range(2):
        process = start(place, words(name, out.name))
        process.until(lambda: any(place.glob(f".{out.name}.*")))  # it begins to write
        time.sleep(luck.uniform(0.0, 0.3))
        process.kill()
        assert process.end().signal in (0, signal.SIGKILL)
    done = finish(place, words(name, out.name))
    assert done.code == 0, done
    assert content(out) == undisturbed(name)
    assert hidden(place) == []


def compare_orders(town: Path, out: Path) -> None:
    compare.compare_orders(town, ["big_first"], out, overrides=["end=2026-05-03"])


def rank(town: Path, out: Path) -> None:
    commands._rank(town, 1.0, out, ["end=2026-05-03"], WITHIN, 1, lambda _: None, lambda *_: None)


def plan(town: Path, out: Path) -> None:
    short = ["build_order=small_first", "end=2026-05-03"]
    search.search(town, out, objective="jobs_delayed_job_months", budget=2, overrides=short, held_back=0)


def save(town: Path, out: Path) -> None:
    results.save(simulation.run(load_scenario(town, ["end=2026-05-03"])), out)


@pytest.mark.parametrize(
    ("module", "doing"), [(compare, compare_orders), (commands, rank), (search, plan), (results, save)]
)
def test_what_another_one_wrote_before_it_let_go_is_refused(
    module: ModuleType,
    doing: Callable[[Path, Path], None],
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What may be replaced is looked at by who holds the folder, not before."""

    def late(folder: Path, wait_s: float = 0.0) -> AbstractContextManager[None]:
        folder.mkdir(exist_ok=True)
        (folder / "thesis.txt").write_text("mine")
        return locked(folder, wait_s)

    monkeypatch.setattr(module, "locked", late)
    with pytest.raises(FileExistsError, match="holds something else"):
        doing(place / "town", tmp_path / "out")
    assert {path.name for path in tmp_path.rglob("*")} == {"out", "thesis.txt"}
