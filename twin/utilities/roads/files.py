"""Which files make up a road network, and in which form they are."""

from pathlib import Path
from typing import Any, cast

from twin.errors import InvalidInput, Mistake
from twin.utilities.roads.gmns import read_gmns
from twin.utilities.roads.plan import RoadPlan
from twin.utilities.roads.settings import RoadsSettings
from twin.utilities.roads.tntp import ENDING, read_tntp

HERE = "roads"
GMNS_NODES = "node.csv"


def beside(settings: RoadsSettings) -> dict[str, str]:
    """Return the files that a network consists of beside its links, by the setting that names them."""
    nodes = settings.nodes or ("" if settings.file.lower().endswith(ENDING) else GMNS_NODES)
    named = {"nodes": nodes, "trips": settings.trips}
    return {key: name for key, name in named.items() if name}


def read_plan(path: Path, settings: RoadsSettings, folder: Path) -> RoadPlan:
    """Return a network.

    Parameters
    ----------
    folder
        Of the scenario, in which the other files are named.

    Raises
    ------
    InvalidInput
        With every mistake in its files.
    """
    others = {key: folder / name for key, name in beside(settings).items()}
    ending = path.suffix.lower()
    if ending == ENDING:
        return read_tntp(path, others.get("nodes"), others.get("trips"), settings.minutes_per_unit)
    if ending != ".csv":
        raise InvalidInput(
            [Mistake(path.name, 0, f"ends in {ending or 'nothing'}", f"{ENDING} or .csv (GMNS)")]
        )
    return read_gmns(path, others["nodes"], others.get("trips"))


def plan_of(path: Path, scenario: object) -> RoadPlan:
    """Return the network of a scenario, like `read_plan`."""
    return read_plan(path, settings_of(scenario), cast(Any, scenario).folder)


def settings_of(scenario: object) -> RoadsSettings:
    """Return what a scenario says of its roads; those of one without any."""
    return cast(RoadsSettings, cast(Any, scenario).simulated.get(HERE, RoadsSettings()))


def node_name(plan: RoadPlan, node: int, zones: dict[int, str]) -> str:
    """Return the address of a node: that of the zone whose trips begin there, if there is one."""
    return f"{HERE}/{zones[node]}" if node in zones else f"{HERE}/node {plan.nodes[node]}"
