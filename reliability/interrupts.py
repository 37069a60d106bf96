"""Programs asked to end at a random moment: they say so, leave with 130 and nothing half-written."""

import random
import shutil
import signal
import time
from pathlib import Path

from reliability.counts import Counts
from reliability.kills import OTHERS, RUNS
from reliability.places import beside, content, inline, part_of, place, undisturbed
from reliability.started import finish, start

KINDS = {**RUNS, **OTHERS}
_REAL = 0.15
_NUMBERS = (signal.SIGINT, signal.SIGTERM)


def interrupt(count: int, seed: int) -> Counts:
    """Ask so many programs to end, each over results of before."""
    luck, found = random.Random(seed), Counts()
    with place() as folder:
        for number in range(count):
            name = list(KINDS)[number % len(KINDS)]
            _ask(found, folder, luck, name)
    return found


def _ask(found: Counts, folder: Path, luck: random.Random, name: str) -> None:
    whole, span = undisturbed(folder, KINDS[name])
    number, real = luck.choice(_NUMBERS), luck.random() < _REAL
    old = "one day" if name in RUNS else name
    if luck.random() < 0.5:
        found.demand((made := finish(folder, KINDS[old], before=inline)).code == 0, f"{old}: {made}")
    before = content(folder / "out") if (folder / "out").is_dir() else {}
    running = start(folder, KINDS[name], real=real, before=inline)
    time.sleep(luck.uniform(0.0, span + 3.0 * real))
    running.kill(number)
    ended = running.end()
    what = f"{name} asked to end by {number.name}: {ended}"
    # before the program's first line; an interpreter that was importing dies by the signal after its last one
    early = ended.signal == number or (real and ended.signal == signal.SIGINT)
    found.demand(ended.code in (0, 130) and (early or not ended.signal) and not ended.late, what)
    found.demand(ended.code == 0 or early or ended.said.count("interrupted") == 1, what)
    _, _, swallowed = ended.said.partition("Traceback")
    found.demand(not swallowed or early, f"{name} asked to end by {number.name}: Traceback {swallowed[:400]}")
    found.counts["asked"] += 1
    found.counts[number.name] += 1
    found.counts["interrupted" if ended.code == 130 else "ended before" if not early else "not begun"] += 1
    found.counts["real starts"] += real
    now = content(folder / "out") if (folder / "out").is_dir() else {}
    if name in RUNS:
        found.demand(ended.code == 0 or now == before or "out is saved" in ended.said, f"{what}: not told")
        run, _ = undisturbed(folder, KINDS["two days" if name == "with its page" else name])
        found.demand(now == before or part_of(now, run, whole), f"{what}: results")
    else:
        again = finish(folder, KINDS[name], before=inline)
        found.demand(again.code == 0 and content(folder / "out") == whole, f"{what}: then {again}")
    found.demand(early or beside(folder) <= {"out"}, f"{what}: beside {beside(folder)}")
    for left in beside(folder):
        shutil.rmtree(folder / left, ignore_errors=True)
        (folder / left).unlink(missing_ok=True) if not (folder / left).is_dir() else None
