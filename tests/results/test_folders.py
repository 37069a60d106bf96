"""Folders of results: old or new and never half, nothing removed that is not ours, no link followed."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin import locks
from twin.results import folders
from twin.results.folders import destination, locked, orphans, recover, replacing, settled
from twin.results.manifest import MANIFEST, claim, refuse_foreign, refuse_strangers, strangers


def fill(folder: Path, text: str, *names: str) -> None:
    with replacing(folder) as staging:
        for name in names or ("run.json", "a.csv", "deep/b.csv"):
            (staging / name).parent.mkdir(exist_ok=True)
            (staging / name).write_text(text)


def content(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


@pytest.fixture(params=["exchange", "two renames"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "two renames":
        monkeypatch.setattr(folders, "_exchange", lambda *_: False)
    return str(request.param)


def test_a_folder_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path, way: str) -> None:
    fill(tmp_path / "out", "old", "run.json", "gone/c.csv")
    fill(tmp_path / "out", "new")
    assert content(tmp_path / "out") == {"run.json": "new", "a.csv": "new", "deep/b.csv": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_fails_leaves_the_old_folder(tmp_path: Path, way: str) -> None:
    fill(tmp_path / "out", "old")
    with pytest.raises(OSError, match="full"), replacing(tmp_path / "out") as staging:
        (staging / "run.json").write_text("new")
        raise OSError("full")
    assert content(tmp_path / "out")["run.json"] == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["thesis.txt", "figures/mine.png", "deep/mine.csv", "empty/"])
def test_what_is_not_ours_is_refused_and_kept_with_force(tmp_path: Path, name: str, way: str) -> None:
    out = tmp_path / "out"
    fill(out, "old")
    mine = out / name
    if name.endswith("/"):
        mine.mkdir()
    else:
        mine.parent.mkdir(exist_ok=True)
        mine.write_text("mine")
    with pytest.raises(FileExistsError, match="--force"):
        refuse_strangers(out, "run.json")
    with pytest.raises(FileExistsError), replacing(out) as staging:
        (staging / "run.json").write_text("new")
    assert content(out)["run.json"] == "old"
    with replacing(out, force=True) as staging:
        (staging / "run.json").write_text("new")
    assert (out / "run.json").read_text() == "new"
    assert mine.is_dir() if name.endswith("/") else mine.read_text() == "mine"
    assert not (out / "a.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_force_never_writes_over_a_file_that_is_not_ours(tmp_path: Path) -> None:
    fill(tmp_path / "out", "old", "run.json")
    (tmp_path / "out" / "a.csv").write_text("mine")
    with pytest.raises(FileExistsError, match="would be replaced"), replacing(tmp_path / "out", True) as new:
        (new / "a.csv").write_text("new")
    assert content(tmp_path / "out") == {"run.json": "old", "a.csv": "mine"}


@pytest.mark.parametrize("name", ["run.json", "deep", "deep/b.csv"])
def test_no_link_is_followed_where_files_are_removed(tmp_path: Path, name: str, way: str) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    fill(out, "old")
    outside.mkdir()
    (outside / "b.csv").write_text("precious")
    own = out / name
    if own.is_dir():
        (own / "b.csv").unlink()
        own.rmdir()
    else:
        own.unlink()
    own.symlink_to(outside if name == "deep" else outside / "b.csv")
    assert name in strangers(out)
    with pytest.raises(FileExistsError):
        fill(out, "new", "z.csv")
    with replacing(out, force=True) as staging:
        (staging / "z.csv").write_text("new")
    assert (outside / "b.csv").read_text() == "precious"
    assert own.is_symlink()


@pytest.mark.parametrize("name", ["../outside.txt", "/outside.txt", "deep/../../outside.txt"])
def test_a_manifest_that_leads_out_of_its_folder_removes_nothing_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.txt").write_text("precious")
    fill(tmp_path / "out", "old", "run.json")
    listed = str(tmp_path / "outside.txt") if name.startswith("/") else name
    (tmp_path / "out" / MANIFEST).write_text(json.dumps({"files": ["run.json", listed]}))
    fill(tmp_path / "out", "new", "run.json")
    assert (tmp_path / "outside.txt").read_text() == "precious"


@pytest.mark.parametrize("text", ["", "[]", '{"files": 3}', '{"files": [[1]]}', "\x00"])
def test_a_damaged_manifest_removes_what_earlier_versions_wrote_alone(tmp_path: Path, text: str) -> None:
    fill(tmp_path / "out", "old", "run.json", "metrics.json", "other.txt")
    (tmp_path / "out" / MANIFEST).write_text(text)
    with pytest.raises(FileExistsError, match=r"other\.txt"):
        refuse_strangers(tmp_path / "out", "run.json")


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling").symlink_to("later")
    for name, real in (("link", "real"), ("dangling", "later"), ("link", "real")):
        fill(tmp_path / name, "new")
        assert (tmp_path / name).is_symlink()
        assert content(tmp_path / real)["run.json"] == "new"


def test_targets_that_cannot_be_exchanged_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "to-file").symlink_to("file")
    (tmp_path / "loop").symlink_to("loop")
    inside = tmp_path / "here" / "inside"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    for path in ("file", "to-file", "loop", "here", "here/inside"):
        with pytest.raises(FileExistsError, match="choose another with --out"):
            destination(tmp_path / path)
    with pytest.raises(FileExistsError, match="present folder"):
        destination(Path())
    with pytest.raises(FileExistsError, match="mount point"):
        destination(Path("/proc"))
    with pytest.raises(OSError, match="too long"):
        destination(tmp_path / ("n" * 240))
    with pytest.raises(OSError, match="too long"):
        destination(tmp_path / ("ш" * 130))
    with pytest.raises(OSError):
        destination(tmp_path / "file" / "below")


def _refused(folder: Path) -> bool:
    """Tell whether someone who is not root is refused; in a process of its own."""
    child = os.fork()
    if not child:
        if os.geteuid() == 0:
            os.setuid(65534)
        try:
            destination(folder)
        except PermissionError:
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def test_a_folder_without_write_permission_is_refused() -> None:
    with tempfile.TemporaryDirectory(prefix="twin-test-") as name:
        base, closed = Path(name), Path(name) / "closed"
        closed.mkdir()
        (base / "open").mkdir()
        (base / "open").chmod(0o777)
        closed.chmod(0o555)
        base.chmod(0o777)
        assert _refused(closed)
        assert _refused(closed / "out" / "deeper")
        assert not _refused(base / "open" / "out")
        closed.chmod(0o755)


def test_a_part_of_a_disk_that_is_mounted_elsewhere_is_a_mount_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out put\\"
    out.mkdir()
    assert destination(out) == out
    named = str(out).replace("\\", r"\134").replace(" ", r"\040")
    listed = f"1 2 8:1 /x / rw - ext4 /dev/sda rw\n3 4 8:1 /y {named} rw - ext4 /dev/sda rw\n"
    monkeypatch.setattr(Path, "read_bytes", lambda _: listed.encode())
    with pytest.raises(FileExistsError, match="mount point"):
        destination(out)
    assert destination(tmp_path / "other") == tmp_path / "other"


@pytest.mark.parametrize("left", [(), (".sweep.json.4711",), (".sweep.json.1", ".sweep.json.2")])
def test_a_folder_of_which_a_kill_left_only_its_beginning_is_ours(
    tmp_path: Path, left: tuple[str, ...]
) -> None:
    for name in left:
        (tmp_path / name).touch()
    refuse_foreign(tmp_path, "sweep.json")
    (tmp_path / ".other.json.1").touch()
    with pytest.raises(FileExistsError):
        refuse_foreign(tmp_path, "sweep.json")


def test_what_is_written_later_is_claimed_and_never_over_something_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, "new", "run.json")
    claim(out, ["report.html", "figures/map.png"])
    (out / "report.html").write_text("page")
    assert strangers(out) == []
    claim(out, ["report.html"])
    (out / "other.html").write_text("mine")
    with pytest.raises(FileExistsError):
        claim(out, ["other.html"])
    (out / "linked.html").symlink_to("report.html")
    with pytest.raises(FileExistsError):
        claim(out, ["linked.html"])
    (out / "drawn").symlink_to(tmp_path)
    with pytest.raises(FileExistsError):
        claim(out, ["drawn/map.png"])


def test_the_second_one_is_refused_with_one_line(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom twin.results.folders import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            with pytest.raises(FileExistsError, match=f"process {other.pid} on"), locked(tmp_path / "out"):
                pass
        finally:
            other.kill()
    with locked(tmp_path / "out"), locked(tmp_path / "out"):  # a lock dies with who held it
        pass
    assert list(tmp_path.iterdir()) == []


def _save_often(folder: str, text: str) -> None:
    for _ in range(20):
        fill(Path(folder), text * 1000)


def test_two_that_save_at_once_take_turns(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=_save_often, args=(str(tmp_path / "out"), text)) for text in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [one.exitcode for one in both] == [0, 0]
    assert len(set(content(tmp_path / "out").values())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


LOOP = """
import itertools, sys
from pathlib import Path
from twin.results import folders
if sys.argv[2] == "two renames":
    folders._exchange = lambda *_: False
print("ready", flush=True)
for number in itertools.count():
    with folders.replacing(Path(sys.argv[1])) as staging:
        (staging / "deep").mkdir()
        for name in ("run.json", "a.csv", "b.csv", "deep/c.csv"):
            (staging / name).write_text(f"{number} " * 2000)
"""


@pytest.mark.parametrize("how", ["exchange", "two renames"])
def test_a_kill_at_any_moment_leaves_old_or_new_and_never_half(tmp_path: Path, how: str) -> None:
    out = tmp_path / "out"
    for attempt in range(12):
        command = [sys.executable, "-c", LOOP, str(out), how]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.02 + 0.0031 * attempt)
            process.send_signal(signal.SIGKILL)
        with locked(out):
            recover(out)
        own = content(out)
        assert sorted(own) == ["a.csv", "b.csv", "deep/c.csv", "run.json"]
        assert len(set(own.values())) == 1
        assert strangers(out) == []
        assert [path.name for path in tmp_path.iterdir()] == ["out"]


def _killed_between_renames(out: Path, new: bool) -> None:
    """Leave what a program leaves that is killed between its two renames, or before the first one."""
    fill(out, "old", "run.json", "a.csv")
    out.rename(out.with_name(f".{out.name}.old-x1"))
    if new:
        fill(out, "new", "run.json")
        out.rename(out.with_name(f".{out.name}.new-x2"))


@pytest.mark.parametrize("new", [True, False])
def test_a_reader_finds_what_a_kill_between_two_renames_left(tmp_path: Path, new: bool) -> None:
    out = tmp_path / "out [1]"
    _killed_between_renames(out, new)
    assert (orphans(tmp_path)[out.name] / "run.json").is_file()
    assert content(settled(out))["run.json"] == ("new" if new else "old")
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert orphans(tmp_path) == {}


def test_a_reader_that_may_not_move_it_reads_it_where_it_lies(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _killed_between_renames(out, True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "recover", lambda _: None)
        assert content(settled(out)) == {"run.json": "new"}


def test_a_reader_takes_nothing_unfinished_or_of_others_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / ".out.new-x1").mkdir()
    (tmp_path / ".out.new-x1" / "run.json").touch()
    (tmp_path / ".out.new-x1" / ".unfinished").touch()
    (tmp_path / ".out.old-link").symlink_to(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert settled(tmp_path / "out") == tmp_path / "out"
    assert settled(tmp_path / "none" / "out") == tmp_path / "none" / "out"
    assert orphans(tmp_path) == {}
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["run.json", "manifest.json", "deep/b.csv"])
def test_a_file_that_was_being_written_when_its_program_was_killed_is_ours(
    tmp_path: Path, name: str, way: str
) -> None:
    out = tmp_path / "out"
    fill(out, "old")
    left = (out / name).with_name(f".{Path(name).name}.4711")
    left.write_text("hal")
    refuse_strangers(out, "run.json")
    fill(out, "new")
    assert content(out) == {"run.json": "new", "a.csv": "new", "deep/b.csv": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_of_the_same_kind_of_name_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / ".out.new-mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    (tmp_path / ".out.old-link").symlink_to(mine)
    fill(tmp_path / "out", "new")
    assert (mine / "thesis.txt").read_text() == "mine"


@given(
    ours=st.sets(st.sampled_from(["run.json", "a.csv", "figures/map.png", "deep/er/x"]), min_size=1),
    theirs=st.sets(st.sampled_from(["b.csv", "figures/own.png", "deep/er/y", "notes/z", "a.csv.bak"])),
)
@settings(max_examples=25, deadline=None)
def test_force_keeps_exactly_what_is_not_ours(
    tmp_path_factory: pytest.TempPathFactory, ours: set[str], theirs: set[str]
) -> None:
    out = tmp_path_factory.mktemp("any") / "out"
    with replacing(out) as staging:
        for name in ours:
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / name).write_text("old")
    for name in theirs:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("mine")
    with replacing(out, force=True) as staging:
        (staging / "run.json").write_text("new")
    assert content(out) == {"run.json": "new"} | dict.fromkeys(theirs, "mine")


@pytest.fixture(autouse=True)
def no_lock_is_kept() -> Iterator[None]:
    yield
    assert locks._held == set()
