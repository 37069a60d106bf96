"""An instant of a saved run as native files."""

import hashlib
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from twin.errors import InvalidInput, Mistake
from twin.program import program
from twin.results.folders import destination, replacing
from twin.results.formats import own, read_about, read_table
from twin.results.instants import Again, parse_instant, worst_of
from twin.results.run import input_digests, versions
from twin.results.tables import BoundRow
from twin.scenario.loading import load_scenario
from twin.scenario.reach import Reach
from twin.scenario.schema import Scenario
from twin.simulation.clock import Clock
from twin.simulation.instants import Walk
from twin.simulation.store import Store
from twin.text import read_bytes

WORST = "worst"
_ABOUT = "snapshot.json"


class Written(NamedTuple):
    """A snapshot on disk: when, its files, and what they cannot show."""

    time: datetime
    files: tuple[str, ...]
    told: tuple[Mistake, ...]


def write_snapshot(
    results: Path, at: str, asset: str, out: Path, reach: Reach, store: Store | None = None
) -> Written:
    """Write an instant of a saved run as native files, with ``snapshot.json`` that tells what it is.

    Parameters
    ----------
    results
        The run's folder, which names the scenario.
    at
        The instant in ISO 8601, or ``worst``.
    asset
        With ``worst``: whose; empty for the worst of all limits.
    out
        To be written; what stands there goes if it is a snapshot.
    reach
        Which files the scenario may read.
    store
        Where days may be found.

    Raises
    ------
    InvalidInput
        If the scenario is gone or has changed, or the instant was not simulated.
    FileExistsError
        If the target holds something else.
    """
    if asset and at != WORST:
        raise InvalidInput([Mistake(asset, 0, "an asset is for its worst hour", f"--at {WORST}")])
    destination(out)
    about = read_about(results, "run")
    scenario = scenario_of(results, about, reach)
    again = Walk(Clock, scenario, store)
    instant = _worst(scenario, results, asset, again) if at == WORST else parse_instant(at)
    (snapshots,) = again.snapshots([instant])
    with replacing(out) as staging:
        for one in snapshots.values():
            one.write(staging / one.file)
        told = tuple(mistake for one in snapshots.values() for mistake in one.told)
        files = {name: one.file for name, one in snapshots.items()}
        content = {
            "time": instant.isoformat(),
            "of": {"at": at, "asset": asset},
            "scenario": scenario.name,
            "results": Path(os.path.relpath(results.resolve(), out.resolve())).as_posix(),
            "files": files,
            "cannot_show": [str(mistake) for mistake in told],
            "versions": versions(),
            "program": program(),
        }
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (staging / _ABOUT).write_text(text, encoding="utf-8", errors="backslashreplace")
    changed = () if about.get("program") == program() else (_of_another(results),)
    return Written(instant, (*files.values(), _ABOUT), (*changed, *told))


def scenario_of(results: Path, about: dict[str, Any], reach: Reach) -> Scenario:
    """Return the scenario of saved results, as it was when they were made.

    Raises
    ------
    InvalidInput
        If it is gone, or one of its files is another now.
    """
    before = about.get("inputs_sha256")
    path = Path(os.path.normpath(results / str(about.get("scenario", ""))))
    if not isinstance(before, dict) or not path.is_file():
        problem = f"the scenario that made these results is gone: {path}"
        raise InvalidInput([Mistake(str(results), 0, problem, "run it again")])
    # before it is read at all: results from elsewhere could name any file
    if before.get(path.name) != hashlib.sha256(read_bytes(path)).hexdigest():
        raise _changed(results, [path.name])
    overrides = [str(override) for override in about.get("overrides", ())]
    scenario = load_scenario(path if path.name != "scenario.yaml" else path.parent, overrides, reach)
    now = input_digests(scenario)
    names = sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
    if names:
        raise _changed(results, names)
    return scenario


def _changed(results: Path, names: list[str]) -> InvalidInput:
    problem = f"the scenario has changed since these results were made: {', '.join(names)}"
    return InvalidInput([Mistake(str(results), 0, problem, "run it again")])


def _of_another(results: Path) -> Mistake:
    problem = "these results are of another version of the program; the instant is of this one"
    return Mistake(str(results), 0, problem, "run it again")


def _worst(scenario: Scenario, results: Path, asset: str, again: Again) -> datetime:
    """Return when an asset, or any, was worst, by the statistics of a saved run."""
    import pyarrow.parquet as pq

    bounds = [
        BoundRow(row["asset"], row["quantity"], row["unit"], _number(row["lower"]), _number(row["upper"]))
        for row in read_table(results / "bounds.csv")
    ]
    path = results / "monthly.parquet"
    try:
        monthly = pq.read_table(own(path) or path)
    except (OSError, ValueError) as error:
        raise InvalidInput([Mistake(str(path), 0, f"cannot be read: {error}", "run it again")]) from None
    return again.worst(worst_of(scenario, monthly, bounds, asset))


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
