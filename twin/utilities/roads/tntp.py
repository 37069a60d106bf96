"""Networks and trips in the form of the public collection of test networks (TNTP)."""

import re
from pathlib import Path

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.text import read_text
from twin.utilities.base import Vector
from twin.utilities.places import Point
from twin.utilities.roads.plan import MOST_NODES, MOST_ZONES, Road, RoadPlan, Told, road_problems

ENDING = ".tntp"
_TAG = re.compile(r"<([A-Z ]+)>(.*)")
_END = "END OF METADATA"
_COLUMNS = "from, to, capacity, length, free-flow time, b, power"
_ORIGIN = re.compile(r"origin\s+(\S+)", re.IGNORECASE)
_TOLLS = 8
"""The column of tolls, where there is one."""


def read_tntp(net: Path, nodes: Path | None, trips: Path | None, minutes_per_unit: float = 1.0) -> RoadPlan:
    """Return a network with its trips.

    Raises
    ------
    InvalidInput
        With every mistake in the files.
    """
    mistakes: list[Mistake] = []
    told = Told(net.name, mistakes)
    tags, rows = _parts(read_text(net), told)
    zones = _tag(told, tags, "NUMBER OF ZONES", MOST_ZONES)
    count = _tag(told, tags, "NUMBER OF NODES", MOST_NODES)
    through = _tag(told, tags, "FIRST THRU NODE", MOST_NODES + 1, missing=1)
    if zones > count > 0:
        told.add(tags["NUMBER OF ZONES"][0], f"{zones} zones and {count} nodes", "each zone is a node")
    if mistakes:
        raise InvalidInput(mistakes)
    roads, warnings = _roads(told, rows, count, minutes_per_unit)
    _refuse_another_number(told, tags, len(roads), bool(mistakes))
    places = _places(nodes, count, mistakes) if nodes else (None,) * count
    names = tuple(str(number) for number in range(1, count + 1))
    table, lines = np.zeros((zones, zones)), np.zeros(zones, dtype=int)
    if trips and not mistakes:
        table, lines = _trips(trips, zones, mistakes)
    blocked = np.arange(1, count + 1) < through
    own = {names[zone]: zone for zone in range(zones)}
    plan = RoadPlan(names, places, own, tuple(roads), table, blocked, tuple(warnings))
    if trips and not mistakes:
        _refuse_cut_off(Told(trips.name, mistakes), plan, lines)
    if mistakes:
        raise InvalidInput(mistakes)
    return plan


def _parts(text: str, told: Told) -> tuple[dict[str, tuple[int, str]], list[tuple[int, str]]]:
    """Return what the head of a file says, by name with its line, and the rows below it."""
    tags: dict[str, tuple[int, str]] = {}
    rows: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        match = _TAG.match(line)
        if match and _END not in tags:
            name, value = match[1].strip(), match[2].split("~")[0].strip()
            if name in tags:
                told.add(number, f"<{name}> again", f"once; first in line {tags[name][0]}")
            tags.setdefault(name, (number, value))
        elif line and not line.startswith("~"):
            rows.append((number, line))
    if _END not in tags:
        told.add(1, f"has no <{_END}>", "a TNTP file: its head, then its rows")
    return tags, rows


def _tag(told: Told, tags: dict[str, tuple[int, str]], name: str, most: int, missing: int = 0) -> int:
    """Return a number of the head."""
    if name not in tags:
        if not missing:
            told.add(1, f"has no <{name}>", "a TNTP network")
        return missing
    line, text = tags[name]
    return told.count(text, f"<{name}>", line, most)


def _roads(
    told: Told, rows: list[tuple[int, str]], count: int, minutes_per_unit: float
) -> tuple[list[Road], list[Mistake]]:
    roads: list[Road] = []
    seen: dict[str, int] = {}
    tolls = 0
    for line, text in rows:
        words = text.replace(";", " ").split()
        if len(words) < 7:
            told.add(line, f"{len(words)} values", f"at least seven: {_COLUMNS}")
            continue
        tail, head = (told.count(word, "a node", line, count) for word in words[:2])
        capacity = told.number(words[2], "capacity", line, above=True)
        length = told.number(words[3], "length", line)
        free = told.number(words[4], "free-flow time", line)
        b, power = told.number(words[5], "b", line), told.number(words[6], "power", line)
        name = f"{tail}-{head}"
        seen[name] = seen.get(name, 0) + 1
        name += f"#{seen[name]}" if seen[name] > 1 else ""
        road = Road(
            name, tail - 1, head - 1, length, 1.0, capacity, free * minutes_per_unit, b, power, True, line
        )
        road_problems(told, road)
        roads.append(road)
        tolls += len(words) > _TOLLS and words[_TOLLS] not in ("0", "0.0")
    warned = [Mistake(told.file, 0, f"tolls of {tolls} roads are not used")] if tolls else []
    return roads, warned


def _refuse_another_number(told: Told, tags: dict[str, tuple[int, str]], found: int, wrong: bool) -> None:
    """Note a head that promises another number of links: a file that was cut short."""
    if wrong or "NUMBER OF LINKS" not in tags:
        return
    line, text = tags["NUMBER OF LINKS"]
    if text != str(found):
        told.add(line, f"<NUMBER OF LINKS> is {text}, and there are {found} rows", "all of the file")


def _places(path: Path, count: int, mistakes: list[Mistake]) -> tuple[Point | None, ...]:
    """Return where nodes lie."""
    told = Told(path.name, mistakes)
    places: list[Point | None] = [None] * count
    for line, text in enumerate(read_text(path).splitlines(), 1):
        words = text.replace(";", " ").split()
        if not words or words[0].lower().startswith(("node", "~", "<")):
            continue
        if len(words) < 3:
            told.add(line, f"{len(words)} values", "node, x and y")
            continue
        node = told.count(words[0], "a node", line, count)
        x, y = (told.number(word, "a coordinate", line, least=-1e15) for word in words[1:3])
        if node:
            places[node - 1] = (x, y)
    return tuple(places)


def _trips(path: Path, zones: int, mistakes: list[Mistake]) -> tuple[Vector, Vector]:
    """Return trips from zone to zone, and the line at which each origin begins."""
    told = Told(path.name, mistakes)
    tags, rows = _parts(read_text(path), told)
    if "NUMBER OF ZONES" in tags and tags["NUMBER OF ZONES"][1] != str(zones):
        line, text = tags["NUMBER OF ZONES"]
        told.add(line, f"<NUMBER OF ZONES> is {text}, and the network has {zones}", "trips of this network")
    table, lines, seen = np.zeros((zones, zones)), np.zeros(zones, dtype=int), set[tuple[int, int]]()
    origin = 0
    for line, text in rows:
        if match := _ORIGIN.match(text):
            origin = told.count(match[1], "an origin", line, zones)
            lines[origin - 1] = line if origin else lines[origin - 1]
            continue
        for part in filter(None, (part.strip() for part in text.split(";"))):
            zone, _, volume = part.partition(":")
            if not origin:
                told.add(line, "trips without an origin", "a line `Origin N` before them")
                break
            to = told.count(zone, "a destination", line, zones)
            trips = told.number(volume, f"trips to {zone.strip()}", line)
            if (origin, to) in seen:
                told.add(line, f"trips from {origin} to {to} again", "once")
            seen.add((origin, to))
            if to:
                table[origin - 1, to - 1] = trips
    return table, lines


def _refuse_cut_off(told: Told, plan: RoadPlan, lines: Vector) -> None:
    """Note trips for which no way is there."""
    reach = plan.reached()
    names = list(plan.zones)
    for origin, zone in enumerate(names):
        wanted = plan.trips[origin] > 0.0
        wanted[origin] = False
        if wanted.any():
            cut = np.flatnonzero(wanted & ~reach.of(zone))
            for to in cut[:1]:
                more = f" and {len(cut) - 1} more" if len(cut) > 1 else ""
                told.add(
                    int(lines[origin]),
                    f"trips from zone {zone} to zone {names[to]}{more}, and no way leads there",
                    "roads that join them",
                )
