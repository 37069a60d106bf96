"""Which switching serves again most of what an outage cut off.

A switching closes some open ways and opens as many closed ones at most, so that the grid has no more loops
than before: ways are closed one after another, and where one closes a loop, all sources taken as one, a way
of that loop is opened (branch exchange: M. E. Baran, F. F. Wu, Network reconfiguration in distribution
systems for loss reduction and load balancing, 1989). What would overload may stay unserved beyond one more
way, opened within what was cut off.

All switchings that close one or two ways are tried, of those that close more the ones that come of the
least loaded (a beam). Fewer closed ways come first, and the search ends where all is served that any
switching reaches. A switching counts if its load flow has a solution within all bounds.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from twin.utilities.base import Mask
from twin.utilities.power.restoration.switched_grid import Bounds, SwitchedGrid, relaxed
from twin.utilities.power.restoration.ways import IN, OUT, Way
from twin.utilities.power.rules import Index

MOST_FLOWS = 2_000
"""Load flows that a search may take."""
MOST_SWITCHINGS = 40_000
"""Switchings that it may look at."""
_WHOLE_LEVELS = 2
_BEAM = 20
_SAME_MW = 1e-9


class Restored(NamedTuple):
    """What can be done after an outage.

    Attributes
    ----------
    closed, opened
        Rows of the switches.
    cut_off_mw, restored_mw
        What the outage cuts off, and what of it the switching serves.
    worst
        The highest loading over what may be carried with that; infinite where nothing is switched.
    reachable
        Whether any open point leads to what is cut off.
    """

    closed: tuple[int, ...] = ()
    opened: tuple[int, ...] = ()
    cut_off_mw: float = 0.0
    restored_mw: float = 0.0
    worst: float = np.inf
    reachable: bool = False

    @property
    def turned(self) -> dict[int, bool]:
        """Return by row whether switches are closed that it moves."""
        return {**dict.fromkeys(self.closed, True), **dict.fromkeys(self.opened, False)}


class Candidate(NamedTuple):
    """A switching: how branches stand, what it closes, opens and serves, how loaded it is at least."""

    stands: Index
    closed: tuple[Way, ...] = ()
    opened: tuple[Way, ...] = ()
    restored_mw: float = 0.0
    strain: float = 0.0

    @property
    def switches(self) -> int:
        """Return how many switches it moves."""
        return sum(len(way.open_rows) for way in self.closed) + len(self.opened)


class Search:
    """Looks for the best switching after one outage.

    Parameters
    ----------
    grid
        The grid at the instant, without the sources that are out.
    stands
        How its branches stand before the outage.
    ways
        What can be switched.
    bounds
        What may not be passed.
    most_flows, most_switchings
        After so many load flows or switchings the best so far is taken.
    """

    def __init__(
        self,
        grid: SwitchedGrid,
        stands: Index,
        ways: Sequence[Way],
        bounds: Bounds,
        most_flows: int = MOST_FLOWS,
        most_switchings: int = MOST_SWITCHINGS,
    ) -> None:
        self._grid, self._stands, self._bounds = grid, stands, bounds
        self._way = {way.branch: way for way in ways}
        self._most = most_flows, most_switchings

    def after(self, out: Index, alive: Mask) -> Restored:
        """Return the best switching after an outage.

        Parameters
        ----------
        out
            Branches that are out.
        alive
            Buses that were alive before it.
        """
        stands = self._stands.copy()
        stands[out] = OUT
        before = self._grid.solve(stands)
        self._dead = alive & ~self._grid.alive(stands)
        cut_off = float(self._grid.wanted_mw[self._dead].sum())
        if before is None or cut_off <= _SAME_MW:
            return Restored(cut_off_mw=cut_off)
        self._within = relaxed(self._bounds, before)
        self._flows, self._looked, self._share = 0, 0, 0.5
        self._inner = [way for way in self._way.values() if self._grid.touches(way.branch, self._dead)]
        open_ways = [way for way in self._way.values() if way.open_rows and way.branch not in out]
        return self._best(Candidate(stands), open_ways, Restored(cut_off_mw=cut_off))

    def _best(self, begun: Candidate, ties: Sequence[Way], best: Restored) -> Restored:
        everything = begun.stands.copy()
        everything[[tie.branch for tie in ties]] = IN
        most = self._grid.glance(everything, self._dead, self._within)[0] - _SAME_MW
        best = best._replace(reachable=most > 0.0)
        levels: list[list[Candidate]] = []
        level = [begun]
        for number in range(len(ties)):
            level = self._extended(level, ties if number else self._reaching(ties))
            best = self._better(best, level)
            if best.restored_mw >= most:
                return best
            level.sort(key=lambda one: one.strain)
            levels.append(level if number < _WHOLE_LEVELS else level[:_BEAM])
            level = level[:_BEAM]
        self._share = 1.0
        for level in levels:
            best = self._better(best, (own for one in level for own in self._shorter(one, best)))
        return best

    def _reaching(self, ties: Sequence[Way]) -> list[Way]:
        """Return the open ways between what was cut off and the rest: one at least has to be closed."""
        return [tie for tie in ties if self._grid.crosses(tie.branch, self._dead)]

    @property
    def _spent(self) -> bool:
        return self._flows >= self._most[0] * self._share or self._looked >= self._most[1] * self._share

    def _extended(self, level: Iterable[Candidate], ties: Sequence[Way]) -> list[Candidate]:
        """Return the switchings that close one way more, each once; a loop is opened at each of its ways."""
        found = dict[bytes, Candidate]()
        for one in level:
            for tie in ties:
                if tie in one.closed or self._spent:
                    continue
                stands = one.stands.copy()
                stands[tie.branch] = IN
                longer = one._replace(stands=stands, closed=(*one.closed, tie))
                loop = self._grid.loop(one.stands, tie.branch)
                if not len(loop):
                    self._looked += 1
                    seen = self._grid.glance(stands, self._dead, self._within)
                    found.setdefault(stands.tobytes(), Candidate(*longer[:3], *seen))
                for own in self._opening(longer, [self._way[i] for i in loop.tolist() if i in self._way]):
                    found.setdefault(own.stands.tobytes(), own)
        return list(found.values())

    def _shorter(self, one: Candidate, best: Restored) -> Iterator[Candidate]:
        """Yield switchings that serve less: one more way is open within what was cut off."""
        if one.restored_mw > best.restored_mw + _SAME_MW and not self._spent:
            yield from self._opening(one, [way for way in self._inner if one.stands[way.branch] == IN], best)

    def _opening(
        self, one: Candidate, ways: Sequence[Way], best: Restored | None = None
    ) -> Iterator[Candidate]:
        """Yield a switching with each of some ways opened; with a best so far only what may be better."""
        ways = [way for way in ways if way not in one.closed]
        self._looked += len(ways)
        opening, opened = (
            (np.array(own, dtype=np.intp) for own in zip(*((w.branch, w.opened) for w in ways), strict=True))
            if ways
            else (np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp))
        )
        seen = self._grid.glances(one.stands, opening, opened, self._dead, self._within)
        for way, (restored_mw, strain) in zip(ways, seen, strict=True):
            if best is None or (strain <= 1.0 and restored_mw > best.restored_mw + _SAME_MW):
                stands = one.stands.copy()
                stands[way.branch] = way.opened
                yield Candidate(stands, one.closed, (*one.opened, way), restored_mw, strain)

    def _better(self, best: Restored, candidates: Iterable[Candidate]) -> Restored:
        """Return what serves most within all bounds: by the fewest switches, then the least loaded."""
        hopeful = [
            one for one in candidates if one.strain <= 1.0 and one.restored_mw > best.restored_mw + _SAME_MW
        ]

        def rank(one: Candidate) -> tuple[float, int]:
            return -round(one.restored_mw, 9), one.switches

        for _, equal in groupby(sorted(hopeful, key=rank), key=rank):
            found = [own for one in equal if (own := self._solved(one, best.cut_off_mw)) is not None]
            if found:
                return min(found, key=lambda own: own.worst)
        return best

    def _solved(self, one: Candidate, cut_off_mw: float) -> Restored | None:
        """Return what a switching does, None if it is not within all bounds, or no flow is left to try it."""
        if self._flows >= self._most[0] * self._share:
            return None
        self._flows += 1
        judged = self._grid.solve(one.stands)
        worst = np.inf if judged is None else judged.worst(self._within)
        if worst > 1.0:
            return None
        closed = tuple(row for way in one.closed for row in way.open_rows)
        opened = tuple(way.opening_row for way in one.opened)
        return Restored(closed, opened, cut_off_mw, one.restored_mw, worst, True)
