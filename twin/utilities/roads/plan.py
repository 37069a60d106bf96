"""A road network as its file has it: nodes, zones, links, trips."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import NamedTuple

import numpy as np

from twin.errors import Mistake
from twin.utilities.base import Mask, Vector
from twin.utilities.places import Point

MOST_ZONES = 5_000
"""A table of trips has a cell for each pair."""
MOST_NODES = 1_000_000
MOST_TOLD = 100
"""Mistakes of one file; a file with more is of another kind."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)


class Road(NamedTuple):
    """One link in one direction.

    Attributes
    ----------
    tail, head
        Numbers of its nodes.
    capacity
        Vehicles per hour of all its lanes.
    line
        Where it stands in the file.
    route
        The points between its nodes, as the file draws it.
    """

    name: str
    tail: int
    head: int
    length_km: float
    lanes: float
    capacity: float
    free_min: float
    b: float
    power: float
    in_service: bool
    line: int
    route: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class RoadPlan:
    """What the files of a road network say.

    Attributes
    ----------
    nodes, places
        Names of nodes and where they lie.
    zones
        By name, the number of the node at which its trips begin and end.
    trips
        Vehicles in an hour from zone to zone, shape (zones, zones).
    no_way_through
        By node.
    warnings
        What of the files is not used.
    """

    nodes: tuple[str, ...]
    places: tuple[Point | None, ...]
    zones: dict[str, int]
    roads: tuple[Road, ...]
    trips: Vector
    no_way_through: Mask
    warnings: tuple[Mistake, ...] = field(default=())

    def reached(self) -> "Reach":
        """Return what tells which zones can be reached from which."""
        return Reach(self)


class Reach:
    """Which zones can be reached from a zone over any road of the file, in service or not."""

    def __init__(self, plan: RoadPlan) -> None:
        self._plan = plan
        self._out = _neighbours(plan, [(road.tail, road.head) for road in plan.roads])
        self._through = [[] if blocked else self._out[i] for i, blocked in enumerate(plan.no_way_through)]
        self._zones = np.fromiter(plan.zones.values(), dtype=np.int64, count=len(plan.zones))
        # where all zones hang on one node, as in most networks, two searches tell it of all of them
        hub = max(range(len(plan.nodes)), key=lambda node: len(self._through[node]), default=0)
        back = [(road.head, road.tail) for road in plan.roads if not plan.no_way_through[road.tail]]
        self._to_hub = _search(_neighbours(plan, back), [hub])
        self._hub_leads_to_all = bool(_search(self._through, [hub])[self._zones].all())

    def of(self, zone: str) -> Mask:
        """Return by zone whether a way leads there."""
        node = self._plan.zones[zone]
        if self._hub_leads_to_all and any(self._to_hub[head] for head in self._out[node]):
            return np.ones(len(self._zones), dtype=bool)
        found = _search(self._through, self._out[node])
        found[node] = True
        return np.asarray(found[self._zones])


def _neighbours(plan: RoadPlan, pairs: list[tuple[int, int]]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in plan.nodes]
    for begin, end in pairs:
        found[begin].append(end)
    return found


def _search(neighbours: list[list[int]], begin: list[int]) -> Mask:
    """Return which nodes can be reached from some."""
    found = np.zeros(len(neighbours), dtype=bool)
    found[begin] = True
    ahead = list(dict.fromkeys(begin))
    while ahead:
        for node in neighbours[ahead.pop()]:
            if not found[node]:
                found[node] = True
                ahead.append(node)
    return found


class Told:
    """Mistakes of one file, up to a number of use."""

    def __init__(self, file: str, mistakes: list[Mistake]) -> None:
        self.file, self._mistakes, self._count = file, mistakes, 0

    def add(self, line: int, problem: str, remedy: str = "") -> None:
        """Note a mistake."""
        self._count += 1
        if self._count == MOST_TOLD + 1:
            self._mistakes.append(
                Mistake(self.file, line, "and more mistakes from here on", "is it such a file?")
            )
        elif self._count <= MOST_TOLD:
            self._mistakes.append(Mistake(self.file, line, problem, remedy))

    def number(self, text: str, what: str, line: int, least: float = 0.0, above: bool = False) -> float:
        """Return a number from `least` on, or `above` it; note what is none."""
        text = text.strip()
        value = float(text) if _NUMBER.fullmatch(text) else float("nan")
        if not isfinite(value) or abs(value) > 1e15:
            self.add(line, f"{what} is {text or 'empty'}", "a number")
        elif value < least or (above and value == least):
            self.add(line, f"{what} is {text}", f"above {least:g}" if above else f"{least:g} or more")
        else:
            return value
        return float("nan")

    def count(self, text: str, what: str, line: int, most: int) -> int:
        """Return a whole number from 1 to `most`, 0 for what is none; note that."""
        text = text.strip()
        value = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
        if not 1 <= value <= most:
            self.add(line, f"{what} is {text or 'empty'}", f"a whole number from 1 to {most:,}")
            return 0
        return value


def road_problems(told: Told, road: Road) -> None:
    """Note what of a road no trip could be reckoned with."""
    if road.tail == road.head:
        told.add(road.line, f"{road.name} leads to where it begins", "two nodes")


def one_way_only(told: Told, plan: RoadPlan, lines: Sequence[int]) -> None:
    """Note zones that no way leads to, or from, where each should reach each."""
    names, reach = list(plan.zones), plan.reached()
    if not names:
        return
    way = np.array([reach.of(zone) for zone in names])
    # the zones that most others reach are the city; what is not joined to it is told
    hub = int(np.argmax(way.sum(axis=0) + way.sum(axis=1)))
    for place, zone in enumerate(names):
        if not way[place, hub]:
            told.add(
                lines[place], f"no way leads from zone {zone} to zone {names[hub]}", "roads that join it"
            )
        elif not way[hub, place]:
            told.add(
                lines[place], f"no way leads from zone {names[hub]} to zone {zone}", "roads that join it"
            )
