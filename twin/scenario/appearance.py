"""What pages show of a scenario beside its numbers: other languages, the land beneath."""

from typing import Annotated, Literal

from pydantic import Field

from twin.model import Model

Longitude = Annotated[float, Field(ge=-180.0, le=180.0)]
Latitude = Annotated[float, Field(ge=-90.0, le=90.0)]


class Name(Model):
    """A name of the scenario in other languages; pages in a language without one show it as it is."""

    en: str = ""
    ru: str = ""
    kk: str = ""


class Shape(Model):
    """A feature of ``background.geojson``: what a map shows beneath the networks."""

    kind: Literal["outline", "lake", "river", "motorway", "railway", "place"]
    name: str = ""
    filled: bool = False
    """A polygon: its first part is the outside, the others are holes."""
    parts: tuple[tuple[tuple[Longitude, Latitude], ...], ...]
    """Lines of longitude and latitude, degrees."""
