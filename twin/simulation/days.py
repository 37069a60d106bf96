"""Days by their standing: kept ones are taken, others are simulated, here and on other cores."""

import multiprocessing
import signal
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from queue import Queue
from typing import Self

from twin.city.city import City
from twin.interrupts import deferred
from twin.simulation.day import DayRecord
from twin.simulation.digest import digest_of
from twin.simulation.standing import Standing, simulate
from twin.simulation.store import Store, pack, unpack

_QUEUED = 2
"""Days that a worker is given at once, so that it need not wait for the next."""
_RECENT = 50
"""Days of this run that are remembered, for months that are alike."""


@dataclass(slots=True, eq=False)
class Wanted:
    """A day that was asked for: its record once it is there."""

    standing: Standing
    digest: str
    record: DayRecord | None = None
    given_out: bool = False
    failed: bool = False


@dataclass(slots=True, eq=False)
class _Worker:
    """A process with the networks as opened, and the days it was given, in order."""

    process: BaseProcess
    connection: Connection
    given: deque[Wanted] = field(default_factory=deque)


class Days:
    """Gives the record of each day that is wanted; the same to the bit on any cores, from any store.

    Parameters
    ----------
    city
        Opened.
    opening
        The digest of how it was opened.
    jobs
        How many cores.
    store
        Where days are kept; None: nowhere.

    Attributes
    ----------
    found
        How many days came from the store.
    """

    def __init__(self, city: City, opening: str, jobs: int = 1, store: Store | None = None) -> None:
        self._city, self._opening, self._store = city, opening, store
        self._wanted: deque[Wanted] = deque()
        self.found = 0
        self._recent: dict[str, Wanted] = {}
        self._workers: list[_Worker] = []
        for _ in range(jobs - 1):
            self._workers.append(self._forked())

    def want(self, standing: Standing) -> Wanted:
        """Ask for a day, which may be simulated from now on."""
        digest = digest_of(self._opening, standing)
        wanted = self._recent.pop(digest, None)
        if wanted is None:
            wanted = Wanted(standing, digest, self._store.get(digest) if self._store else None)
            if wanted.record is None:
                self._wanted.append(wanted)
                self._give_out()
            else:
                self.found += 1
        self._recent[digest] = wanted
        if len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]
        return wanted

    def take(self, wanted: Wanted) -> DayRecord:
        """Return a day's record; while others simulate it, simulate another that is wanted."""
        while wanted.record is None:
            self._receive(0.0)
            if wanted.record is not None:
                break
            if not wanted.given_out:
                self._simulate(wanted)
            else:
                self._meanwhile()
        return wanted.record

    def _meanwhile(self) -> None:
        """Simulate another day that is wanted, or wait; one that fails does so again when it is asked for."""
        other = next((wanted for wanted in self._wanted if not wanted.failed), None)
        if other is None:
            self._receive(None)
            return
        try:
            self._simulate(other)
        except Exception:
            other.failed, other.given_out = True, False
            self._wanted.append(other)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with deferred():
            for worker in self._workers:
                worker.connection.close()
                worker.process.kill()
                worker.process.join()

    def _simulate(self, wanted: Wanted) -> None:
        self._wanted.remove(wanted)
        wanted.given_out = True
        self._give_out()
        wanted.record = simulate(self._city, wanted.standing)
        if self._store:
            self._store.put(wanted.digest, pack(wanted.record))

    def _give_out(self) -> None:
        """Give workers what they can take; the first that is wanted is left to this process."""
        for worker in self._workers:
            while len(self._wanted) > 1 and len(worker.given) < _QUEUED:
                wanted = self._wanted[1]
                del self._wanted[1]
                wanted.given_out = True
                worker.given.append(wanted)
                with suppress(OSError):
                    worker.connection.send(wanted.standing)

    def _receive(self, timeout_s: float | None) -> None:
        """Take what workers have done; what a lost one was given is wanted again."""
        busy = [worker for worker in self._workers if worker.given]
        ready = wait([worker.connection for worker in busy], timeout_s) if busy else []
        for worker in busy:
            if worker.connection not in ready:
                continue
            try:
                packed = worker.connection.recv_bytes()
            except (EOFError, OSError):
                self._give_back(worker)
                continue
            wanted = worker.given.popleft()
            if packed:
                wanted.record = unpack(packed)
                if self._store:
                    self._store.put(wanted.digest, packed)
            else:
                # it failed there: here it fails where the user can read why
                self._wanted.appendleft(wanted)
                wanted.given_out = False
        self._give_out()

    def _give_back(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join()
        for wanted in worker.given:
            wanted.given_out = False
        self._wanted.extendleft(reversed(worker.given))

    def _forked(self) -> _Worker:
        """Start a worker: a fork, which has all networks opened and all code loaded at once."""
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        others = [ours, *(worker.connection for worker in self._workers)]
        process = context.Process(target=_serve, args=(self._city, theirs, others), daemon=True)
        with deferred():  # a fork that is asked to end leaves that to this process
            process.start()
        theirs.close()
        return _Worker(process, ours)


def _serve(city: City, connection: Connection, others: list[Connection]) -> None:
    """Simulate days until the other end closes, which it also does by dying."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()  # else it would never end: a fork holds all that was open
    # both ends write at any time: what comes in is read at once, so that neither waits for the other
    given: Queue[Standing | None] = Queue()
    threading.Thread(target=_read, args=(connection, given), daemon=True).start()
    with suppress(OSError):
        while (standing := given.get()) is not None:
            connection.send_bytes(_tried(city, standing))


def _read(connection: Connection, given: "Queue[Standing | None]") -> None:
    with suppress(EOFError, OSError):
        while True:
            given.put(connection.recv())
    given.put(None)


def _tried(city: City, standing: Standing) -> bytes:
    """Return a day, packed; nothing if it failed: the process that asked tries it again, and tells."""
    try:
        return pack(simulate(city, standing))
    except Exception:
        return b""
