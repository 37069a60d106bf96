"""What can be restored after each outage of a grid at one instant."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from twin.utilities.base import Mask, Vector
from twin.utilities.power.load_flow import Solution
from twin.utilities.power.restoration.search import Restored, Search
from twin.utilities.power.restoration.switched_grid import SwitchedGrid, bounds_of
from twin.utilities.power.restoration.ways import Meshed
from twin.utilities.power.rules import Index
from twin.utilities.power.settings import PowerSettings
from twin.utilities.power.state import Matrices, matrices
from twin.utilities.power.taps import TapChangers

_NOWHERE: Index = np.zeros(0, dtype=np.intp)


class Restorer:
    """Looks after any single outage for the open points that serve again what it cut off.

    Parameters
    ----------
    meshed
        The grid with every way closed, and how each stands.
    instant
        The solution before the outage.
    names
        Each element's name by table.
    changers
        The grid's tap changers; taps stay as they are.
    supply_mva
        What each external grid may supply.
    """

    def __init__(
        self,
        meshed: Meshed,
        instant: Solution,
        names: Mapping[str, Sequence[str]],
        changers: TapChangers,
        settings: PowerSettings,
        supply_mva: Vector,
    ) -> None:
        self._meshed, self._instant, self._names = meshed, instant, names
        self._stands = meshed.branches()
        self._changers = changers
        band = settings.min_voltage_pu, settings.max_voltage_pu
        self._bounds = bounds_of(meshed, names, settings.emergency_factor, supply_mva, band)
        self._grids: dict[tuple[int, ...], SwitchedGrid] = {}
        self._place = {
            f"power/{name}": (table, row)
            for table in ("line", "trafo", "trafo3w", "ext_grid")
            for row, name in enumerate(names[table])
        }

    def after(self, asset: str) -> Restored:
        """Return what serves most again after the outage of one element."""
        out, refs = self._lost(*self._place[asset])
        if not len(refs):
            return Restored()
        search = Search(self._grid(refs), self._stands, self._meshed.ways, self._bounds)
        return search.after(out, self._alive)

    def whole(self) -> Restored:
        """Return what serves most of all that has no supply now."""
        refs = self._meshed.state.compiled.ref
        if not len(refs):
            return Restored()
        search = Search(self._grid(refs), self._stands, self._meshed.ways, self._bounds)
        return search.after(_NOWHERE, np.ones_like(self._alive))

    def switches(self, rows: Sequence[int]) -> str:
        """Return the names of some switches, parted by `;`."""
        return ";".join(f"power/{self._names['switch'][row]}" for row in rows)

    @cached_property
    def _matrices(self) -> Matrices:
        return matrices(self._meshed.state, self._changers, self._instant.position)

    @cached_property
    def _alive(self) -> Mask:
        return self._grid(self._meshed.state.compiled.ref).alive(self._stands)

    def _grid(self, refs: Index) -> SwitchedGrid:
        key = tuple(refs.tolist())
        if key not in self._grids:
            self._grids[key] = SwitchedGrid(self._meshed, self._matrices, self._instant, refs)
        return self._grids[key]

    def _lost(self, table: str, row: int) -> tuple[Index, Index]:
        """Return the branches that are out, and the buses with a source that are left."""
        state = self._meshed.state
        refs, places = state.compiled.ref, state.places
        if table == "ext_grid":
            if state.ext_share[row] in (0.0, 1.0):
                refs = refs[refs != state.sources[state.ext_slack[row]]]
            return _NOWHERE, refs
        branches = {"line": places.line, "trafo": places.trafo}
        out = places.trafo3w[:, row] if table == "trafo3w" else branches[table][[row]]
        return out[out >= 0], refs
