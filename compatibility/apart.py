"""Does a piece of work in a process of its own, with limits on time and memory."""

import os
import resource
import time
import traceback
import warnings
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from compatibility.cases import Case
from compatibility.compare import compare

TWIN_S, ENGINE_S = 120, 300
_MEMORY_BYTES = 12 << 30


def apart(case: Case, twin_s: float = TWIN_S, engine_s: float = ENGINE_S) -> dict[str, Any]:
    """Return what is found of a case; what goes wrong or takes too long is a finding as well."""
    context = get_context("fork")  # the engines are imported once, by whoever asks
    ours, theirs = context.Pipe(duplex=False)
    with TemporaryDirectory(prefix="compatibility-") as folder:
        process = context.Process(target=_work, args=(case, Path(folder), theirs))
        process.start()
        theirs.close()
        found = _listen(ours, twin_s, engine_s)
        if process.is_alive() and ("late" in found):
            process.kill()
        process.join()
    if "done" not in found and "late" not in found and "internal" not in found:
        found["internal"] = f"the process ended by itself ({process.exitcode})"
    return found


def _listen(pipe: Connection, twin_s: float, engine_s: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    until = time.monotonic() + twin_s
    while "done" not in found and "internal" not in found:
        if not pipe.poll(max(0.0, until - time.monotonic())):
            found["late"] = "twin" if not found else "engine"
            break
        try:
            piece = pipe.recv()
        except EOFError:
            break
        if not found:
            until = time.monotonic() + engine_s
        found |= piece
    return found


def _work(case: Case, folder: Path, pipe: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    warnings.simplefilter("ignore")
    try:
        for piece in compare(case, folder):
            pipe.send(piece)
    except BaseException as error:  # this is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error}".split("\n")[0][:200]
        pipe.send({"internal": said, "at": f"{Path(last.filename).name}:{last.lineno}"})
    pipe.send({"done": True})
