"""A finished run in memory, and the folder it is saved to."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from twin.cells import write_table
from twin.columns import Row
from twin.errors import InvalidInput, Mistake
from twin.program import program
from twin.results.declarations import declarations
from twin.results.folders import NO_ROOM, SAVING_S, destination, locked, replacing
from twin.results.formats import FORMAT, read_object, refuse_other
from twin.results.frames import Frames
from twin.results.hourly import Recorded
from twin.results.instants import (
    Again,
    Instant,
    full_hours,
    parse_instant,
    read_hours,
    read_instant,
    worst_of,
)
from twin.results.manifest import refuse_strangers
from twin.results.monthly import MonthStatistics, monthly_table
from twin.results.solved import Gap
from twin.results.summary import summary
from twin.results.tables import BoundRow, Hourly, Monthly
from twin.scenario import dump_resolved, input_files
from twin.scenario.asset_place import AssetPlace
from twin.scenario.currency import told
from twin.scenario.geography import locate
from twin.scenario.schema import Scenario
from twin.text import read_json
from twin.utilities.base import Signal

if TYPE_CHECKING:
    pass

R = TypeVar("R", bound=Row)
_PACKAGES = ("twin", "pandapower", "owa-epanet", "lightsim2grid", "simpy", "numpy", "scipy", "pyarrow")


@dataclass(frozen=True, slots=True, repr=False)
class Run(Frames):
    """One result: what `simulation.run` returns and `save` writes.

    Attributes
    ----------
    status
        ``complete``; ``unsolved``: 24 hours in a row had no solution, which ended it, or more than 1 % of a
        network's hours; ``unbalanced``: a network's balance is open. ``reason`` says why.
    gaps
        By network, the hours that had no solution.
    warnings
        A line for each thing to be told beside the figures.
    metrics
        Name to number, units in the names; finite, and without those of a network that was mostly unsolved.
    months
        Statistics by month, in the order of ``signals``.
    told
        What pages need of each metric that the run can have: unit, which way is better, decimals, its place
        among the headlines and among those that decide between plans; 0 for none.
    tables
        Rows by table: those of every run, and those of its utilities.
    coupled_hours
        Hours of the counted days and of those that settle before them.
    wall_s
        Seconds the simulation took.
    days_found
        How many days were kept from other runs, and not simulated again.
    recorded
        What `record` wanted kept, in files that go with the run; None for nothing.
    again
        Walks to its instants again; None where nothing can.
    """

    scenario: Scenario
    status: str
    reason: str
    signals: tuple[Signal, ...]
    metrics: dict[str, float]
    told: Mapping[str, Mapping[str, Any]]
    months: Sequence[MonthStatistics]
    tables: Mapping[type[Row], Sequence[Row]]
    coupled_hours: int
    wall_s: float
    gaps: tuple[Gap, ...] = ()
    ended_early: bool = False
    warnings: tuple[str, ...] = ()
    days_found: int = 0
    recorded: Recorded | None = None
    again: Again | None = field(default=None, compare=False, repr=False)

    def rows(self, table: type[R]) -> Sequence[R]:
        """Return the rows of a table, none where the run has no such table."""
        return cast(Sequence[R], self.tables.get(table, ()))

    @property
    def networks(self) -> list[str]:
        """Return the networks that were opened."""
        return list(dict.fromkeys(signal.asset.split("/")[0] for signal in self.signals))

    @property
    def left_out(self) -> set[str]:
        """Return the networks that were mostly unsolved."""
        return {gap.network for gap in self.gaps if gap.mostly}

    def not_computed(self, network: str) -> str:
        """Return why a network has no metrics, empty if it has."""
        if self.ended_early:
            return "the run ended before its time"
        return next((gap.share for gap in self.gaps if gap.network == network and gap.mostly), "")

    def at(self, instant: str | date) -> Instant:
        """Return the networks at an instant as their users' tools know them, solved.

        Raises
        ------
        InvalidInput
            If it was not simulated, with the nearest that was.
        """
        return read_instant(self._again(), parse_instant(instant))

    def worst(self, asset: str = "") -> datetime:
        """Return the instant at which an asset came closest to its limit, or farthest beyond it.

        Parameters
        ----------
        asset
            Its address; empty for the worst of all.

        Raises
        ------
        InvalidInput
            If it has no limit.
        """
        return self._again().worst(worst_of(self.scenario, monthly_table(self), self.rows(BoundRow), asset))

    def wntr_results(self, start: str | date, end: str | date, network: str = "") -> Any:
        """Return the full hours from one instant until before another as `wntr.sim.SimulationResults`.

        Its times are seconds since the start of the scenario.

        Parameters
        ----------
        network
            Which one; empty for the first that has such results.

        Raises
        ------
        InvalidInput
            For hours that were not simulated.
        """
        began = datetime.combine(self.scenario.start, time())
        hours = full_hours(parse_instant(start), parse_instant(end))
        again = self._again()
        return read_hours(again, began, hours, network or again.apart(hours))

    def _again(self) -> Again:
        if self.again is None:
            raise InvalidInput(
                [Mistake(self.scenario.name, 0, "this run cannot be walked again", "twin.run")]
            )
        return self.again

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write the results folder, like `twin.save`."""
        return save(self, Path(folder), force=force)

    def _lines(self) -> list[tuple[str, str]]:
        return [("run", self.scenario.name), *summary(self)]

    def _content(self, table: type[Row]) -> Any:
        if table is Monthly:
            return monthly_table(self)
        if table is AssetPlace:
            return locate(self.scenario)
        recorded = None if table is not Hourly or self.recorded is None else self.recorded.read()
        return self.rows(table) if recorded is None else recorded


def timestamp(scenario: Scenario, seconds: int) -> str:
    """Return the instant so many seconds after the scenario's start, ISO 8601."""
    start = datetime.combine(scenario.start, time())
    return (start + timedelta(seconds=seconds)).isoformat(timespec="minutes")


def refuse(scenario: Scenario, folder: Path, force: bool = False) -> None:
    """Refuse a target that a run of this scenario must not replace; best before it runs.

    Raises
    ------
    FileExistsError
        If it cannot be replaced, holds what is not ours, or the results of another scenario.
    OSError
        If nothing can be written there.
    """
    target = destination(folder)
    if target.is_dir() and scenario.folder.resolve().is_relative_to(target.resolve()):
        raise FileExistsError(f"{folder} holds the scenario itself; choose another with --out")
    refuse_strangers(target, "run.json", force)
    if force or not (target / "run.json").is_file():
        return
    try:
        before = read_object(target / "run.json")
    except InvalidInput:
        before = {"name": "a file that cannot be read"}
    was = str(before.get("name")), before.get("scenario", _place(scenario, target))
    if was != (scenario.name, _place(scenario, target)):
        raise FileExistsError(
            f"{folder} holds results of another scenario, {was[0]} ({was[1]}); choose another with --out, "
            "or replace them with --force"
        )


def _place(scenario: Scenario, folder: Path) -> str:
    """Return where the scenario's file lies, seen from its results, which may move together."""
    return Path(os.path.relpath((scenario.folder / scenario.file).resolve(), folder.resolve())).as_posix()


def save(
    run: Run, folder: Path, *, force: bool = False, tell: Callable[[str], None] = lambda _: None
) -> Path:
    """Write a run's results folder, replacing what stood there.

    Everything is written to a folder beside the target and exchanged with it, so that a killed run leaves
    the old results or the new ones, never a part.

    Parameters
    ----------
    force
        Replace results of another scenario too; what is not ours is kept.
    tell
        Called with a line for what could not be written; the rest is saved.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    FileExistsError
        If the target must not be replaced.
    """
    folder = Path(folder)
    place = destination(folder)
    with locked(place, wait_s=SAVING_S):
        refuse(run.scenario, folder, force)
        with replacing(folder, force) as staging:
            _write(run, staging, place, tell)
    return folder


def _write(run: Run, folder: Path, target: Path, tell: Callable[[str], None]) -> None:
    import pyarrow.parquet as pq

    missing, currency = [], run.scenario.currency
    try:
        write_table(folder / "assets.csv", AssetPlace, locate(run.scenario))
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise
        missing.append(f"assets.csv: not written, so there is no map: {type(error).__name__}: {error}")
        tell(missing[-1])
    about = _provenance(run, target) | {"warnings": [*run.warnings, *missing]}
    (folder / "run.json").write_text(_json(about), encoding="utf-8")
    (folder / "metrics.json").write_text(_json(run.metrics), encoding="utf-8")
    (folder / "scenario.yaml").write_text(dump_resolved(run.scenario), encoding="utf-8")
    pq.write_table(monthly_table(run), folder / "monthly.parquet")
    if run.recorded is not None:
        run.recorded.save(folder)
    for table, rows in run.tables.items():
        write_table(folder / f"{table.table}.csv", table, rows, lambda name: told(name, currency))


def _provenance(run: Run, target: Path) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "status": run.status,
        "reason": run.reason,
        "unsolved": [asdict(gap) for gap in run.gaps],
        "ended_early": run.ended_early,
        "not_computed": {name: why for name in run.networks if (why := run.not_computed(name))},
        "name": run.scenario.name,
        "scenario": _place(run.scenario, target),
        "start": run.scenario.start.isoformat(),
        "end": run.scenario.end.isoformat(),
        "days": run.scenario.days,
        "seed": run.scenario.seed,
        "currency": run.scenario.currency,
        "overrides": list(run.scenario.overrides),
        "utilities": declarations(run.networks, run.scenario.currency),
        "metrics": dict(run.told),
        "coupled_hours": run.coupled_hours,
        "versions": versions(),
        "program": program(),
        "inputs_sha256": input_digests(run.scenario),
        "wall_s": round(run.wall_s, 3),
    }


def input_digests(scenario: Scenario) -> dict[str, str]:
    """Return SHA-256 of each file a scenario was loaded from, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in input_files(scenario)}


def versions() -> dict[str, str]:
    """Return the versions of the program and its engines."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def read_summary(folder: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Read ``metrics.json`` of a run or a sweep: by cell, metric and statistic.

    A run is one cell, ``all``, and its statistics have no name.

    Raises
    ------
    InvalidInput
        If there is none, or it is of another format.
    """
    path = folder / "metrics.json"
    if not path.is_file():
        raise InvalidInput(
            [Mistake(str(path), 0, "no such file", "a folder of results, or its metrics.json")]
        )
    refuse_other(folder)
    content: dict[str, Any] = read_json(path, "twin run")
    if any(isinstance(value, dict) for value in content.values()):
        return content
    return {"all": {name: {"": value} for name, value in content.items()}}


def _json(value: object) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()  # a folder's name may be no text
