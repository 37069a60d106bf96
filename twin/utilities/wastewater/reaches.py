"""Gravity reaches: pipes that the file tags so, and what they carry when they are full."""

import numpy as np
from epanet import toolkit as en

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Vector
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.names import read_link_tags
from twin.utilities.epanet.project import Index

_GRAVITY_TAG = "gravity"


def gravity_reaches(engine: Hydraulics) -> tuple[Index, Vector]:
    """Return the gravity reaches and their full-pipe capacity, (1/n) A R^(2/3) S^(1/2), m3/s."""
    handle, tagged = engine.project.handle, read_link_tags(engine.path)
    reaches = np.array(
        [i for i in engine.pipes if tagged.get(engine.links[i]) == _GRAVITY_TAG], dtype=np.intp
    )
    n = np.array([en.getlinkvalue(handle, int(i) + 1, en.ROUGHNESS) for i in reaches])
    length = np.array([en.getlinkvalue(handle, int(i) + 1, en.LENGTH) for i in reaches])
    d = np.array([engine.diameter(int(i)) for i in reaches])
    ends = engine.ends[reaches]
    drop = engine.elevation[ends[:, 0]] - engine.elevation[ends[:, 1]]
    flat = [engine.links[i] for i, fall in zip(reaches, drop, strict=True) if fall <= 0.0]
    if flat:
        raise InvalidInput(
            [Mistake(engine.path.name, 0, f"gravity reach {r} does not fall", "a lower end") for r in flat]
        )
    slope = drop / (length * engine.project.length_unit)
    return reaches, full_pipe_m3_per_s(d, slope, n)


def full_pipe_m3_per_s(diameter_m: Vector, slope: Vector, manning_n: Vector) -> Vector:
    """Return the full-pipe capacity of circular reaches by Manning's equation.

    ``Q = (1/n) A R^(2/3) S^(1/2)`` with ``A = pi d^2 / 4`` and ``R = d / 4``.
    """
    area = np.pi * diameter_m**2 / 4.0
    return np.asarray(area * (diameter_m / 4.0) ** (2.0 / 3.0) * np.sqrt(slope) / manning_n)
