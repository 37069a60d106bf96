"""Work in processes of its own, with limits of time and memory: a crash or a hang there is a finding here."""

import faulthandler
import json
import math
import os
import resource
import select
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
_WALL = 10
"""A process that shares its machine with others takes longer than it works."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_BESIDE = 2
"""Processes at a time: the machines of continuous integration have two cores."""


def apart(work: Callable[[], dict[str, Any]], seconds: float, memory_bytes: int) -> dict[str, Any]:
    """Return what a piece of work returns in a forked process; what ends it otherwise stands under ``ended``.

    Parameters
    ----------
    seconds
        Of work, after which it is killed; ten times as many on the clock.
    memory_bytes
        What it may take beside what this process has.
    """
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(ours)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds) + 1))
        _work(work, theirs, memory_bytes)
    os.close(theirs)
    began = time.monotonic()
    said = _listen(ours, began + _WALL * seconds)
    late = time.monotonic() - began >= _WALL * seconds
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL if late else 0)
    status = os.waitpid(child, 0)[1]
    if said.endswith(b"\n"):
        return dict(json.loads(said))
    code = os.waitstatus_to_exitcode(status)
    if late or code == -signal.SIGXCPU:
        return {"ended": f"not done in {seconds:g} s"}
    return {"ended": signal.Signals(-code).name if code < 0 else f"exit {code}"}


def limit_memory(more_bytes: int) -> None:
    """Let this process take so much more than it has."""
    own = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * _PAGE
    resource.setrlimit(resource.RLIMIT_AS, (own + more_bytes, own + more_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def shared(work: Callable[[T], dict[str, Any]], pieces: Sequence[T]) -> Iterator[dict[str, Any]]:
    """Yield what some work returns for each piece, in any order, from two processes."""
    if len(pieces) < _BESIDE:
        yield from map(work, pieces)
        return
    with get_context("fork").Pool(_BESIDE) as pool:
        yield from pool.imap_unordered(work, pieces)


def _work(work: Callable[[], dict[str, Any]], pipe: int, memory_bytes: int) -> None:
    """Do the work and end the process, whatever happens."""
    try:
        limit_memory(memory_bytes)
        warnings.simplefilter("ignore")
        faulthandler.disable()  # a crash is told by who waits for it
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        said = json.dumps(work()).encode() + b"\n"
        with os.fdopen(pipe, "wb") as stream:
            stream.write(said)
    finally:
        os._exit(1)


def _listen(pipe: int, until: float) -> bytes:
    """Return what comes out of a pipe until it ends or time is up."""
    said = b""
    with os.fdopen(pipe, "rb", buffering=0) as stream:
        while select.select([stream], [], [], max(0.0, until - time.monotonic()))[0]:
            piece = stream.read(1 << 16)
            if not piece:
                break
            said += piece
    return said
