"""How a scenario is begun around a road network of one's own."""

import json
import shutil
from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.utilities.names import AssetNames
from twin.utilities.roads.files import GMNS_NODES, HERE, read_plan
from twin.utilities.roads.settings import RoadsSettings
from twin.utilities.scaffold import Guess, Scaffold, Taken, Together, Written

_TRIPS, _NODES = "trips", "nodes"
_SECTION = """\
  roads:
    file: {file}   # a copy of yours
{others}    minutes_per_unit: 1       # of the times in a TNTP file, which has no units; a guess
    max_volume_over_capacity_percent: 100   # highest volume of a road over its capacity; a guess
"""


class RoadsScaffold(Scaffold):
    """Copies the files of links, nodes and trips into a folder of their own."""

    about = "Road network: TNTP, or GMNS link.csv with node.csv beside it."
    beside = {_TRIPS: "Trips of the road network in an hour: TNTP, or a CSV with o_zone_id,d_zone_id,volume."}
    file = HERE
    guesses = (
        Guess("road limit", "100 % of capacity", "set `max_volume_over_capacity_percent`", 30.0),
        Guess("units of time", "minutes", "TNTP files have none; set `minutes_per_unit`", 60.0),
        Guess(
            "trips",
            "those of the file, the same in every hour",
            "population.csv, norms.csv and demand_points.csv make trips of people",
            45.0,
        ),
    )

    def take(self, given: object, folder: Path) -> Taken:
        """Return files, each in a folder called by what it holds."""
        together = given if isinstance(given, Together) else Together(super().take(given, folder).path, {})
        others = dict(together.beside)
        nodes = together.path.parent / GMNS_NODES
        if together.path.suffix.lower() == ".csv":
            if not nodes.is_file():
                raise InvalidInput([Mistake(GMNS_NODES, 0, "no such file", "the nodes beside the links")])
            others[_NODES] = nodes
        for what, path in {"file": together.path, **others}.items():
            place = folder / HERE / what
            place.mkdir(parents=True)
            shutil.copyfile(path, place / path.name)
        return Taken(folder / HERE / "file" / together.path.name)

    def read(self, path: Path) -> AssetNames:
        """Return the names of roads and zones.

        Raises
        ------
        InvalidInput
            With every mistake in the files.
        """
        root = path.parents[1]
        plan = read_plan(path, RoadsSettings.model_validate(_settings(path)), root)
        return AssetNames(
            {
                "road": {f"{HERE}/{road.name}" for road in plan.roads},
                "zone": {f"{HERE}/{zone}" for zone in plan.zones},
            }
        )

    def write(self, source: Path, folder: Path, others: AssetNames) -> Written:
        """Copy the files."""
        settings = _settings(source)
        for name in settings.values():
            (folder / HERE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source.parents[1] / name, folder / HERE / name)
        named = {key: json.dumps(f"{HERE}/{name}", ensure_ascii=False) for key, name in settings.items()}
        lines = "".join(f"    {key}: {named[key]}\n" for key in (_NODES, _TRIPS) if key in named)
        return Written(list(self.guesses), section=_SECTION.format(file=named["file"], others=lines))


def _settings(path: Path) -> dict[str, str]:
    """Return the files that were taken, as settings name them from the folder around theirs."""
    found = {"file": f"file/{path.name}"}
    for what in (_NODES, _TRIPS):
        for one in sorted((path.parents[1] / what).glob("*")):
            found[what] = f"{what}/{one.name}"
    return found
