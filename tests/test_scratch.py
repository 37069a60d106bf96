"""Folders for engines' files: a process's own, gone with it, and cleaned by the next one if it was killed."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from twin import scratch as module
from twin.scratch import scratch

HOLD = """
import sys, time
from twin.scratch import scratch
(scratch("water") / "network.inp").write_text("x")
print("held", flush=True)
time.sleep(float(sys.argv[1]))
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(module, "_own", {})
    return tmp_path


def hold(place: Path, seconds: float) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(seconds)],
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(place)},
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_what_ends_in_order_leaves_nothing(place: Path) -> None:
    with hold(place, 0):
        pass
    assert list(place.iterdir()) == []


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_kept(place: Path) -> None:
    with hold(place, 60) as killed, hold(place, 60) as living:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        (kept,) = (p for p in place.iterdir() if _is_held(p))
        scratch("own")
        assert sorted(place.iterdir()) == sorted([kept, *module._own.values()])
        assert (next(kept.glob("water-*")) / "network.inp").exists()
        living.kill()
    module._leave()


def _is_held(folder: Path) -> bool:
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def test_what_only_looks_like_such_a_folder_stays(place: Path) -> None:
    for name in ("mine", "twin-scratch-thesis", "twin-scratch-abcd1234.bak"):
        (place / name).mkdir()
        (place / name / "thesis.txt").touch()
    (place / "twin-scratch-abcd1234").symlink_to(place / "mine")
    (place / "twin-scratch-abcd5678").touch()
    before = sorted(place.rglob("*"))
    scratch("own")
    module._leave()
    assert sorted(place.rglob("*")) == before


def test_a_folder_whose_process_was_killed_while_it_began_or_ended_is_removed(place: Path) -> None:
    (place / "twin-scratch-abcd1234").mkdir()
    (place / "twin-scratch-abcd5678" / "water-x").mkdir(parents=True)
    scratch("own")
    module._leave()
    assert list(place.iterdir()) == []


def test_a_forked_process_has_a_folder_of_its_own(place: Path) -> None:
    ours = scratch("own")
    child = os.fork()
    if not child:
        os._exit(scratch("own").parent == ours.parent)
    assert os.waitpid(child, 0)[1] == 0
    scratch("again")
    assert ours.is_dir()
    module._leave()
