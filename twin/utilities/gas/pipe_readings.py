"""How fast gas goes in pipes, and how long what they hold would last; compiled."""

import numpy as np

from twin.compiled import Plain, compiled
from twin.utilities.base import Vector
from twin.utilities.gas.equations import compressibility, root

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
