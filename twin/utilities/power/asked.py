"""What loads ask for, compiled: the file's own, districts' by class, and what links drive."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.pinned import Pinned, pin
from twin.utilities.base import Mask, Vector
from twin.utilities.power.dispatch import CRITICAL, INTERRUPTIBLE, ORDINARY
from twin.utilities.power.rules import Index

INTERRUPTIBLE_CLASS = 2


class Asked(NamedTuple):
    """What loads ask for, and of what that is made.

    Attributes
    ----------
    total
        MW and Mvar of each, shape (2, loads); written.
    own
        What of it the file gives, before it grows.
    steady
        What of it does not grow, shape (2, 0) where there is nothing of the kind.
    base, tan
        MW by load and class; Mvar per MW of each class.
    inputs
        Loads that links drive.
    beside, driven
        What these ask for without what is driven, and what that is, shape (2, inputs); written.
    """

    total: Vector
    own: Vector
    steady: Vector
    base: Vector
    tan: Vector
    inputs: Index
    beside: Vector
    driven: Vector


@compiled
def ask(asked: Pinned, factors: Vector, native: float) -> None:
    """Write what the loads of an `Asked` ask for at these factors of classes and of the file's own loads."""
    at: Asked = asked.parts
    for i in range(at.total.shape[1]):
        mw, mvar = at.own[0, i] * native, at.own[1, i] * native
        if at.steady.shape[1]:
            mw += at.steady[0, i]
            mvar += at.steady[1, i]
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
def drive(asked: Pinned, values: Vector) -> None:
    """Write what driven loads ask for: what they ask for beside, and these values, which are kept."""
    at: Asked = asked.parts
    for i in range(len(at.inputs)):
        for part in range(2):
            at.driven[part, i] = values[part, i]
            at.total[part, at.inputs[i]] = at.beside[part, i] + values[part, i]


class SavedLoads(NamedTuple):
    """What loads go on from; see `Asked`."""

    total: Vector
    file: Vector
    given: Vector
    built: Mask
    base: Vector
    cut: Vector
    beside: Vector
    driven: Vector
    factors: Vector
    native: float


class Loads:
    """What the loads of a grid ask for now.

    Parameters
    ----------
    native
        MW and Mvar of the file's own loads, shape (2, loads).
    steady
        Whether some loads do not grow with them.
    points
        Loads that carry districts' demand.
    inputs
        Loads that links drive.
    power_factors
        Of each class of demand.

    Attributes
    ----------
    total
        MW and Mvar asked by each, shape (2, loads); always the same array.
    points
        As given.
    cut_mw
        What customers draw less now than they would, by demand point and class.
    """

    def __init__(
        self,
        native: Vector,
        points: Index,
        inputs: Index,
        power_factors: Sequence[float],
        steady: bool = False,
    ) -> None:
        cosine = np.array(power_factors, dtype=float)
        self._file, self.points, self._inputs = native, points, inputs
        self._native, self._given = native.copy(), np.zeros((2, native.shape[1] if steady else 0))
        self._tan = np.sqrt(1.0 / cosine**2 - 1.0)
        self.total, self._own = np.zeros_like(native), np.zeros_like(native)
        self._steady = np.zeros_like(self._given)
        self._beside, self._driven = np.zeros((2, 2, len(inputs)))

    def reset(self, built: Mask) -> None:
        """Return to the opened state: the file's own loads that are built, without those that are driven."""
        self._native[:] = self._file
        self._given[:] = self._steady[:] = 0.0
        self._built = built.copy()
        self._own[:] = self._of_built()
        self.total[:] = self._native * built
        self._driven[:] = self._beside[:] = 0.0
        self.total[:, self._inputs] = 0.0
        self._factors, self._native_factor = np.zeros(len(self._tan)), 1.0
        self.set_base(np.zeros((len(self.points), len(self._tan))))

    def build(self, built: Mask) -> None:
        """Take over which of the file's own loads are built."""
        self._built = built.copy()
        own = self._of_built()
        self.total += (own - self._own) * self._native_factor
        self._own[:] = own
        if self._steady.size:
            self.total += self._given * built - self._steady
            self._steady[:] = self._given * built

    def give(self, rows: Index, values: Vector, grows: Mask) -> None:
        """Take over MW and Mvar of some loads, shape (2, rows), in place of the file's, until demand is set.

        Parameters
        ----------
        grows
            Which grow with the file's own.
        """
        self._native[:, rows] = values * grows
        self._own[:] = self._of_built()
        if self._steady.size:
            self._given[:, rows] = values * ~grows
            self._steady[:] = self._given * self._built

    def set_base(self, base: Vector) -> None:
        """Set each demand point's base MW by class."""
        self._base, self.cut_mw = base, np.zeros_like(base)
        self._draw(base)

    def _draw(self, base: Vector) -> None:
        """Let points draw by these base MW by class."""
        self._drawing = base
        of_loads = np.zeros((self.total.shape[1], base.shape[1]))
        np.add.at(of_loads, self.points, base)
        parts = of_loads, self._tan, self._inputs, self._beside, self._driven
        self._made_of = pin(Asked(self.total, self._own, self._steady, *parts))

    def set_demand(self, factors: Vector, native: float) -> None:
        """Set this instant's factor of each class, and of the file's own loads."""
        self._factors, self._native_factor = factors, native
        if self._drawing is not self._base:
            self.cut_mw = np.zeros_like(self._base)
            self._draw(self._base)
        ask(self._made_of, factors, native)

    def drawn_mw(self) -> Vector:
        """Return what each point draws by class, MW, what is cut left out."""
        return np.asarray(self._drawing * self._factors)

    def cut(self, mw: Vector) -> None:
        """Let each point draw so much less by class, MW, until demand is set."""
        self.cut_mw = mw
        less = np.divide(mw, self._factors, out=np.zeros_like(mw), where=self._factors > 0.0)
        self._draw(self._base - less)
        ask(self._made_of, self._factors, self._native_factor)

    def drive(self, values: Vector) -> None:
        """Set MW and Mvar of the loads that are driven, shape (2, inputs)."""
        drive(self._made_of, values)

    def layers(self) -> Vector:
        """Return asked MW and Mvar by class of shedding and load, shape (2, 3, loads)."""
        layers = np.zeros((2, 3, self.total.shape[1]))
        if len(self._tan) > INTERRUPTIBLE_CLASS:
            mw = self._drawing[:, INTERRUPTIBLE_CLASS] * self._factors[INTERRUPTIBLE_CLASS]
            np.add.at(layers[0, INTERRUPTIBLE], self.points, mw)
            np.add.at(layers[1, INTERRUPTIBLE], self.points, mw * self._tan[INTERRUPTIBLE_CLASS])
        layers[:, CRITICAL, self._inputs] = self._driven
        layers[:, ORDINARY] = self.total - layers[:, INTERRUPTIBLE] - layers[:, CRITICAL]
        return layers

    def save(self) -> SavedLoads:
        """Return what it would go on from."""
        return SavedLoads(
            self.total.copy(),
            self._native.copy(),
            self._given.copy(),
            self._built.copy(),
            self._base.copy(),
            self.cut_mw.copy(),
            self._beside.copy(),
            self._driven.copy(),
            self._factors.copy(),
            self._native_factor,
        )

    def restore(self, saved: SavedLoads) -> None:
        """Go on from a saved state."""
        self.total[:], self._native[:], self._built = saved.total, saved.file, saved.built.copy()
        self._own[:] = self._of_built()
        if self._steady.size:
            self._given[:] = saved.given
            self._steady[:] = self._given * self._built
        self._beside[:], self._driven[:] = saved.beside, saved.driven
        self._factors, self._native_factor = saved.factors.copy(), saved.native
        self.set_base(saved.base.copy())
        if saved.cut.any():
            self.cut(saved.cut.copy())
            self.total[:] = saved.total

    def _of_built(self) -> Vector:
        """Return MW and Mvar of the file's own loads that are built, without those that others drive."""
        own = self._native * self._built
        own[:, self._inputs] = own[:, self.points] = 0.0
        return np.asarray(own)
