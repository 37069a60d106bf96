"""Linear equations of one pattern, solved again and again: rows, columns and pivots are chosen once.

SuperLU chooses them for the first values (J. W. Demmel and others, A supernodal approach to sparse partial
pivoting, 1999); later values of the same switching state are factored in that order without a search, row by
row (I. S. Duff, A. M. Erisman, J. K. Reid, Direct Methods for Sparse Matrices, 2017, chapter 10).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from twin.compiled import compiled
from twin.pinned import Pinned
from twin.utilities.base import Vector

Index = NDArray[np.intp]
_TINY = 1e-13


class Pattern(NamedTuple):
    """The order of a matrix and where its factors have entries.

    Attributes
    ----------
    row, column
        Place of each row and column of the matrix in the order of elimination.
    at
        Of each entry of the matrix, its place among the factors' entries.
    first, diagonal, columns
        Rows of both factors together: where each begins, its diagonal, and columns, ascending.
    values, work
        The factors' entries, and a row to work in, zero between its uses.
    """

    row: Index
    column: Index
    at: Index
    first: Index
    diagonal: Index
    columns: Index
    values: Vector
    work: Vector


def order(rows: Index, columns: Index, values: Vector, size: int) -> Pattern | None:
    """Choose the order of elimination of a matrix, None if it is singular.

    Parameters
    ----------
    rows, columns, values
        Its entries; those of one place add up.
    """
    if not size:  # everything that gas reaches is held by a source
        none = np.zeros(0, dtype=np.intp)
        return Pattern(none, none, none, np.zeros(1, dtype=np.intp), none, none, np.zeros(0), np.zeros(0))
    matrix = csc_array((values, (rows, columns)), shape=(size, size))
    scale = np.maximum(np.abs(matrix).max(axis=1).toarray().ravel(), 1e-300)
    scaled = csc_array((values / scale[rows], (rows, columns)), shape=(size, size))
    try:
        chosen = splu(scaled, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01)
    except RuntimeError:
        return None
    row, column = chosen.perm_r.astype(np.intp), chosen.perm_c.astype(np.intp)
    i, j = row[rows], column[columns]
    places = np.unique(i * size + j)
    starts = np.searchsorted(places, np.arange(size + 1) * size).astype(np.intp)
    first, filled = _fill(starts, (places % size).astype(np.intp), size)
    keys = np.repeat(np.arange(size), np.diff(first)) * size + filled
    return Pattern(
        row,
        column,
        np.searchsorted(keys, i * size + j).astype(np.intp),
        first,
        np.searchsorted(keys, np.arange(size) * (size + 1)).astype(np.intp),
        filled,
        np.zeros(len(filled)),
        np.zeros(size),
    )


@compiled
def _fill(starts: Index, columns: Index, size: int) -> tuple[Index, Index]:
    """Return where each row of the factors begins, and the columns of its entries, ascending."""
    first, diagonal = np.zeros(size + 1, np.intp), np.zeros(size, np.intp)
    found = np.empty(4 * len(columns) + size, np.intp)
    after = np.empty(size + 1, np.intp)
    count = 0
    for i in range(size):
        # the row's columns as a chain in rising order; `size` is its end and its head
        head = size
        last = size
        after[size] = size
        has_diagonal = False
        for k in range(starts[i], starts[i + 1]):
            after[last] = columns[k]
            after[columns[k]] = size
            last = columns[k]
            has_diagonal |= columns[k] == i
        if not has_diagonal:
            place = head
            while after[place] != size and after[place] < i:
                place = after[place]
            after[i] = after[place]
            after[place] = i
        j = after[head]
        while j < i:
            place = j
            for k in range(diagonal[j] + 1, first[j + 1]):
                while after[place] != size and after[place] < found[k]:
                    place = after[place]
                if after[place] != found[k]:
                    after[found[k]] = after[place]
                    after[place] = found[k]
            j = after[j]
        j = after[head]
        while j != size:
            if count == len(found):
                wider = np.empty(2 * count, np.intp)
                wider[:count] = found
                found = wider
            if j == i:
                diagonal[i] = count
            found[count] = j
            count += 1
            j = after[j]
        first[i + 1] = count
    return first, found[:count].copy()


@compiled
def factor(pattern: Pinned, entries: Vector) -> bool:
    """Factor a matrix of the pattern; return whether its pivots can be relied on."""
    at: Pattern = pattern.parts
    values, work = at.values, at.work
    values[:] = 0.0
    for k in range(len(entries)):
        values[at.at[k]] += entries[k]
    for i in range(len(at.diagonal)):
        most = 0.0
        for k in range(at.first[i], at.first[i + 1]):
            work[at.columns[k]] = values[k]
            most = max(most, abs(values[k]))
        for k in range(at.first[i], at.diagonal[i]):
            j = at.columns[k]
            ratio = work[j] / values[at.diagonal[j]]
            work[j] = ratio
            if ratio != 0.0:
                for n in range(at.diagonal[j] + 1, at.first[j + 1]):
                    work[at.columns[n]] -= ratio * values[n]
        for k in range(at.first[i], at.first[i + 1]):
            values[k] = work[at.columns[k]]
            work[at.columns[k]] = 0.0
        if not abs(values[at.diagonal[i]]) > _TINY * most:
            return False
    return True


@compiled
def substitute(pattern: Pinned, right: Vector, solution: Vector) -> None:
    """Solve with the factors; the right side and the solution are in the order of the matrix."""
    at: Pattern = pattern.parts
    work, values = at.work, at.values
    size = len(work)
    for i in range(size):
        work[at.row[i]] = right[i]
    for i in range(size):
        total = work[i]
        for k in range(at.first[i], at.diagonal[i]):
            total -= values[k] * work[at.columns[k]]
        work[i] = total
    for i in range(size - 1, -1, -1):
        total = work[i]
        for k in range(at.diagonal[i] + 1, at.first[i + 1]):
            total -= values[k] * work[at.columns[k]]
        work[i] = total / values[at.diagonal[i]]
    for j in range(size):
        solution[j] = work[at.column[j]]
    work[:] = 0.0
