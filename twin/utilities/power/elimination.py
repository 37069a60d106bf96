"""In which order a grid's unknowns are eliminated, and where the factors of its Jacobian have entries.

Buses go by least degree (W. F. Tinney, J. W. Walker, Direct solutions of sparse network equations by
optimally ordered triangular factorization, 1967); a bus's angle goes before its voltage. The Jacobian's
pattern is that of the grid, the same on both sides of the diagonal, so one order serves rows and columns and
no pivot is sought.
"""

from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.utilities.power.compile import Fold
from twin.utilities.power.rules import Index

Places = NDArray[np.int32]


class Elimination(NamedTuple):
    """Pattern of a switching state's admittances and factors, buses in the order of elimination, slack last.

    Attributes
    ----------
    bus
        Internal bus of each.
    rows, columns, source
        Its row of the bus admittances: where each begins, columns, and places in the folded matrix.
    first
        First unknown of each bus, its angle; then its voltage where that is not held; the slack has none.
    lower_rows, lower, upper_rows, upper
        Columns of the factors' rows below and above the diagonal, ascending, and where each row begins.
    """

    bus: Index
    rows: Places
    columns: Places
    source: Index
    first: Places
    lower_rows: Places
    lower: Places
    upper_rows: Places
    upper: Places


def eliminate(fold: Fold) -> Elimination | None:
    """Order the buses of a folded grid; None where the slack is shared, whose Jacobian has another form."""
    size = len(fold.keep)
    if len(fold.ref) != 1:
        return None
    column = np.repeat(np.arange(size), np.diff(fold.indptr))
    slack = int(fold.ref[0])
    later = _later(size, fold.indices, column, slack)
    order = np.array([*later, slack], dtype=np.intp)
    place = np.empty(size, dtype=np.intp)
    place[order] = np.arange(size)
    count = np.ones(size, dtype=np.intp)
    count[place[fold.pq]] = 2
    count[-1] = 0
    first = np.concatenate([[0], np.cumsum(count)])
    by_row = np.lexsort((place[column], place[fold.indices]))
    blocks = [np.sort(place[list(after)]) for after in later.values()]
    upper_rows, upper = _expand(blocks, first)
    unknowns = int(first[-1])
    row = np.repeat(np.arange(unknowns), np.diff(upper_rows))
    turned = np.argsort(upper, kind="stable")
    return Elimination(
        fold.keep[order].astype(np.intp),
        _starts(np.bincount(place[fold.indices], minlength=size)),
        place[column][by_row].astype(np.int32),
        by_row.astype(np.intp),
        first.astype(np.int32),
        _starts(np.bincount(upper, minlength=unknowns)),
        row[turned].astype(np.int32),
        upper_rows,
        upper.astype(np.int32),
    )


def _later(size: int, rows: Index, columns: Index, slack: int) -> dict[int, set[int]]:
    """Return the buses in their order, with those that are left and hang together when each one goes."""
    near: list[set[int]] = [set() for _ in range(size)]
    for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
        if i != j and slack not in (i, j):
            near[i].add(j)
            near[j].add(i)
    waiting = [(len(own), bus) for bus, own in enumerate(near) if bus != slack]
    heapify(waiting)
    later: dict[int, set[int]] = {}
    while waiting:
        degree, bus = heappop(waiting)
        if bus in later or degree != len(near[bus]):
            continue
        later[bus] = own = near[bus]
        for other in own:
            near[other] |= own
            near[other] -= {other, bus}
            heappush(waiting, (len(near[other]), other))
    return later


def _expand(blocks: list[Index], first: Index) -> tuple[Places, Index]:
    """Return where each unknown's row above the diagonal begins, and its columns, from blocks of buses."""
    count = np.diff(first)
    rows: list[Index] = []
    for bus, after in enumerate(blocks):
        wide = np.concatenate([first[after], first[after][count[after] == 2] + 1])
        wide.sort()
        if count[bus] == 2:
            rows.append(np.concatenate([[first[bus] + 1], wide]))
        rows.append(wide)
    lengths = np.array([len(row) for row in rows], dtype=np.intp)
    return _starts(lengths), np.concatenate([*rows, np.zeros(0, dtype=np.intp)]).astype(np.intp)


def _starts(lengths: Index) -> Places:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
