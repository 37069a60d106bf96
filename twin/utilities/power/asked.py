"""What loads ask for, compiled: the file's own, districts' by class, and what links drive."""

from typing import NamedTuple

from twin.compiled import Plain, compiled
from twin.utilities.base import Vector
from twin.utilities.power.rules import Index


class Asked(NamedTuple):
    """What loads ask for, and of what that is made.

    Attributes
    ----------
    total
        MW and Mvar of each, shape (2, loads); written.
    own
        What of it the file gives, before it grows.
    base, tan
        MW by load and class; Mvar per MW of each class.
    inputs
        Loads that links drive.
    beside, driven
        What these ask for without what is driven, and what that is, shape (2, inputs); written.
    """

    total: Vector
    own: Vector
    base: Vector
    tan: Vector
    inputs: Index
    beside: Vector
    driven: Vector


@compiled
def ask(asked: Plain, factors: Vector, native: float) -> None:
    """Write what the loads of an `Asked` ask for at these factors of classes and of the file's own loads."""
    at = Asked(*asked)
    for i in range(at.total.shape[1]):
        mw, mvar = at.own[0, i] * native, at.own[1, i] * native
        for k in range(at.base.shape[1]):
            now = at.base[i, k] * factors[k]
            mw += now
            mvar += now * at.tan[k]
        at.total[0, i], at.total[1, i] = mw, mvar
    for i in range(len(at.inputs)):
        for part in range(2):
            at.beside[part, i] = at.total[part, at.inputs[i]]
    drive(asked, at.driven)


@compiled
def drive(asked: Plain, values: Vector) -> None:
    """Write what driven loads ask for: what they ask for beside, and these values, which are kept."""
    at = Asked(*asked)
    for i in range(len(at.inputs)):
        for part in range(2):
            at.driven[part, i] = values[part, i]
            at.total[part, at.inputs[i]] = at.beside[part, i] + values[part, i]
