"""The local server: what it lists, what it refuses, and a run followed while it is under way."""

import json
import multiprocessing
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.report.folders import NASTY, write_comparison, write_run, write_sweep
from tests.town import write_town
from twin.results.running import announce
from twin.serve.listing import find, running, shelf
from twin.serve.server import application, bind

TOKEN = "secret"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    write_run(root / "results" / "early")
    write_run(root / "results" / "deep" / "late", built="2027-11-01")
    write_comparison(root / "results" / "plans")
    write_sweep(root / "results" / "sweep")
    write_run(root / "outside")
    (root / "results" / "link").symlink_to(root / "outside", target_is_directory=True)
    return root / "results"


@pytest.fixture
def client(root: Path) -> TestClient:
    return TestClient(application(root, TOKEN), base_url="http://127.0.0.1:8400")


def test_everything_below_the_root_is_listed_and_links_are_not_followed(root: Path) -> None:
    assert set(find(root)) == {"early", "deep/late", "plans", "sweep"}
    lines = {line["path"]: line for line in shelf(root)}
    assert lines["early"]["first"] == {"capacity": "Old", "month": "2026-10"}
    assert lines["sweep"]["kind"] == "sweep"


def test_pages_open_by_their_listed_names(client: TestClient) -> None:
    listing = client.get(f"/{TOKEN}/")
    assert listing.status_code == 200
    assert NASTY not in listing.text
    for name in ("early", "deep/late", "plans", "sweep"):
        assert client.get(f"/{TOKEN}/page/{name}").status_code == 200


def test_chosen_runs_stand_side_by_side(client: TestClient) -> None:
    page = client.get(f"/{TOKEN}/compare?run=early&run=deep/late")
    assert page.status_code == 200
    assert '"plans":["early","deep/late"]' in page.text
    assert client.get(f"/{TOKEN}/compare?run=early").status_code == 404
    assert client.get(f"/{TOKEN}/compare?run=early&run=sweep").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/wrong/",
        f"/{TOKEN}x/",
        "/wrong/page/early",
        "/wrong/news.json",
        f"/{TOKEN}/page/..%2Foutside",
        f"/{TOKEN}/page/../outside",
        f"/{TOKEN}/page/link",
        f"/{TOKEN}/page/early/run.json",
        f"/{TOKEN}/page//etc/passwd",
    ],
)
def test_nothing_else_is_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_it_only_reads(client: TestClient, root: Path) -> None:
    before = sorted(root.rglob("*"))
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, f"/{TOKEN}/page/early").status_code == 405
    client.get(f"/{TOKEN}/page/early")
    assert sorted(root.rglob("*")) == before


def test_another_name_for_this_machine_is_refused(root: Path) -> None:
    elsewhere = TestClient(application(root, TOKEN), base_url="http://rebound.example")
    assert elsewhere.get(f"/{TOKEN}/").status_code == 400


def test_the_address_goes_nowhere_else(client: TestClient) -> None:
    headers = client.get(f"/{TOKEN}/").headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"


def test_a_run_under_way_tells_its_news_and_then_is_gone(tmp_path: Path) -> None:
    with announce(tmp_path / "out", NASTY) as tell:
        assert running(tmp_path)[0]["share"] == 0.0
        time.sleep(0.6)
        tell(datetime(2027, 3, 1), 0.4, "spill: WWTP")
        assert running(tmp_path) == [
            {"name": NASTY, "date": "2027-03-01", "share": 0.4, "news": ["spill: WWTP"]}
        ]
    assert running(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fell_silent_is_not_under_way(tmp_path: Path) -> None:
    file = tmp_path / ".out.running.json"
    file.write_text('{"name": "x"}')
    os.utime(file, (time.time() - 600, time.time() - 600))
    assert running(tmp_path) == []


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve a folder by the command; yields the address it prints."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "twin", "serve", str(root), "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    news(address)  # it has started
    try:
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def test_the_command_serves_and_a_real_run_shows_up_live(root: Path, tmp_path: Path) -> None:
    with serving(root) as address:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{20,}/", address)
        town = write_town(tmp_path / "town")
        command = [sys.executable, "-m", "twin", "run", str(town), "--out", str(root / "live")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        seen = []
        while process.poll() is None:
            seen += [own["name"] for own in news(address)["running"]]
            time.sleep(0.05)
        assert process.returncode == 0
        assert "Town" in seen
        assert "live" in [line["path"] for line in news(address)["shelf"]]


def news(server: str) -> dict[str, list[dict[str, str]]]:
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"{server}news.json", timeout=5) as answer:
                return dict(json.load(answer))
        except OSError:  # it is still starting
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def test_a_damaged_folder_is_told_and_the_list_stands(tmp_path: Path) -> None:
    write_run(tmp_path / "good")
    for name, file, text in (
        ("json", "run.json", "{"),
        ("list", "run.json", "[1]"),
        ("binary", "run.json", "\udcff"),
        ("table", "headroom.csv", "month\n1\n"),
        ("sweep", "sweep.json", "null"),
    ):
        write_run(tmp_path / name)
        if file == "sweep.json":
            (tmp_path / name / "run.json").unlink()
        (tmp_path / name / file).write_text(text, encoding="utf-8", errors="surrogateescape")
    (tmp_path / ".x.running.json").write_text("[1]")
    lines = {line["path"]: line["status"] for line in shelf(tmp_path)}
    assert set(lines) == {"good", "json", "list", "binary", "table", "sweep"}
    assert lines["good"] == "complete"
    assert running(tmp_path) == []
    client = TestClient(application(tmp_path, TOKEN), base_url="http://127.0.0.1:8400")
    assert client.get(f"/{TOKEN}/").status_code == 200
    assert client.get(f"/{TOKEN}/page/good").status_code == 200
    for name in ("json", "list", "binary"):
        assert client.get(f"/{TOKEN}/page/{name}").status_code == 409


def test_a_used_port_is_one_line_and_port_0_says_which_it_took(tmp_path: Path) -> None:
    with bind(0) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "twin", "serve", str(tmp_path), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"--port {port}: Address already in use")
    command[-1] = "0"
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+/[\w-]+/", address)
            with urllib.request.urlopen(address, timeout=30) as answer:  # as soon as it is printed
                assert answer.status == 200
        finally:
            server.kill()


def truncated(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes()[:20] if path.exists() else b"{")


def list_of_lists(path: Path, _: Path) -> None:
    path.write_text("[[1], {}, null]")


def odd_values(path: Path, _: Path) -> None:
    path.write_text('{"name": ["\\ud800", NaN], "status": {"a": 1e999}, "start": 7, "end": null, "plans": 3}')


def directory(path: Path, _: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def pipe(path: Path, _: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def dangling(path: Path, _: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("nowhere")


def linked(path: Path, outside: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(outside / path.name)


def huge(path: Path, _: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def nested(path: Path, _: Path) -> None:
    path.write_text("[" * 200_000)


@pytest.mark.parametrize(
    "damage", [truncated, list_of_lists, odd_values, directory, pipe, dangling, linked, huge, nested]
)
def test_no_kind_of_damage_takes_the_list_down(tmp_path: Path, damage: Callable[[Path, Path], None]) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    write_run(outside, name="a precious name")
    write_run(root / "good")
    files = ("run.json", "metrics.json", "scenario.yaml", "headroom.csv", "monthly.parquet", "assets.csv")
    for file in files:
        damage(write_run(root / f"run {file}") / file, outside)
    for file in ("sweep.json", "runs/part-00000.parquet", "metrics/part-00000.parquet", "checks.json"):
        damage(write_sweep(root / f"sweep {file.replace('/', ' ')}") / file, outside)
    for file in ("comparison.json", "summary.csv"):
        damage(write_comparison(root / f"plans {file}") / file, outside)
    client = TestClient(application(root, TOKEN), base_url="http://127.0.0.1:8400")
    assert client.get(f"/{TOKEN}/").status_code == 200
    told = client.get(f"/{TOKEN}/news.json").json()["shelf"]
    assert len(told) == 1 + len(files) + 4 + 2
    assert next(line["status"] for line in told if line["path"] == "good") == "complete"
    for line in told:
        page = client.get(f"/{TOKEN}/page/{line['path']}")
        assert page.status_code in (200, 409), line["path"]
        assert "a precious name" not in page.text
    assert client.get(f"/{TOKEN}/page/good").status_code == 200


def test_a_folder_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    write_run(outside, name="precious")
    comparison = write_comparison(root / "plans")
    (comparison / "runs" / "linked").symlink_to(outside)
    about = json.loads((comparison / "comparison.json").read_text())
    about["plans"] += ["linked", "../../../outside", str(outside)]
    (comparison / "comparison.json").write_text(json.dumps(about))
    sweep = write_sweep(root / "sweep")
    (sweep / "metrics").rename(tmp_path / "metrics")
    (sweep / "metrics").symlink_to(tmp_path / "metrics")
    client = TestClient(application(root, TOKEN), base_url="http://127.0.0.1:8400")
    assert "precious" not in client.get(f"/{TOKEN}/page/plans").text
    page = client.get(f"/{TOKEN}/page/sweep")
    assert page.status_code == 409 or '"spread":{}' in page.text


def test_names_and_news_of_any_kind_are_listed(tmp_path: Path) -> None:
    write_run(tmp_path / "odd").rename(tmp_path / os.fsdecode(b"odd \xff name"))
    write_run(tmp_path / "<b>")
    for number, text in enumerate(
        ('{"name": "\\ud800", "share": NaN}', '{"news": 3}', "[1]", '{"share": "x"}', "")
    ):
        (tmp_path / f".{number}.running.json").write_text(text)
    os.mkfifo(tmp_path / ".pipe.running.json")
    client = TestClient(application(tmp_path, TOKEN), base_url="http://127.0.0.1:8400")
    assert client.get(f"/{TOKEN}/").status_code == 200
    told = client.get(f"/{TOKEN}/news.json").json()
    assert [own["share"] for own in told["running"]] == [0.0]
    assert {line["path"] for line in told["shelf"]} == {"odd \\udcff name", "<b>"}


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(tmp_path / "good")
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def closed(path: str | Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", closed)
    lines = {line["path"]: line["status"] for line in shelf(tmp_path)}
    assert lines["good"] == "complete"
    assert lines["closed"].startswith("damaged")


def _replace_often(folder: Path, end: float) -> None:
    while time.monotonic() < end:
        write_run(folder)


def test_a_run_is_shown_at_any_moment_while_it_is_replaced(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    client = TestClient(application(tmp_path, TOKEN), base_url="http://127.0.0.1:8400")
    context = multiprocessing.get_context("fork")
    writer = context.Process(target=_replace_often, args=(tmp_path / "run", time.monotonic() + 2.0))
    writer.start()
    while writer.is_alive():
        assert client.get(f"/{TOKEN}/").status_code == 200
        assert client.get(f"/{TOKEN}/news.json").status_code == 200
        assert client.get(f"/{TOKEN}/page/run").status_code in (200, 409)
    writer.join()
    assert writer.exitcode == 0
    assert client.get(f"/{TOKEN}/page/run").status_code == 200


def test_files_are_made_of_results_when_they_are_asked_for(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    write_comparison(tmp_path / "plans")
    before = {path: path.stat().st_mtime for path in tmp_path.rglob("*")}
    client = TestClient(application(tmp_path, TOKEN), base_url="http://127.0.0.1:8400")
    page = client.get(f"/{TOKEN}/page/run")
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"  # the board shows its map
    names = page.text.split('data-files="')[1].split('"')[0].split()
    assert {"tables.xlsx", "map.gpkg"} <= set(names)
    begins = {"tables.xlsx": b"PK", "map.gpkg": b"SQLite", "brief.pdf": b"%PDF", "report.pdf": b"%PDF"}
    for name in names:
        told = client.get(f"/{TOKEN}/files/run", params={"as": name})
        assert told.status_code == 200, told.text
        assert told.content.startswith(begins[name])
        assert told.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    for path, name in (
        ("run", "../run.json"),
        ("run", ""),
        ("plans", "tables.xlsx"),
        ("none", "tables.xlsx"),
    ):
        assert client.get(f"/{TOKEN}/files/{path}", params={"as": name}).status_code == 404, (path, name)
    assert client.get("/wrong/files/run", params={"as": "tables.xlsx"}).status_code == 404
    assert {path: path.stat().st_mtime for path in tmp_path.rglob("*")} == before
    (tmp_path / "run" / "scenario.yaml").write_text("[", encoding="utf-8")
    assert client.get(f"/{TOKEN}/files/run", params={"as": "map.gpkg"}).status_code == 409
