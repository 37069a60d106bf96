"""What is told of an asset's place: one row of a results folder's `assets.csv`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from twin.columns import About, Row


@dataclass(frozen=True, slots=True)
class AssetPlace(Row):
    """Each asset: its place, the nodes it joins, its size, its district and its site."""

    table: ClassVar[str] = "assets"

    asset: Annotated[str, About("address of the asset")]
    network: Annotated[str, About("its utility")]
    kind: Annotated[str, About("kind of asset")]
    x: Annotated[float, About("in the units of the file, or degrees east")]
    y: Annotated[float, About("in the units of the file, or degrees north")]
    start: Annotated[str, About("node that it joins; empty for a node", name="from")]
    end: Annotated[str, About("the other one", name="to")]
    capacity: Annotated[float | None, About("what the file says that it carries or holds", "unit")]
    unit: Annotated[str, About("unit of the capacity")]
    district: Annotated[str, About("the district that it serves")]
    site: Annotated[str, About("the site that brings it into service")]
    retired_by: Annotated[str, About("the site that takes it out of service")]
    placed: Annotated[
        str, About("whose place it is: the file's, a district's, its neighbours' or a layout's")
    ]
    level: Annotated[str, About("what it works at, the levels that it joins: `110/10 kV`")] = ""
    route: Annotated[str, About("points between its ends, as the file draws it: `x y; x y`")] = ""
