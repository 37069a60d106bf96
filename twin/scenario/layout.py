"""Places for the nodes of a network: its own, its districts', its neighbours', or a drawn tree."""

from collections.abc import Collection, Iterable, Mapping
from math import cos, pi, sin, sqrt

from twin.utilities.places import Point

Placed = tuple[Point, str]
"""Where something lies, and how that was found."""
Ends = tuple[str, str]
_GOLDEN_ANGLE = pi * (3.0 - sqrt(5.0))
_SPREAD = 0.02
"""Degrees between nodes around a district's centre."""


def place(
    nodes: Mapping[str, Point | None],
    links: Collection[Ends],
    served: Mapping[str, str],
    centres: Mapping[str, Point],
) -> dict[str, Placed]:
    """Return a place for every node of a network, and how it was found.

    Parameters
    ----------
    nodes
        Where each node lies by its file, None if the file does not say.
    links
        The two nodes that each link joins.
    served
        District that a node serves, empty if none.
    centres
        Where districts lie.
    """
    known = {name: (point, "file") for name, point in nodes.items() if point is not None}
    if not known:
        known = _by_district({name: served.get(name, "") for name in nodes}, centres)
    _by_neighbours(known, links)
    missing = [name for name in nodes if name not in known]
    if missing:
        known |= {name: (point, "layout") for name, point in _layout(missing, links, known).items()}
    return known


def middle(start: Placed, end: Placed) -> Placed:
    """Return the place of what joins two nodes, found no better than theirs."""
    (a, how), (b, also) = start, end
    return ((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0), how if how != "file" else also


def _by_district(served: Mapping[str, str], centres: Mapping[str, Point]) -> dict[str, Placed]:
    """Place what serves a district around its centre, one after another on a spiral."""
    known: dict[str, Placed] = {}
    count: dict[str, int] = {}
    for name, district in served.items():
        if district not in centres:
            continue
        number = count[district] = count.get(district, 0) + 1
        radius, angle = _SPREAD * sqrt(number) / 2.0, number * _GOLDEN_ANGLE
        x, y = centres[district]
        known[name] = (x + radius * cos(angle), y + radius * sin(angle)), "district"
    return known


def _by_neighbours(known: dict[str, Placed], links: Iterable[Ends]) -> None:
    """Place nodes in the middle of their placed neighbours, ring by ring."""
    neighbours = _neighbours(links)
    ring = set(known)
    while ring:
        found: dict[str, Placed] = {}
        for name in sorted({n for placed in ring for n in neighbours.get(placed, ()) if n not in known}):
            points = [known[n][0] for n in neighbours[name] if n in known]
            x, y = (sum(p[i] for p in points) / len(points) for i in (0, 1))
            found[name] = (x, y), "neighbours"
        known |= found
        ring = set(found)


def _neighbours(links: Iterable[Ends]) -> dict[str, list[str]]:
    neighbours: dict[str, list[str]] = {}
    for a, b in links:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    return neighbours


def _layout(names: list[str], links: Iterable[Ends], known: Mapping[str, Placed]) -> dict[str, Point]:
    """Lay a network out as a tree around its first node: rings by distance, branches side by side.

    Nodes are visited breadth first; a node's angle is the middle of the angles of the leaves behind it.
    """
    neighbours = _neighbours(links)
    places: dict[str, Point] = {}
    base = max((point[0] for point, _ in known.values()), default=0.0)
    left = dict.fromkeys(names)
    while left:
        root = max(left, key=lambda name: len(neighbours.get(name, ())))
        parent, order = {root: ""}, [root]
        for name in order:
            for other in neighbours.get(name, ()):
                if other not in parent and other in left:
                    parent[other] = name
                    order.append(other)
        places |= _tree(order, parent, base)
        base = max(x for x, _ in places.values()) + 1.0
        for name in order:
            del left[name]
    return places


def _tree(order: list[str], parent: Mapping[str, str], base: float) -> dict[str, Point]:
    children: dict[str, list[str]] = {name: [] for name in order}
    depth = {order[0]: 0}
    for name in order[1:]:
        children[parent[name]].append(name)
        depth[name] = depth[parent[name]] + 1
    leaves: dict[str, int] = {}
    stack = [order[0]]
    while stack:
        name = stack.pop()
        if children[name]:
            stack.extend(reversed(children[name]))
        else:
            leaves[name] = len(leaves)
    turn = {name: float(number) for name, number in leaves.items()}
    for name in reversed(order):
        if children[name]:
            turn[name] = sum(turn[child] for child in children[name]) / len(children[name])
    step, width = 2.0 * pi / max(len(leaves), 1), max(depth.values()) + 1
    return {
        name: (
            base + width + depth[name] * cos(turn[name] * step),
            depth[name] * sin(turn[name] * step),
        )
        for name in order
    }
