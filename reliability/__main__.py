"""Run the slow tests and show their figures: ``python -m reliability [KIND...] [--share 0.1] [--seed 1]``."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from importlib import import_module
from typing import Any

from reliability import figures

COUNTS: dict[str, tuple[str, tuple[int, ...]]] = {
    "mutated scenario folders": ("mutated_folders", (10_000, 500)),
    "mutated network files": ("mutated_networks", (1_000,)),
    "kills of run": ("kills.kill_runs", (200,)),
    "kills of sweep, plan and compare": ("kills.kill_others", (200,)),
    "two at once": ("pairs.start_pairs", (100,)),
    "a full disk": ("disks.fill", (200,)),
    "no permission to write": ("permissions.refuse_writing", (60,)),
    "SIGINT and SIGTERM": ("interrupts.interrupt", (100,)),
    "many runs in one process": ("steady.many_runs", (300,)),
}
"""Of each kind, the function that does it and how often."""
_TOLD = 20


def main() -> None:
    """Run the kinds that are named, or all; leave with 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(COUNTS)}; default: all")
    parser.add_argument("--share", type=float, default=1.0, help="of the counts; less than 1 stores nothing")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if unknown := set(asked.kinds) - set(COUNTS):
        parser.error(f"no such kind: {', '.join(sorted(unknown))}")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    stored, failed = figures.read(), False
    for kind in asked.kinds or COUNTS:
        stored[kind] = own = tried(kind, asked.share, asked.seed)
        print(f"{kind}: {own['counts']}; {len(own['failures'])} failures; {own['minutes']} min", flush=True)
        for line in own["failures"][:_TOLD]:
            print(f"  {line}", flush=True)
        failed |= bool(own["failures"])
        if asked.share >= 1.0:
            figures.write({name: stored[name] for name in COUNTS if name in stored})
    sys.exit(failed)


def tried(kind: str, share: float, seed: int) -> dict[str, Any]:
    """Do one kind; return its figures, as they are stored."""
    place, counts = COUNTS[kind]
    began = time.monotonic()
    found = function(place)(*(max(1, round(share * count)) for count in counts), seed)
    parts = dict(zip(("read ", "run "), found, strict=True)) if isinstance(found, tuple) else {"": found}
    own = {f"{of}{name}": count for of, part in parts.items() for name, count in sorted(part.counts.items())}
    return {
        "date": date.today().isoformat(),
        "seed": seed,
        "minutes": round((time.monotonic() - began) / 60.0, 1),
        "counts": own,
        "failures": _lines(line for part in parts.values() for line in part.failures),
    }


def function(place: str) -> Callable[..., Any]:
    """Return a function by the module it lies in, whose name it has if no other is given."""
    module, _, name = place.partition(".")
    found: Callable[..., Any] = getattr(import_module(f"reliability.{module}"), name or module)
    return found


def _lines(failures: Iterable[str]) -> list[str]:
    return [" ".join(line.split())[:500] for line in failures]


if __name__ == "__main__":
    main()
