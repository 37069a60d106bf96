"""Files that are whole or not there: under their name, over a link, beside others that are being written."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from twin.files import is_left, remove_left, whole, write_text

WRITE = """
import sys, time
from pathlib import Path
from twin.files import whole
with whole(Path(sys.argv[1])) as beside:
    beside.write_text("half")
    print("half", flush=True)
    time.sleep(60)
"""


def test_what_fails_leaves_what_was_there(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "old")
    with pytest.raises(OSError, match="full"), whole(tmp_path / "a") as beside:
        beside.write_text("ne")
        raise OSError("full")
    assert (tmp_path / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_is_no_file_is_neither_followed_nor_replaced(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "link").symlink_to("precious")
    (tmp_path / "nowhere").symlink_to("later")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.iterdir())
    for name in ("link", "nowhere", "folder", "pipe"):
        with pytest.raises(FileExistsError, match="it stays"):
            write_text(tmp_path / name, "new")
    assert (tmp_path / "precious").read_text() == "mine"
    assert sorted(tmp_path.iterdir()) == before


def test_what_a_killed_program_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITE, str(tmp_path / "a")]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as killed,
        subprocess.Popen(command, stdout=subprocess.PIPE) as living,
    ):
        for process in (killed, living):
            assert process.stdout is not None
            process.stdout.readline()
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        write_text(tmp_path / "a", "new")
        assert sorted(path.name for path in tmp_path.iterdir()) == [f".a.{living.pid}", "a"]
        living.kill()
    remove_left(tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_only_looks_alike_stays(tmp_path: Path) -> None:
    for name in (".a", ".a.b", "a.12", ".a.12x", ".b.12"):
        (tmp_path / name).touch()
    (tmp_path / ".a.13").symlink_to(tmp_path / ".b.12")
    (tmp_path / ".a.14").mkdir()
    before = sorted(tmp_path.iterdir())
    write_text(tmp_path / "a", "new")
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "a"])


def test_the_name_of_a_part_tells_its_file() -> None:
    assert is_left(f".run.json.{os.getpid()}") == "run.json"
    assert is_left("run.json") == is_left(".run.json") == is_left(".12") == ""
