"""Programs killed at a random moment: what stood there is whole, the next one ends as if nothing had been."""

import random
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from reliability.counts import Counts
from reliability.places import Content, beside, content, inline, left_by, part_of, place, undisturbed
from reliability.started import Ended, Started, finish, start

RUNS = {
    "two days": ["run", "town", "--out", "out"],
    "one day": ["run", "town", "--out", "out", "--set", "end=2026-05-05"],
    "with its page": ["run", "town", "--out", "out", "--report"],
}
OTHERS = {
    "sweep": ["sweep", "sweep.yaml", "--out", "out", "--resume"],
    "plan": [
        *("plan", "orders", "--set", "build_order=big_first", "--out", "out"),
        *("--budget", "4", "--held-back", "1"),
    ],
    "compare": [
        *("compare", "orders", "--out", "out"),
        *("--build-order", "big_first", "--build-order", "small_first"),
    ],
    "compare of slips": ["compare", "orders", "--slips", "1", "--out", "out"],
}
_SAVING_S = 0.08
_REAL = 0.1
"""Share of real starts."""


def kill_runs(count: int, seed: int) -> Counts:
    """Kill so many runs, each over the results of another."""
    luck, found = random.Random(seed), Counts()
    with place() as folder:
        whole = {name: undisturbed(folder, words)[0] for name, words in RUNS.items()}
        finish(folder, RUNS[standing := "one day"])
        for _ in range(count):
            name = luck.choice(list(RUNS))
            real = luck.random() < _REAL
            running = start(folder, RUNS[name], real=real)
            at = _kill(running, folder, luck, undisturbed(folder, RUNS[name])[1] + 3.0 * real)
            ended = running.end()
            found.counts["killed"] += bool(ended.signal)
            found.counts[at] += 1
            found.counts["real starts"] += real
            standing = _judge_run(found, folder, whole, standing, name, ended)
            name = luck.choice(list(RUNS))
            ended = finish(folder, RUNS[name])
            what = f"{name} after a kill {at}: {ended}; beside {beside(folder)}"
            _judge_next(found, folder, whole[name], ended, what)
            if not (folder / "out").is_dir():
                finish(folder, RUNS[name])
            standing = name
    return found


def _judge_run(
    found: Counts, folder: Path, whole: Mapping[str, Content], old: str, new: str, ended: Ended
) -> str:
    """See that the old results or the new ones stand there; return which."""
    if not found.demand(ended.signal == 9 or ended.code == 0, f"{new}: {ended}"):
        return old
    now = content(folder / "out") if (folder / "out").is_dir() else {}
    if now == whole[old]:
        found.counts["old results stood"] += 1
        return old
    run = whole["two days" if new == "with its page" else new]
    found.demand(part_of(now, run, whole[new]), f"{new} over {old}: neither, but {_differs(now, whole[new])}")
    found.counts["new results stood"] += 1
    return new


def _judge_next(found: Counts, folder: Path, whole: Content, ended: Ended, what: str) -> None:
    """See that a program that nothing disturbed ends as it does elsewhere, and leaves nothing beside."""
    good = found.demand(ended.code == 0 and not ended.signal and not ended.late, what)
    if good:
        now = content(folder / "out")
        good = found.demand(now == whole, f"{what}: differs: {_differs(now, whole)}")
        good &= found.demand(left_by(folder, ended.said) == {"out"}, what)
    if not good:  # the next ones are judged by themselves
        for name in beside(folder):
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).unlink() if (folder / name).exists() else None


def kill_others(count: int, seed: int) -> Counts:
    """Kill so many sweeps, searches and comparisons, some of them again when they go on."""
    luck, found = random.Random(seed), Counts()
    with place() as folder:
        while found.counts["killed"] < count:
            name = list(OTHERS)[found.counts["tried"] % len(OTHERS)]
            found.counts["tried"] += 1
            if found.counts["tried"] > 3 * count:
                found.demand(False, "hardly any was killed in time")
                break
            _kill_and_go_on(found, folder, luck, name, *undisturbed(folder, OTHERS[name]))
    return found


def _kill_and_go_on(
    found: Counts, folder: Path, luck: random.Random, name: str, whole: Content, span: float
) -> None:
    for _ in range(luck.choice((1, 1, 2))):
        real = luck.random() < _REAL
        running = start(folder, OTHERS[name], real=real, before=inline)
        time.sleep(luck.uniform(0.0, span + 5.0 * real))
        running.kill()
        ended = running.end()
        found.demand(ended.signal == 9 or ended.code == 0, f"{name}: {ended}")
        found.counts["killed"] += bool(ended.signal)
        found.counts[f"of {name}"] += bool(ended.signal)
        found.counts["real starts"] += real
    ended = finish(folder, OTHERS[name], before=inline)
    _judge_next(found, folder, whole, ended, f"{name} that goes on: {ended}; beside {beside(folder)}")
    shutil.rmtree(folder / "out", ignore_errors=True)


def _kill(running: Started, folder: Path, luck: random.Random, span: float) -> str:
    """Kill at any moment, or within the moments in which it saves; return which."""
    if luck.random() < 0.5:
        time.sleep(luck.uniform(0.0, span))
        at = "at any moment"
    else:
        running.until(lambda: any(folder.glob(".out.new-*")))
        time.sleep(luck.uniform(0.0, _SAVING_S))
        at = "while it saved"
    running.kill()
    return at


def _differs(one: Content, other: Content) -> list[str]:
    names = sorted(one.keys() ^ other.keys())
    return [*names, *(name for name in one.keys() & other.keys() if one[name] != other[name])][:5]
