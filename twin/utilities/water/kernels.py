"""What a water network says at every instant, compiled: its readings, and what passed over a step."""

from typing import NamedTuple

from twin.compiled import Plain, compiled
from twin.pinned import Pinned
from twin.utilities.base import Mask, Vector
from twin.utilities.epanet.structures import POWER_KW, Index


class Columns(NamedTuple):
    """Whose readings a water network gives, in the order of its signals.

    Attributes
    ----------
    junctions, tanks, flow_links, pipes
        Indices of nodes and links.
    """

    junctions: Index
    tanks: Index
    flow_links: Index
    pipes: Index


@compiled
def share_leaks(base: Vector, factors: Vector, leakage: int, points: Index, share: Vector) -> None:
    """Write which part of each demand point's demand is leakage.

    Parameters
    ----------
    base
        By point and class; ``leakage`` is the class.
    share
        Of each node.
    """
    for i in range(len(points)):
        asked = 0.0
        for k in range(base.shape[1]):
            asked += base[i, k] * factors[k]
        share[points[i]] = base[i, leakage] * factors[leakage] / asked if asked > 0.0 else 0.0


@compiled
def write_readings(values: Vector, columns: Plain, whole: Pinned, connected: Mask) -> None:
    """Write pressure, required and delivered flow, level and fill, flow, velocity, power and the whole.

    Parameters
    ----------
    columns, whole
        A `Columns`, and the `Whole` of the hydraulics.
    connected
        Which nodes reach a source.
    """
    at, own = Columns(*columns), whole.parts
    now, tanks, elevation = own.reading, own.tanks, own.nodes.elevation
    count, required_whole, delivered_whole, leaked_whole = len(at.junctions), 0.0, 0.0, 0.0
    for i in range(count):
        node = at.junctions[i]
        delivered = max(now.demand[node] - now.leak[node], 0.0)
        leaked_whole += max(now.leak[node], 0.0)
        required = delivered + max(now.deficit[node], 0.0)
        values[i] = (now.head[node] - elevation[node]) * connected[node]
        values[count + i] = required
        values[2 * count + i] = delivered
        required_whole += required
        delivered_whole += delivered
    place = 3 * count
    for i in range(len(at.tanks)):
        values[place + i] = now.head[at.tanks[i]] - elevation[at.tanks[i]]
        usable = max(tanks.highest[i] - tanks.lowest[i], 1e-9)
        values[place + len(at.tanks) + i] = (tanks.volume[i] - tanks.lowest[i]) * (100.0 / usable)
    place += 2 * len(at.tanks)
    for i in range(len(at.flow_links)):
        values[place + i] = now.flow[at.flow_links[i]]
    place += len(at.flow_links)
    for i in range(len(at.pipes)):
        values[place + i] = now.velocity[at.pipes[i]]
    place += len(at.pipes)
    for i in range(len(now.power_kw)):
        values[place + i] = now.power_kw[i]
    # what is asked of the sources: leaks too
    values[-2], values[-1] = required_whole + leaked_whole, delivered_whole + leaked_whole


@compiled
def add_up(sums: Vector, passed: Vector, seconds: float, leak_share: Vector, whole: Pinned) -> float:
    """Add a step to the totals of `WaterNetwork`; return what customers missed in it, m3.

    Parameters
    ----------
    passed
        Supplied, delivered, missing, stored, spilled and leaked, m3.
    seconds
        How long the step's solution held: leaks and pumps stand still without one.
    whole
        The `Whole` of the hydraulics.
    """
    now = whole.parts.reading
    taken, lacking = 0.0, 0.0
    for i in range(len(leak_share)):
        taken += leak_share[i] * max(now.demand[i] - now.leak[i], 0.0)
        lacking += leak_share[i] * max(now.deficit[i], 0.0)
    leaked = taken * seconds
    missing: float = passed[2] - lacking * seconds
    sums[0] += passed[0]
    sums[1] += passed[1] - leaked
    sums[2] += leaked + passed[4] + passed[5]
    sums[3] += passed[3]
    sums[4] += missing
    sums[5] += passed[1] + passed[2]
    sums[6] += now.rates[POWER_KW] * seconds / 3.6e6
    return missing
