"""A seeded sample of the slow tests of durability (`make reliability`), and of what they are made of."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reliability import figures
from reliability.__main__ import COUNTS, function
from reliability.counts import Counts
from reliability.disks import fill
from reliability.interrupts import interrupt
from reliability.kills import kill_others, kill_runs
from reliability.pairs import start_pairs
from reliability.permissions import refuse_writing
from reliability.places import part_of, place
from reliability.started import LIMIT_S, finish
from reliability.steady import many_runs

SEED = 11


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (kill_runs, 2),
        (kill_others, 1),
        (start_pairs, 2),
        (fill, 4),
        (refuse_writing, 4),
        (interrupt, 4),
        (many_runs, 5),
    ],
)
@pytest.mark.xdist_group("reliability")
def test_a_sample_of_each_kind_fails_nowhere(kind: Callable[[int, int], Counts], count: int) -> None:
    found = kind(count, SEED)
    assert found.failures == []
    assert found.counts.total() >= count


def test_the_page_shows_the_figures_that_are_stored() -> None:
    stored = figures.read()
    assert figures.shown() == figures.table(stored)
    assert [own["failures"] for own in stored.values() if own["failures"]] == []
    assert stored.keys() <= COUNTS.keys()


@pytest.mark.parametrize("kind", COUNTS)
def test_every_kind_has_its_function_and_is_told_on_the_page(kind: str) -> None:
    place = COUNTS[kind][0]
    pytest.importorskip(f"reliability.{place.partition('.')[0]}")
    assert callable(function(place))
    assert kind in figures.PAGE.read_text(encoding="utf-8")


def test_what_is_half_written_is_seen() -> None:
    run, page = {"run.json": b"1", "manifest.json": b"a"}, {"report.html": b"<html>"}
    whole = run | page
    assert part_of(run, run, whole)
    assert part_of(whole | {"manifest.json": b"b"}, run, whole)
    assert part_of(run | {".report.html.12": b"<h"}, run, whole)
    assert not part_of(run | {"report.html": b"<h"}, run, whole)
    assert not part_of(page, run, whole)
    assert not part_of(run | {"other": b""}, run, whole)


def test_a_program_that_ends_otherwise_is_seen() -> None:
    with place() as folder:
        ended = finish(folder, ["run", "town"], before=lambda: os.kill(os.getpid(), 9))
        assert (ended.signal, ended.in_order) == (9, False)
        ended = finish(folder, ["run", "town"], before=lambda: os._exit(4))
        assert (ended.code, ended.in_order) == (4, False)
        ended = finish(folder, ["run", "none"])
        assert (ended.code, ended.in_order) == (2, True)
        assert ended.said.startswith("none")
        assert ended.took_s < LIMIT_S
        assert not list(Path(folder.parent).glob("said*"))
