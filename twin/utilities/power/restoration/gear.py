"""A grid's tables with its switches as they stand, compiled as they are and with every way closed."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from twin.errors import Unsolved
from twin.utilities.base import Vector
from twin.utilities.power.constant_power import Constants
from twin.utilities.power.in_service import InService
from twin.utilities.power.load_flow import Solution
from twin.utilities.power.resources.opening import Beside
from twin.utilities.power.restoration.restorer import Restorer
from twin.utilities.power.restoration.ways import Meshed, mesh
from twin.utilities.power.settings import PowerSettings
from twin.utilities.power.state import State, build_state
from twin.utilities.power.taps import TapChangers

_MESHES_KEPT = 20


class Gear:
    """A grid's tables with its switches as they stand.

    Parameters
    ----------
    net, names, changers, constants, standing, beside
        The grid's own.
    supply_mva
        What each external grid may supply.
    """

    def __init__(
        self,
        net: Any,
        names: Mapping[str, Sequence[str]],
        changers: TapChangers,
        constants: Constants,
        standing: InService,
        beside: Beside,
        settings: PowerSettings,
        supply_mva: Vector,
    ) -> None:
        self._net, self._names, self._changers = net, names, changers
        self._constants, self._standing, self._beside = constants, standing, beside
        self._settings, self._supply_mva = settings, supply_mva
        self._kept: dict[bytes, Meshed | None] = {}

    def stands(self) -> bytes:
        """Return what tells how the grid stands from other ways."""
        return self._standing.key()

    def net_now(self) -> Any:
        """Return a copy of pandapower's tables as the grid stands."""
        self._standing.write(self._net)
        return deepcopy(self._net)

    def compile(self) -> State:
        """Return the present switching state.

        Raises
        ------
        Unsolved
            If pandapower cannot build it.
        """
        self._standing.write(self._net)
        return self._build()

    def restorer(self, instant: Solution) -> Restorer | None:
        """Return what looks for restoration, as the grid stands; None where no way is open.

        Parameters
        ----------
        instant
            A solution of the grid as it stands.
        """
        key = self.stands()
        if key not in self._kept:
            if len(self._kept) >= _MESHES_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._standing.write(self._net)
            closed, held = self._standing.now("switch"), self._standing.held("switch")
            self._kept[key] = mesh(self._net, closed, held, self._build)
        meshed = self._kept[key]
        if meshed is None:
            return None
        self._beside.go_on(meshed.state)
        now = replace(meshed, state=self._beside.varying.kept(meshed.state))
        return Restorer(now, instant, self._names, self._changers, self._settings, self._supply_mva)

    def _build(self) -> State:
        try:
            asked = self._constants.of(self._standing.built())
            return build_state(self._net, self._changers, self._constants, asked)
        except Exception as error:  # pandapower raises many kinds; each means no source or no solution
            raise Unsolved(f"the grid cannot be compiled: {error}", "power/network") from error
