"""A road network at one instant as GMNS: node.csv and link.csv in an archive."""

import csv
import zipfile
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from twin.errors import Mistake
from twin.utilities.base import Snapshot, Vector
from twin.utilities.roads.plan import RoadPlan
from twin.utilities.roads.roadworks import Roadworks

_EPOCH = (1980, 1, 1, 0, 0, 0)
_NODE = ("node_id", "x_coord", "y_coord", "zone_id")
_LINK = (
    *("link_id", "from_node_id", "to_node_id", "directed", "length", "lanes", "capacity"),
    *("vdf_alpha", "vdf_beta", "vdf_fftt", "in_service"),
)
_RESULTS = ("volume_veh_per_h", "volume_over_capacity_percent", "travel_time_min", "level_of_service")
Table = tuple[Sequence[str], list[list[Any]]]


class RoadSnapshot:
    """Nodes and links as they stand, with volumes and times of the instant beside each link.

    Parameters
    ----------
    plan, works
        The network and what stands of it.
    of_roads
        Readings, shape (quantities, roads).
    """

    file = "roads.gmns.zip"

    def __init__(self, plan: RoadPlan, works: Roadworks, of_roads: Vector) -> None:
        self._plan, self._works, self._of_roads = plan, works, of_roads

    @property
    def told(self) -> tuple[Mistake, ...]:
        """Return what GMNS does not hold."""
        dark = int((~self._works.lit).sum())
        problem = f"traffic lights of {dark} roads are dark: their capacity is that with lights"
        return (Mistake(self.file, 0, problem),) if dark else ()

    def model(self) -> Any:
        """Return the tables by name, as pandas has them; volumes and times are columns of `link`."""
        import pandas as pd

        tables = {"node": self._nodes(), "link": self._links()}
        return {name: pd.DataFrame(rows, columns=list(columns)) for name, (columns, rows) in tables.items()}

    def series(self, seconds: Sequence[int], later: Sequence[Snapshot]) -> Any:
        """Return nothing: each instant's tables hold its results."""

    def write(self, path: Path) -> None:
        """Write both tables into an archive."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, (columns, rows) in (("node.csv", self._nodes()), ("link.csv", self._links())):
                text = StringIO(newline="")
                writer = csv.writer(text, lineterminator="\n")
                writer.writerow(columns)
                writer.writerows(rows)
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), text.getvalue())

    def _nodes(self) -> Table:
        plan = self._plan
        zones = {node: name for name, node in plan.zones.items()}
        rows = [
            [name, *(place or ("", "")), zones.get(i, "")]
            for i, (name, place) in enumerate(zip(plan.nodes, plan.places, strict=True))
        ]
        return _NODE, rows

    def _links(self) -> Table:
        plan, works = self._plan, self._works
        rows = []
        for i, road in enumerate(plan.roads):
            ends = [plan.nodes[road.tail], plan.nodes[road.head]]
            lanes, open_ = float(works.lanes[i]), bool(works.open[i])
            row = [road.name, *ends, True, road.length_km, lanes, road.capacity / road.lanes]
            row += [road.b, road.power, road.free_min, open_]
            rows.append([*row, *(float(value) for value in self._of_roads[: len(_RESULTS), i])])
        return (*_LINK, *_RESULTS), rows
