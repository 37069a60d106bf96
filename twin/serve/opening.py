"""What `twin serve` was given: a scenario, a run of one, or a folder of results."""

from dataclasses import dataclass
from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.report.folder import kind_of
from twin.results.formats import read_about
from twin.scenario.reach import Reach
from twin.scenario.variants import FOLDER
from twin.serve.desk import Desk
from twin.simulation.snapshot import scenario_of

_PLAIN = "a scenario, or a run of one"


@dataclass(frozen=True, slots=True)
class Served:
    """What is served.

    Attributes
    ----------
    results
        Folder whose results are listed.
    desk
        The scenario and its variants, None where results are shown alone.
    """

    results: Path
    desk: Desk | None = None


def opened(place: Path, variants: Path | None, results: Path | None, read_only: bool, reach: Reach) -> Served:
    """Return what is to be served.

    A run whose scenario is gone, or has changed since, is shown alone.

    Raises
    ------
    InvalidInput
        If it is nothing that can be served, or its scenario cannot be loaded.
    """
    scenario, overrides = place, tuple[str, ...]()
    if not read_only and kind_of(place) == "run":
        found = _scenario_of(place, reach)
        if found is None:
            return Served(place.resolve())
        scenario, overrides = found
    elif read_only or not _is_scenario(place):
        if not place.is_dir():
            raise InvalidInput(
                [Mistake(str(place), 0, "no folder here", "a scenario, or a folder of results")]
            )
        if variants or results:
            name = "--variants" if variants else "--results"
            raise InvalidInput([Mistake(name, 0, "nothing is written here", _PLAIN)])
        return Served(place.resolve())
    beside = scenario if scenario.is_dir() else scenario.parent
    name = beside.resolve().name if scenario.is_dir() else f"{beside.resolve().name}-{scenario.stem}"
    kept = (results or Path("results") / f"board-{name}").absolute()
    return Served(kept, Desk(scenario, (variants or beside / FOLDER).absolute(), reach, overrides))


def _is_scenario(place: Path) -> bool:
    return (place / "scenario.yaml").is_file() if place.is_dir() else place.suffix in (".yaml", ".yml")


def _scenario_of(run: Path, reach: Reach) -> tuple[Path, tuple[str, ...]] | None:
    """Return the scenario of a saved run and the overrides it had, None if it is not what it was."""
    try:
        about = read_about(run, "run")
        scenario = scenario_of(run, about, reach)
    except InvalidInput:
        return None
    file = scenario.folder / scenario.file
    return (file.parent if file.name == "scenario.yaml" else file), scenario.overrides
