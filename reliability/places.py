"""Folders in which the program is tried: a small town, its sweep and its orders; and what they hold after."""

import io
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reliability.started import finish
from tests.orders_town import write_orders_town
from tests.town import write_town
from twin.results.manifest import MANIFEST

SWEEP = """
name: town
scenario: town
tables: [headroom, unserved]
matrix:
  pumps:
    fed: {}
    cut: {outages.0.hours: 12}
uncertain:
  method: sobol
  samples: 2
  variables:
    use: {multiply: norms.water_l_per_person_day.*.value, uniform: {low: 0.9, high: 1.2}}
"""
_PLAIN = "plain"
_GIVEN = ("town", "orders", "sweep.yaml", "tmp")
_TIME = re.compile(rb'"wall_s":\s*[0-9.e+-]+')
_WAY = re.compile(rb'("scenario": ")(?:\.\./)+')
"""The way from results to their scenario, which is longer from a deeper folder."""
Content = Mapping[str, bytes]
_warm: list[bool] = []
_undisturbed: dict[str, tuple[dict[str, bytes], float]] = {}


@contextmanager
def place() -> Iterator[Path]:
    """Yield a folder with the scenarios, everything of the program imported and compiled."""
    with tempfile.TemporaryDirectory(prefix="reliability-") as name:
        folder = Path(name) / "place"
        folder.mkdir()
        Path(name).chmod(0o777)
        write_town(folder / "town")
        write_orders_town(folder / "orders")
        shorten(folder / "town" / "scenario.yaml", "2026-05-07", "2026-05-06")
        shorten(folder / "orders" / "scenario.yaml", "2027-01-01", "2026-09-01")
        (folder / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
        warm(folder)
        yield folder


def shorten(file: Path, end: str, earlier: str) -> None:
    """Let a scenario end earlier."""
    file.write_text(file.read_text(encoding="utf-8").replace(f"end: {end}", f"end: {earlier}"), "utf-8")


def warm(folder: Path) -> None:
    """Import and compile what a run needs, once in this process."""
    if _warm:
        return
    _warm.append(True)
    import twin.report
    import twin.report.figures
    import twin.results.run
    import twin.simulation.clock
    import twin.sweep.querying
    from twin.scenario import load_scenario
    from twin.sweep import Plan, Sweep

    out = folder.parent / "warm"
    for name in ("town", "orders"):
        twin.results.run.save(twin.simulation.clock.run(load_scenario(folder / name)), out)
        twin.report.write_report(out)
        twin.report.figures.write_figures(out)
        shutil.rmtree(out)
    list(Plan(Sweep(folder / "sweep.yaml")).runs())


def content(folder: Path) -> dict[str, bytes]:
    """Return the content of each file, without what tells the time that it took."""
    return {
        path.relative_to(folder).as_posix(): _timeless(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def beside(folder: Path) -> set[str]:
    """Return what stands in a place that was not given, and what is left of temporary files."""
    left = {f"tmp/{path.name}" for path in (folder / "tmp").glob("*")}
    return {path.name for path in folder.iterdir() if path.name not in _GIVEN} | left


def left_by(folder: Path, said: str) -> set[str]:
    """Return what is left beside results by programs of which the last said this.

    One that finds all done opens no network, and leaves temporary files of killed ones to the next that does.
    """
    return {name for name in beside(folder) if not (" 0 complete" in said and name.startswith("tmp/"))}


def part_of(found: Content, least: Content, most: Content) -> bool:
    """Tell whether files are those of a run, and perhaps of its page; each whole."""
    names = {name for name in found if not _passing(name)}
    listed = {MANIFEST}
    return least.keys() <= names <= most.keys() and all(found[name] == most[name] for name in names - listed)


def undisturbed(folder: Path, words: list[str]) -> tuple[dict[str, bytes], float]:
    """Return what a command writes elsewhere, which nothing disturbs, and how long it takes.

    It is the same in every place.
    """
    key = " ".join(words)
    if key not in _undisturbed:
        _undisturbed[key] = _written(folder, words)
    return _undisturbed[key]


def _written(folder: Path, words: list[str]) -> tuple[dict[str, bytes], float]:
    ended = finish(folder, [_PLAIN if word == "out" else word for word in words], before=inline)
    if ended.code:
        raise RuntimeError(f"{' '.join(words)}: {ended}")
    found = content(folder / _PLAIN)
    shutil.rmtree(folder / _PLAIN)
    return found, ended.took_s


class Inline:
    """Does the tasks of a sweep at once, in this process."""

    window = 1

    def submit(self, function: Callable[[Any], Any], task: Any) -> "Future[Any]":
        """Return what is done already."""
        from twin.simulation.batch import guarded

        future: Future[Any] = Future()
        future.set_result(guarded(function, task))
        return future


def inline() -> None:
    """Let sweeps of this process have no worker processes."""
    from contextlib import nullcontext

    from twin.cli import sweep as cli_sweep

    cli_sweep._workers = lambda *_: nullcontext(Inline())  # type: ignore[assignment]


def _passing(name: str) -> bool:
    """Tell a file that was being written beside its target, which the next program removes."""
    return name.rpartition("/")[2].startswith(".")


def _timeless(path: Path) -> bytes:
    if path.suffix == ".parquet" and path.parent.name == "runs":
        import pyarrow.parquet as pq

        table = pq.ParquetFile(io.BytesIO(path.read_bytes())).read()
        return repr(table.drop_columns(["wall_s"]).to_pylist()).encode()
    return _WAY.sub(rb"\1", _TIME.sub(b"", path.read_bytes()))
