"""What a worker does: it keeps a sweep's inputs in a folder of its own and does one run at a time."""

import atexit
import hashlib
import shutil
from dataclasses import dataclass
from os.path import commonpath, normpath
from pathlib import Path
from typing import TYPE_CHECKING

from twin.program import program
from twin.scratch import scratch
from twin.simulation.batch import process_runner
from twin.sweep.runs import Plan, Planned

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of a sweep, as they travel to workers.

    Attributes
    ----------
    digest
        Names these inputs.
    scenario
        The YAML file's path among `files`.
    files
        Content by path.
    tables
        What to bring back of each run.
    program
        The version of the program that the results are known by.
    """

    digest: str
    scenario: str
    files: dict[str, bytes]
    tables: tuple[str, ...]
    program: str


@dataclass(frozen=True, slots=True)
class Done:
    """What comes back from a run.

    Attributes
    ----------
    status
        ``complete``, ``unsolved`` or ``unbalanced``.
    tables
        ``metrics`` and what was asked for, each with a first column `run_id`.
    """

    status: str
    reason: str
    wall_s: float
    tables: "dict[str, pa.Table]"
    warnings: tuple[str, ...] = ()


class OtherProgram(Exception):
    """A worker whose results would not be comparable."""


def gather(plan: Plan) -> Inputs:
    """Read a plan's files so that they can travel."""
    places = {_place(path, plan.base.folder): path for path in plan.files}
    root = Path(commonpath([place.parent for place in places]))
    files = {place.relative_to(root).as_posix(): path.read_bytes() for place, path in places.items()}
    scenario = (plan.base.folder.resolve() / plan.base.file).relative_to(root).as_posix()
    digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
    return Inputs(digest, scenario, files, plan.sweep.asked.tables, program())


def _place(path: Path, folder: Path) -> Path:
    """Return where a file lies by the name that its scenario has for it, which may be a link's."""
    if path.is_relative_to(folder):
        return Path(normpath(folder.resolve() / path.relative_to(folder)))
    return path.resolve()


_folders: dict[str, Path] = {}


def do(inputs: Inputs, planned: Planned) -> Done:
    """Do a run.

    Raises
    ------
    OtherProgram
        If this worker has another version of the program than the one that asks.
    InvalidInput
        If the scenario cannot be run with these overrides.
    """
    if program() != inputs.program:
        raise OtherProgram(f"the worker has {program()}, this sweep {inputs.program}")
    from twin.scenario import load_scenario
    from twin.scenario.reach import ANYWHERE
    from twin.scenario.schema import unrecorded
    from twin.sweep.tables import run_tables

    scenario = load_scenario(_unpacked(inputs), planned.overrides, ANYWHERE)
    run = process_runner().run(scenario if "hourly" in inputs.tables else unrecorded(scenario))
    tables = run_tables(run, planned.run_id, inputs.tables)
    return Done(run.status, run.reason, run.wall_s, tables, run.warnings)


def _unpacked(inputs: Inputs) -> Path:
    """Return the path of the scenario in this process's copy of the inputs."""
    if inputs.digest not in _folders:
        _clear()
        folder = scratch("inputs")
        for name, content in inputs.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        _folders[inputs.digest] = folder
    return _folders[inputs.digest] / inputs.scenario


@atexit.register
def _clear() -> None:
    for folder in _folders.values():
        shutil.rmtree(folder, ignore_errors=True)
    _folders.clear()
