"""The command line in a fork of this process, which has imported everything; a start takes three seconds.

From its words on it is the same program: its own exit code, streams and folder, nothing left in this process.
What is about the start itself, signals or the terminal starts a process.
"""

import gc
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from reliability.started import end_as_program
from tests.town import write_town
from twin import scratch
from twin.cli.main import main
from twin.scenario import load_scenario
from twin.simulation.clock import run

_HIDDEN = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""Warnings that Python shows to no user."""


def twin(*words: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, this one unless said, and return how it ended and what it printed."""
    command = [*map(str, words)]
    _load()
    with TemporaryFile() as out, TemporaryFile() as err:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if not pid:
            end_as_program(partial(_run, command, folder, out.fileno(), err.fileno()))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read().decode("utf-8", "replace"))
    return subprocess.CompletedProcess(["twin", *command], code, *said)


@cache
def _load() -> None:
    """Run a town's day, so that what is compiled and imported for a run is here before the first fork."""
    with TemporaryDirectory() as folder:
        run(load_scenario(write_town(Path(folder) / "town"), ["end=2026-05-05"]))


def _show(message: Warning | str, category: type[Warning], file: str, line: int, *_: object) -> None:
    print(warnings.formatwarning(message, category, file, line), end="", file=sys.stderr)


def _as_started(words: Sequence[str], folder: Path | None, out: int, err: int) -> None:
    """Leave what belongs to the tests: their tracer, streams, log and warnings."""
    sys.settrace(None)
    gc.freeze()
    os.chdir(folder or Path.cwd())
    for number, handle in enumerate((os.open(os.devnull, os.O_RDONLY), out, err)):
        os.dup2(handle, number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, closefd=False)  # noqa: SIM115
        for number, mode in enumerate("rww")
    )
    logging.getLogger().handlers.clear()
    warnings.resetwarnings()
    for hidden in _HIDDEN:
        warnings.simplefilter("ignore", hidden)
    warnings.showwarning = _show
    sys.argv = ["twin", *words]


def _run(words: Sequence[str], folder: Path | None, out: int, err: int) -> None:
    _as_started(words, folder, out, err)
    try:
        main()
    finally:
        scratch._leave()
