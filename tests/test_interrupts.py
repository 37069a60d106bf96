"""Asked to end: heard wherever a program is, told in one line, never in the middle of what must be whole."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from twin import files, interrupts, locks, scratch
from twin.results import folders, running

Ended = Callable[..., tuple[int, str, str]]
START = """
import gc, os, signal, sys, time, weakref
from contextlib import contextmanager
import typer
from twin.cli.terminal import exit_codes
from twin.interrupts import deferred, hear, heard, listening

def ask():
    os.kill(os.getpid(), signal.{name})

@contextmanager
def command(otherwise="nothing was saved"):
    with listening():
        try:
            with exit_codes(False, otherwise):
                yield
        except typer.Exit as error:
            sys.exit(error.exit_code)

class Loud:
    def __del__(self):
        ask()
        pass

"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("asked")


@pytest.fixture
def ended(place: Path) -> Ended:
    """Return how a program ends that asks itself to: its exit code, and what it prints."""

    def ended(code: str, name: str = "SIGINT") -> tuple[int, str, str]:
        (place / "asked.py").write_text(START.format(name=name) + code)
        done = subprocess.run(
            [sys.executable, "-m", "asked"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=os.environ
            | {"PYTHONPATH": f"{place}{os.pathsep}{os.getcwd()}", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return done.returncode, done.stdout, done.stderr

    return ended


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_program_that_is_asked_says_one_line_and_leaves_with_130(name: str, ended: Ended) -> None:
    code = """
with command("all is kept"):
    ask()
    time.sleep(5.0)
"""
    assert ended(code, name) == (130, "", "interrupted; all is kept\n")


SWALLOWED = {
    "a finaliser": "Loud()",
    "a callback of a weak reference": """
    class Plain: pass
    own = Plain()
    reference = weakref.ref(own, lambda _: (ask(), None)[1])
    del own""",
    "the collector": """
    gc.callbacks.append(lambda phase, _: ask() if phase == "start" else None)
    gc.collect()
    gc.callbacks.clear()""",
    "code that hears nothing": """
    try:
        ask()
        time.sleep(5.0)
    except:
        pass""",
    "a comparison from C": """
    class Own:
        def __lt__(self, other):
            try:
                ask()
                return True
            except KeyboardInterrupt:
                return False
    sorted([Own(), Own()])""",
}


@pytest.mark.parametrize("where", SWALLOWED)
def test_what_nobody_hears_is_raised_again(where: str, ended: Ended) -> None:
    code = f"""
with command():
    {SWALLOWED[where]}
    print("gone on")
    sys.stdout.flush()
    for _ in range(5000):
        time.sleep(0.001)
    print("to the end")
"""
    assert ended(code) == (130, "gone on\n", "interrupted; nothing was saved\n")


@pytest.mark.parametrize(
    "made", ["ImportError('no such package')", "RuntimeError('no convergence')", "OSError(2, 'no', 'file')"]
)
@pytest.mark.parametrize("context", ["", " from None"])
def test_whatever_is_made_of_it_is_an_interruption(made: str, context: str, ended: Ended) -> None:
    code = f"""
with command():
    try:
        ask()
        time.sleep(5.0)
    except KeyboardInterrupt:
        error = True
    raise {made}{context}
"""
    assert ended(code) == (130, "", "interrupted; nothing was saved\n")


def test_it_is_heard_before_and_after_what_a_command_does(ended: Ended) -> None:
    before = "with listening():\n    ask()\n    time.sleep(5.0)\n"
    assert ended(before) == (130, "", "interrupted\n")
    after = """
with listening():
    print("done")
    Loud()
    raise SystemExit(0)
"""
    assert ended(after) == (130, "done\n", "interrupted\n")


def test_one_that_breaks_off_what_compiled_code_runs_leaves_with_130_too(ended: Ended) -> None:
    code = """
import ctypes
own = ctypes.py_object
run = ctypes.pythonapi.PyRun_String
run.argtypes, run.restype = [ctypes.c_char_p, ctypes.c_int, own, own], own
with command():
    run(b"ask(); time.sleep(5.0)", 257, globals(), globals())
"""
    assert ended(code) == (130, "", "interrupted; nothing was saved\n")


def test_nothing_is_heard_after_the_end(ended: Ended) -> None:
    code = """
import atexit
atexit.register(ask)
try:
    with listening():
        raise SystemExit({code})
finally:
    ask()
    time.sleep(0.3)
"""
    for number in (0, 3):
        assert ended(code.format(code=number)) == (number, "", "")


def test_what_cleans_up_is_left_in_peace(ended: Ended) -> None:
    code = """
with command():
    try:
        ask()
        time.sleep(5.0)
    finally:
        for _ in range(10):
            ask()
            time.sleep(0.05)
        print("clean")
"""
    assert ended(code) == (130, "clean\n", "interrupted; nothing was saved\n")


def test_an_error_of_its_own_is_none_of_being_asked(ended: Ended) -> None:
    assert ended("with command():\n    raise OSError(2, 'No such file', 'here')\n") == (
        2,
        "",
        "here: No such file\n",
    )


def test_a_step_is_whole_and_what_follows_does_not_begin(ended: Ended) -> None:
    code = """
with command():
    with deferred():
        try:
            with heard():
                print("made")
            Loud()
            time.sleep(0.3)
            print("whole")
        finally:
            print("removed")
    print("more")
"""
    assert ended(code) == (130, "made\nwhole\nremoved\n", "interrupted; nothing was saved\n")


def test_what_was_reckoned_since_is_not_kept(ended: Ended) -> None:
    code = """
with command():
    with deferred():
        with heard():
            Loud()
        print("kept")
"""
    assert ended(code) == (130, "", "interrupted; nothing was saved\n")
    assert ended(
        code.replace("with heard()", "if True").replace('print("kept")', 'hear(); print("kept")')
    ) == (
        130,
        "kept\n",  # all of it is one step
        "interrupted; nothing was saved\n",
    )


def test_other_threads_are_not_asked_and_defer_nothing(ended: Ended) -> None:
    code = """
import threading
def beside():
    with deferred():
        time.sleep(1.0)
        hear()
        print("done beside")
other = threading.Thread(target=beside)
with command():
    other.start()
    try:
        ask()
        time.sleep(5.0)
        print("not heard")
    finally:
        other.join()
"""
    assert ended(code) == (130, "done beside\n", "interrupted; nothing was saved\n")


def test_who_lets_a_program_ignore_ctrl_c_is_obeyed(ended: Ended) -> None:
    code = """
signal.signal(signal.SIGINT, signal.SIG_IGN)
with listening():
    ask()
    time.sleep(0.2)
    print("done")
"""
    assert ended(code) == (0, "done\n", "")


def interrupted_at(
    number: int, doing: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> tuple[bool, BaseException | None]:
    """Do something and be asked before an instruction of the interpreter, and again before every other.

    Return whether there were so many, and what came of it; who holds that holds all that was under way.
    """
    own = (interrupts.__file__, contextlib.__file__, *(module.__file__ for module in (files, folders, locks)))
    left = number

    def look(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in (*own, running.__file__, scratch.__file__):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left <= 0:
                interrupts._take(signal.SIGINT, frame)
        return look

    monkeypatch.setattr(interrupts, "_own", interrupts._Thread())
    monkeypatch.setattr(signal, "setitimer", lambda *_: None)
    before = sys.gettrace()
    sys.settrace(look)
    raised = None
    try:
        doing()
    except KeyboardInterrupt as error:
        raised = error
    finally:
        sys.settrace(before)
        monkeypatch.setattr(interrupts, "_own", interrupts._Thread())
    return left <= 0, raised


def save(place: Path) -> None:
    with folders.replacing(place / "out", force=True) as new:
        (new / "run.json").write_text("new")


def announce(place: Path) -> None:
    with running.announce(place / "out", "town") as tell:
        tell(datetime(2026, 5, 4), 0.5, "half of it")


def take_a_folder(place: Path) -> None:
    scratch.scratch("water")


def write(place: Path) -> None:
    files.write_text(place / "out.txt", "new")


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("doing", [save, announce, write, take_a_folder])
@pytest.mark.parametrize("way", ["exchange", "renames"])
@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_asked_at_any_instruction_nothing_is_left_over(
    doing: Callable[[Path], None],
    old: bool,
    way: str,
    step: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if way == "renames":
        monkeypatch.setattr(folders, "_exchange", lambda *_: False)
    number, more = 0, True
    while more:
        number += step
        place = tmp_path / str(number)
        place.mkdir()
        if old:
            save(place)
            (place / "out.txt").write_text("old")
        raised = None
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        more, raised = interrupted_at(number, partial(doing, place), monkeypatch)
        assert more or raised is None
        scratch._leave()
        found = {path.name: path for path in place.iterdir()}
        assert found.keys() <= {"out", "out.txt"}, number
        assert not locks._held
        if "out" in found:
            assert sorted(path.name for path in found["out"].iterdir()) == ["manifest.json", "run.json"]
    assert number > 20
