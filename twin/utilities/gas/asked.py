"""What is asked for at each sink, by the rank in which it is cut; what else feeds in or draws."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from twin.compiled import compiled
from twin.errors import InvalidInput, Mistake, listed
from twin.utilities.base import NOTHING, Mask, Vector
from twin.utilities.demand import Given
from twin.utilities.gas.gas_file import GasFile
from twin.utilities.gas.settings import GasSettings
from twin.utilities.gas.standing import Standing
from twin.utilities.gas.structures import Index, Sinks

_SECONDS_PER_HOUR = 3600.0
_OWN_RANK = 1
"""The file's own demand is cut after what is interruptible."""


class Kept(NamedTuple):
    """Base, factors, growth of the file's demand, series, and what plants ask for."""

    base: Vector
    factors: Vector
    native: float
    given: Vector
    burnt: Vector


class Asked:
    """Demand at the sinks of a file.

    Parameters
    ----------
    points, ranks, burnt, given
        See `GasNetwork`.

    Attributes
    ----------
    sinks
        Where they draw, for the equations.
    ranks
        How many ranks there are.
    base, burnt, native
        m3/h by point and class, and of plants; the factor of the file's own demand.

    Raises
    ------
    InvalidInput
        If an address is no sink.
    """

    def __init__(
        self,
        file: GasFile,
        settings: GasSettings,
        points: Sequence[str],
        ranks: Sequence[int],
        burnt: Sequence[str],
        given: Sequence[Given],
    ) -> None:
        names, draws = file.names["sink"], file.draws["sink"]
        rows = {name: row for row, name in enumerate(names)}
        addresses = [*points, *burnt, *(own.asset for own in given)]
        wrong = [address for address in addresses if address not in rows]
        if wrong:
            raise InvalidInput([Mistake(file.file, 0, f"{a} is not a sink") for a in dict.fromkeys(wrong)])
        self._file, self._kg_per_m3_h = file, 1.0 / (file.fluid.m3_per_kg * _SECONDS_PER_HOUR)
        self.points: Index = np.array([rows[p] for p in points], dtype=np.intp)
        self._burning: Index = np.array([rows[p] for p in burnt], dtype=np.intp)
        self._given_at: Index = np.array([rows[own.asset] for own in given], dtype=np.intp)
        self.ranks = max([_OWN_RANK, *ranks]) + 1
        self._rank_of = np.array(ranks, dtype=np.intp)
        self._own = np.maximum(draws.kg_per_s, 0.0)
        self._own[self.points] = 0.0
        self._own[self._burning] = 0.0
        self._own[self._given_at] = 0.0
        self._feeding = np.minimum(draws.kg_per_s, 0.0)
        replaced = [names[row] for row in self.points if draws.kg_per_s[row]]
        problem = f"the file's own demand of {listed(replaced)} is replaced by that of their districts"
        self.warnings = (Mistake(file.file, 0, problem),) if replaced else ()
        needs = [settings.required_pressures_bar.get(name, settings.required_pressure_bar) for name in names]
        outer = file.nodes.outer_bar[draws.node]
        self.sinks = Sinks(draws.node, outer, np.array(needs, dtype=float))
        self.reset()

    def reset(self) -> None:
        """Ask for nothing, but what the file says."""
        classes = len(self._rank_of)
        self.base = np.zeros((len(self.points), classes))
        self._factors, self.native = np.ones(classes), 1.0
        self._given, self.burnt = np.zeros(len(self._given_at)), np.zeros(len(self._burning))

    def set(self, factors: Vector, native: float, given: Vector) -> None:
        """Set factors of the classes, of the file's own demand, and what series give, m3/h."""
        self._factors, self.native = factors.copy(), native
        if given.size and given is not NOTHING:
            self._given = given.copy()

    def _all(self) -> Vector:
        """Return kg/s by sink and rank, whatever stands."""
        found, own = np.zeros((len(self._own), self.ranks)), min(_OWN_RANK, self.ranks - 1)
        unit = self._kg_per_m3_h
        found[:, own] = self._own * self.native
        _add_classes(found, self.points, self._rank_of, self.base, self._factors, unit)
        if len(self._burning):
            np.add.at(found[:, 0], self._burning, np.maximum(self.burnt, 0.0) * unit)
        if len(self._given_at):
            given = np.maximum(self._given, 0.0) * unit * self.native
            np.add.at(found[:, own], self._given_at, given)
        return found

    def wanted(self, standing: Standing) -> Vector:
        """Return kg/s by sink and rank that is asked for at each sink that is built, held or not."""
        return self._all() * standing.built["sink"][:, None]

    def fed(self, standing: Standing) -> Vector:
        """Return what is fed in at each node beside sources of pressure, kg/s; below 0 what is drawn."""
        file = self._file
        found = np.zeros(len(file.nodes.height_m))
        stands: Mask = standing.now("sink")
        np.subtract.at(found, file.draws["sink"].node, self._feeding * self.native * stands)
        for table in ("source", "mass_storage"):
            own = file.draws[table]
            np.subtract.at(found, own.node, own.kg_per_s * self.native * standing.now(table))
        return found

    def fed_by_sinks(self) -> Vector:
        """Return what sinks draw that is below 0, kg/s."""
        return self._feeding * self.native

    def save(self) -> Kept:
        """Return what is asked for, to keep."""
        return Kept(
            self.base.copy(), self._factors.copy(), self.native, self._given.copy(), self.burnt.copy()
        )

    def restore(self, kept: Kept) -> None:
        """Return to what was asked for."""
        self.base, self._factors, self.native = kept.base.copy(), kept.factors.copy(), kept.native
        self._given, self.burnt = kept.given.copy(), kept.burnt.copy()


@compiled
def _add_classes(
    found: Vector, points: Index, rank_of: Index, base: Vector, factors: Vector, unit: float
) -> None:
    """Add what points draw by class, in kg/s, to the rank of each class."""
    for i in range(len(points)):
        for k in range(len(rank_of)):
            found[points[i], rank_of[k]] += max(base[i, k] * factors[k], 0.0) * unit
