"""What worker processes are given in tests; a light module, because each process imports it."""

import multiprocessing
import os
import resource
import signal
from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.results.run import Run


def double(task: int) -> int:
    return 2 * task


def forks(task: int) -> int | None:
    child = multiprocessing.get_context("fork").Process(target=os._exit, args=(task,), daemon=True)
    child.start()
    child.join()
    return child.exitcode


def dies_on_three(task: int) -> int:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def dies_once(task: Path) -> str:
    if task.exists():
        task.unlink()
        os._exit(7)
    return "done"


def fails(task: str) -> None:
    match task:
        case "invalid":
            raise InvalidInput([Mistake("a.yaml", 3, "wrong")])
        case "memory":
            resource.setrlimit(resource.RLIMIT_AS, (1 << 32, resource.RLIM_INFINITY))
            bytearray(1 << 33)
        case "error":
            raise ValueError("two\nlines")


def process(_: int) -> int:
    return os.getpid()


def content(run: Run) -> object:
    """Return everything a run says, to the bit, but for the time it took."""
    months = [
        (m.month, *(getattr(m, name).tobytes() for name in ("minimum", "mean", "maximum", "hours")))
        for m in run.months
    ]
    tables = [(table.table, rows) for table, rows in run.tables.items()]
    return run.status, run.metrics, months, tables
