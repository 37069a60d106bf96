"""The program started as a user starts it, or forked from this process, which has imported everything.

A forked start takes a tenth of the time and does the same from the command line on. Both have a limit.
"""

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn

LIMIT_S = 120.0
NOBODY = 65534
_SAID = "said"
_LOOK_S = 0.002
_ASKED = (signal.SIGINT, signal.SIGTERM)
Before = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: with an exit code, or by a signal; and the lines that it printed."""

    code: int
    signal: int
    late: bool
    said: str
    took_s: float

    @property
    def in_order(self) -> bool:
        """Tell whether it ended by itself, as it may: done, refused, no solution, interrupted."""
        return not self.late and not self.signal and self.code in (0, 1, 2, 3, 130)

    def __str__(self) -> str:
        how = "hung" if self.late else f"signal {self.signal}" if self.signal else f"exit {self.code}"
        return f"{how}: {self.said.strip()[-400:]}"


@dataclass(slots=True)
class Started:
    """A program under way in a folder."""

    pid: int
    place: Path
    log: Path
    began: float = field(default_factory=time.monotonic)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal, and to its workers the one that nothing survives."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def until(self, happens: Callable[[], bool]) -> bool:
        """Wait until something happens; return whether it did before the program ended."""
        while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if happens():
                return True
            if time.monotonic() - self.began > LIMIT_S:
                return False
            time.sleep(_LOOK_S)
        return False

    def end(self) -> Ended:
        """Wait for its end, and make one when its time is over."""
        self.until(lambda: False)
        late = time.monotonic() - self.began > LIMIT_S
        if late:
            os.killpg(self.pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        said = self.log.read_text(encoding="utf-8", errors="replace")
        self.log.unlink()
        return Ended(max(code, 0), max(-code, 0), late, said, time.monotonic() - self.began)


def start(place: Path, words: Sequence[str], *, real: bool = False, before: Before | None = None) -> Started:
    """Start the program in a folder.

    Parameters
    ----------
    real
        As a new process, not as a fork of this one.
    before
        What a forked process does first: limits, another user.
    """
    handle, log = tempfile.mkstemp(prefix=_SAID, dir=place.parent)
    (place / "tmp").mkdir(exist_ok=True)
    (place / "tmp").chmod(0o777)
    if real:
        process = subprocess.Popen(
            [sys.executable, "-m", "twin", *words],
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            env=os.environ | {"TMPDIR": str(place / "tmp"), "OMP_NUM_THREADS": "1"},
            start_new_session=True,
            preexec_fn=_unignored,
        )
        process.returncode = 0  # it is waited for here, not by its object
        pid = process.pid
    else:
        sys.stdout.flush()
        sys.stderr.flush()
        # until it is the program, what it is sent ends it at once, as it would end a starting interpreter
        signal.pthread_sigmask(signal.SIG_BLOCK, _ASKED)
        pid = os.fork()
        if not pid:
            end_as_program(partial(_run, place, words, handle, before))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKED)
    os.close(handle)
    return Started(pid, place, Path(log))


def finish(place: Path, words: Sequence[str], *, real: bool = False, before: Before | None = None) -> Ended:
    """Start the program and wait for its end."""
    return start(place, words, real=real, before=before).end()


def nobody() -> None:
    """Become a user who is not root and may write nowhere but where all may."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def at_most(size: int) -> Before:
    """Return what keeps every file below a size."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _unignored() -> None:
    """Take signals as a user's program does; what a script starts in the background ignores them."""
    for number in _ASKED:
        signal.signal(number, signal.SIG_DFL)


def end_as_program(act: Callable[[], None]) -> NoReturn:
    """Do what the program does, and end this fork as the program would end: nothing goes on in it."""
    code = 99
    try:
        act()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException as error:
        print(f"not caught: {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _run(place: Path, words: Sequence[str], handle: int, before: Before | None) -> None:
    os.setsid()
    _unignored()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKED)
    os.chdir(place)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    sys.argv = ["twin", *words]
    tempfile.tempdir = str(place / "tmp")
    from twin import scratch
    from twin.cli.main import main

    if before:
        before()
    try:
        main()
    finally:
        scratch._leave()
