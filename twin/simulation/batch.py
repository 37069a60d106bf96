"""Many runs on worker processes: what is lost is tried once more, a worker that failed is replaced."""

import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeVar

from twin.errors import InvalidInput
from twin.interrupts import deferred
from twin.results.folders import NO_ROOM
from twin.scratch import scratch

if TYPE_CHECKING:
    from twin.results.run import Run
    from twin.scenario.schema import Scenario
    from twin.simulation.clock import Runner

_ATTEMPTS = 2
_LOOK_AGAIN_S = 1.0

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a task has no result.

    Attributes
    ----------
    kind
        ``invalid``: its scenario cannot be run; ``disk``: there is no room for its files; ``error``: an
        exception; ``memory``: out of memory; ``lost``: its worker process died.
    reason
        One line.
    """

    kind: Literal["invalid", "disk", "error", "memory", "lost"]
    reason: str

    @property
    def once(self) -> bool:
        """Tell whether another attempt, or another worker, would do no better."""
        return self.kind in ("invalid", "disk")


class Workers(Protocol):
    """Where tasks are done: processes of this machine, or a cluster."""

    @property
    def window(self) -> int:
        """Return how many tasks may be under way at once."""
        ...

    def submit(self, function: Callable[[Any], Any], task: Any) -> "Future[Any]":
        """Start a task; its future has a result, or a `Failed`."""
        ...


def work(
    function: Callable[[Task], Result], tasks: Iterable[Task], workers: Workers
) -> Iterator[tuple[Task, Result | Failed]]:
    """Do tasks on workers and yield each with its result, in the order in which they finish.

    Tasks are taken from the iterable only as workers become free, so that any number of them holds
    bounded memory. A task that fails is tried once more, unless its input is at fault.

    Parameters
    ----------
    function
        A function of a module (it is pickled).
    """
    todo, again = iter(tasks), deque[tuple[Task, int]]()
    running: dict[Future[Any], tuple[Task, int]] = {}
    exhausted = False
    while True:
        while not exhausted and len(running) + len(again) < workers.window:
            for task in todo:
                again.append((task, 1))
                break
            else:
                exhausted = True
        while again:
            task, attempt = again.popleft()
            running[workers.submit(function, task)] = task, attempt
        if not running:
            return
        finished, _ = wait(running, timeout=_LOOK_AGAIN_S, return_when=FIRST_COMPLETED)
        for future in finished:
            task, attempt = running.pop(future)
            result = future.result()
            if isinstance(result, Failed) and not result.once and attempt < _ATTEMPTS:
                again.append((task, attempt + 1))
            else:
                yield task, result


class LocalWorkers:
    """Worker processes of this machine, each led by a thread that replaces it when it failed.

    Parameters
    ----------
    jobs
        Number of processes.
    may_fork
        A task may start processes of its own, which daemons may not.
    """

    def __init__(self, jobs: int, may_fork: bool = False) -> None:
        self.window, self._daemon = jobs, not may_fork
        # networks are small: a second thread of the linear algebra costs more than it brings
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        # what processes leave in their temporary folders goes with this one, even if they are killed
        self._folder = scratch("workers")
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="worker")
        self._own = threading.local()
        self._processes: set[multiprocessing.process.BaseProcess] = set()
        self._starting, self._over = threading.Lock(), False

    def submit(self, function: Callable[[Any], Any], task: Any) -> "Future[Any]":
        """Do a task on the next free process."""
        return self._threads.submit(self._lead, function, task)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with deferred():
            with self._starting:
                self._over = True
            self._threads.shutdown(wait=False, cancel_futures=True)
            for process in list(self._processes):
                process.kill()
                process.join()
            self._threads.shutdown(wait=True)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _lead(self, function: Callable[[Any], Any], task: Any) -> Any:
        """Hand a task to this thread's process and wait for what comes back."""
        process, connection = self._process()
        new = getattr(self._own, "function", None) is not function
        try:
            # a function that carries a sweep's inputs is sent once
            connection.send((function if new else None, task))
            self._own.function = function
            result = connection.recv()
        except (EOFError, OSError):
            process.join()
            result = Failed("lost", f"its worker process died ({_ending(process.exitcode)})")
        if isinstance(result, Failed) and not result.once:
            self._replace(process, connection)
        return result

    def _process(self) -> tuple[multiprocessing.process.BaseProcess, Connection]:
        if not hasattr(self._own, "process"):
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self._folder), daemon=self._daemon)
            with self._starting:
                if self._over:
                    raise RuntimeError("no process is started any more")
                resource_tracker.ensure_running()
                # a terminal sends Ctrl-C to all its processes: a new one is as deaf to it as this thread
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                process.start()
                self._processes.add(process)
            theirs.close()
            self._own.process = process, ours
        own: tuple[multiprocessing.process.BaseProcess, Connection] = self._own.process
        return own

    def _replace(self, process: multiprocessing.process.BaseProcess, connection: Connection) -> None:
        connection.close()
        process.kill()
        process.join()
        self._processes.discard(process)
        del self._own.process
        self._own.function = None


def run_many(
    scenarios: Iterable["Scenario"], jobs: int, keep: Callable[["Run"], Result]
) -> Generator[tuple[int, Result | Failed], None, None]:
    """Run scenarios on worker processes; yield each one's number and what was kept, as they finish.

    Who stops before the last one closes the generator, for the processes end with it. Each process opens the
    networks once and resets them between runs where they are the same.

    Parameters
    ----------
    jobs
        Worker processes.
    keep
        A function of a module, called in the worker with the finished run; what it returns travels back.
    """
    with LocalWorkers(jobs) as workers:
        for (number, _), result in work(partial(_run_one, keep), enumerate(scenarios), workers):
            yield number, result


def guarded(function: Callable[[Task], Result], task: Task) -> Result | Failed:
    """Do a task; an exception becomes one line that can travel."""
    try:
        return function(task)
    except InvalidInput as error:
        return Failed("invalid", "; ".join(map(str, error.mistakes)))
    except MemoryError:
        return Failed("memory", "its worker ran out of memory")
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return Failed("disk", str(error.strerror))
        return Failed("error", f"{type(error).__name__}: {' '.join(str(error).split())}")


_runner: "Runner | None" = None


def process_runner() -> "Runner":
    """Return this process's runner, which keeps the city that was opened last."""
    global _runner
    if _runner is None:
        from twin.simulation.clock import Runner
        from twin.simulation.store import store_of_user

        _runner = Runner(store_of_user())
    return _runner


def _run_one(keep: Callable[["Run"], Result], numbered: tuple[int, "Scenario"]) -> Result:
    return keep(process_runner().run(numbered[1]))


def _serve(connection: Connection, folder: Path) -> None:
    """Do tasks until the other end closes, which it also does by dying."""
    tempfile.tempdir = str(folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    function: Any = None
    with suppress(EOFError, OSError):
        while True:
            new, task = connection.recv()
            function = new or function
            connection.send(guarded(function, task))


def _ending(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"signal {signal.Signals(-exitcode).name}"
    return f"exit code {exitcode}"
