"""What is read of nodes, sinks and pipes, compiled: pressures, what is served, how fast gas goes."""

import numpy as np

from twin.compiled import Plain, compiled
from twin.utilities.base import Mask, Vector
from twin.utilities.gas.equations import compressibility, root
from twin.utilities.gas.structures import Index

MOST_MINUTES = 10_000.0
"""Where a main's gas would last longer, or none flows."""


@compiled
def pipes(
    ends: Plain,
    constants: Plain,
    table: Plain,
    square: Vector,
    flow: Vector,
    m3_per_minute: float,
    speed: Vector,
    minutes: Vector,
) -> None:
    """Write the highest velocity in each pipe, m/s, and for how many minutes its gas would feed its flow.

    Parameters
    ----------
    ends
        Nodes at which branches start and end, the branches that are pipes, and the pipe of each branch.
    constants
        m/s of 1 kg/s over bar, K and compressibility; temperature at both ends; m3 of 1 bar over
        compressibility that a branch holds.
    table
        Compressibility by bar.
    m3_per_minute
        Of 1 kg/s.
    """
    start, end, those, row = ends
    per_flow, entry, outlet, content = constants
    at_bar, of_bar = table
    carried = np.zeros(len(speed))
    for b in those:
        first, last, pipe = root(square[start[b]]), root(square[end[b]]), row[b]
        mean = 2.0 / 3.0 * (first * first + first * last + last * last) / (first + last)
        z_first, _ = compressibility(at_bar, of_bar, first)
        z_last, _ = compressibility(at_bar, of_bar, last)
        z_mean, _ = compressibility(at_bar, of_bar, mean)
        fastest = max(entry[b] * z_first / first, outlet[b] * z_last / last)
        speed[pipe] = max(speed[pipe], abs(flow[b]) * per_flow[b] * fastest)
        minutes[pipe] += content[b] * mean / z_mean
        carried[pipe] = abs(flow[b]) * m3_per_minute
    for pipe in range(len(speed)):
        most = carried[pipe] * MOST_MINUTES > minutes[pipe]
        minutes[pipe] = minutes[pipe] / carried[pipe] if most else MOST_MINUTES


@compiled
def pressures(values: Vector, square: Vector, reached: Mask, outer_bar: Vector, at: Index) -> int:
    """Write the pressure at some nodes above the atmosphere, bar, first of all; return how many these are."""
    for i in range(len(at)):
        node = at[i]
        values[i] = np.sqrt(max(square[node], 0.0)) - outer_bar[node] if reached[node] else 0.0
    return len(at)


@compiled
def serve(wanted: Vector, part: Vector, reached: Mask, node: Index, served: Vector, cut: Vector) -> None:
    """Write what each sink is served, kg/s, and take it off what each rank asks for.

    Parameters
    ----------
    wanted, part
        By sink and rank: what is asked for, and which part of it is delivered.
    """
    given = np.zeros(len(cut))
    for i in range(len(served)):
        served[i] = 0.0
        for rank in range(len(cut)):
            own = wanted[i, rank] * part[i, rank]
            given[rank] += own
            served[i] += own
        if not reached[node[i]]:
            served[i] = 0.0
    for rank in range(len(cut)):
        cut[rank] -= given[rank]
