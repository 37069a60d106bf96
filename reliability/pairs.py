"""Two programs started together on one folder: one does it, the other waits or is refused with one line."""

import random
import shutil
import time
from pathlib import Path

from reliability.counts import Counts
from reliability.kills import OTHERS, RUNS
from reliability.places import Content, beside, content, inline, left_by, place, undisturbed
from reliability.started import Ended, start

KINDS = {"run": RUNS["two days"], **OTHERS}
_REAL = 0.1
_REFUSED = "is being written by another run"


def start_pairs(count: int, seed: int) -> Counts:
    """Start so many pairs on one folder, at the same moment or nearly."""
    luck, found = random.Random(seed), Counts()
    with place() as folder:
        for number in range(count):
            name = list(KINDS)[number % len(KINDS)]
            _pair(found, folder, luck, name, undisturbed(folder, KINDS[name])[0])
    return found


def _pair(found: Counts, folder: Path, luck: random.Random, name: str, whole: Content) -> None:
    resumed = luck.random() < 0.5
    if resumed:  # both find something there: older results, or what a killed one left
        older = start(folder, KINDS[name], before=inline)
        time.sleep(luck.uniform(0.05, 0.6))
        older.kill()
        older.end()
    real = luck.random() < _REAL
    one = start(folder, KINDS[name], real=real, before=inline)
    time.sleep(luck.choice((0.0, luck.uniform(0.0, 0.3))))
    two = start(folder, KINDS[name], real=real, before=inline)
    ends = [one.end(), two.end()]
    found.counts["pairs"] += 1
    found.counts[f"pairs of {name}"] += 1
    found.counts["resumed"] += resumed
    found.counts["real starts"] += 2 * real
    what = f"two at once, {name}: {ends[0]} | {ends[1]}"
    found.demand(any(ended.code == 0 and not ended.signal for ended in ends), what)
    found.demand(all(ended.in_order and (ended.code == 0 or _refused(ended)) for ended in ends), what)
    found.counts["refused"] += sum(map(_refused, ends))
    found.counts["both did it, one after the other"] += not any(map(_refused, ends))
    found.demand(content(folder / "out") == whole, f"{what}: differs")
    done = " ".join(ended.said for ended in ends if ended.code == 0)
    found.demand(left_by(folder, done) == {"out"}, f"{what}: beside {beside(folder)}")
    shutil.rmtree(folder / "out", ignore_errors=True)


def _refused(ended: Ended) -> bool:
    """Tell whether a program was refused with one line that says why."""
    lines = [line for line in ended.said.splitlines() if line]
    return ended.code == 2 and len(lines) == 1 and _REFUSED in lines[0]
