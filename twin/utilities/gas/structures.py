"""What compiled code of a gas network works with: the gas, branches, what is asked for, a switching state."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.utilities.base import Vector

Index = NDArray[np.intp]
OUT, RESISTS, LOSSLESS, PUMPS, COMPRESSES, HOLDS, SHARES, PASSES = range(8)
"""What a branch does now: nothing; loses pressure by friction; loses none; lifts by a curve or a ratio; holds
the pressure of a node; carries its part of what another carries; carries a given flow."""


class Gas(NamedTuple):
    """The gas: density at normal conditions, and compressibility by absolute pressure as a table."""

    density: float
    at_bar: Vector
    compressibility: Vector


class Branch(NamedTuple):
    """Each branch: its ends, and the constants of its equation.

    Attributes
    ----------
    scale
        C, bar2 s2/kg2.
    model, per_flow, rough, fixed, length, single
        See `friction.loss`.
    gravity
        bar per kg/m3 of difference in height.
    dense_start, dense_end
        Density at each end over pressure and compressibility, kg/m3 per bar.
    ratio
        Of a compressor's pressures; of what carries a part of another, that part.
    curve
        Of a pump: its lift, bar, as a polynomial of m3/h at its inlet, shape (branches, terms).
    m3_per_h
        At the inlet of a pump: of 1 kg/s, times compressibility over bar.
    """

    start: Index
    end: Index
    scale: Vector
    model: Index
    per_flow: Vector
    rough: Vector
    fixed: Vector
    length: Vector
    single: Vector
    gravity: Vector
    dense_start: Vector
    dense_end: Vector
    ratio: Vector
    curve: Vector
    m3_per_h: Vector


class Now(NamedTuple):
    """What is asked for and where the network is.

    Attributes
    ----------
    square, flow
        Of nodes bar2, of branches kg/s.
    fed
        What is fed in at each node whatever its pressure, kg/s.
    wanted
        Of each sink by rank of those that are cut first, shape (sinks, ranks), kg/s.
    part
        Which part of it is delivered, by sink and rank.
    given
        Of branches that pass a given flow, kg/s; of those that hold a node, its bar2.
    """

    square: Vector
    flow: Vector
    fed: Vector
    wanted: Vector
    part: Vector
    given: Vector


class Sinks(NamedTuple):
    """Where sinks draw: node, outer pressure, and the pressure from which on all is delivered, bar."""

    node: Index
    outer: Vector
    needs: Vector


class Layout(NamedTuple):
    """A switching state: what branches do, and where unknowns and entries stand in the matrix.

    Attributes
    ----------
    kind
        Of each branch.
    node
        Unknown of each node, -1 where its pressure is held by a source or it is out.
    branch
        Unknown of each branch whose flow is not eliminated, else -1.
    other
        The node that a branch holds, or the branch of which it carries a part.
    slots
        Entries of each branch, shape (branches, 4): see `_assemble`; -1 where there is none.
    live
        Branches that are in.
    """

    kind: Index
    node: Index
    branch: Index
    other: Index
    slots: Index
    live: Index


class Room(NamedTuple):
    """Room to work: entries of the matrix, right side and step; what each branch does to first order."""

    entries: Vector
    right: Vector
    step: Vector
    error: Vector
    by_start: Vector
    by_end: Vector
    by_flow: Vector
    balance: Vector
    slope: Vector
    kept_square: Vector
    kept_flow: Vector


class Equations(NamedTuple):
    """All that a switching state's steady state is found from."""

    gas: Gas
    branch: Branch
    layout: Layout
    sinks: Sinks
    now: Now
    room: Room
