"""A solved grid apart from its engine: a pandapower net with what draws, stands and where taps are."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Snapshot, Vector
from twin.utilities.power.internal_tables import has_source, quiet
from twin.utilities.power.load_flow import LoadFlow
from twin.utilities.power.rules import Complex
from twin.utilities.power.taps import TapChangers
from twin.utilities.power.varying import Varying

_SAME_PU = 1e-6


class PowerSnapshot:
    """A grid at an instant.

    Parameters
    ----------
    net
        As it stands; what loads are served is their power. It is solved when it is asked for.
    voltage
        The twin's solution, pu, of each bus of the net; 0 where dead.
    file_name
        Of the user's file.
    """

    file = "power.json"

    def __init__(self, net: Any, voltage: Complex, file_name: str) -> None:
        self._net, self._voltage, self._file_name = net, voltage, file_name
        self._told: tuple[Mistake, ...] | None = None

    @property
    def told(self) -> tuple[Mistake, ...]:
        """Return where pandapower's solution is another than the twin's."""
        if self._told is None:
            self._told = tuple(self._solve())
        return self._told

    def model(self) -> Any:
        """Return the net with its results.

        Raises
        ------
        InvalidInput
            If pandapower finds no solution.
        """
        return self._net if self.told is not None else None

    def series(self, seconds: Sequence[int], later: Sequence[Snapshot]) -> Any:
        """Return None: the net holds its results."""
        return None

    def write(self, path: Path) -> None:
        """Write the net with its results."""
        import pandapower as pp

        with quiet():
            pp.to_json(self.model(), str(path))

    def _solve(self) -> Iterator[Mistake]:
        """Fill the tables of results from the twin's voltages; yield what differs."""
        import pandapower as pp
        from pandapower.results import init_results

        net, v = self._net, self._voltage
        if not has_source(net):
            with quiet():
                init_results(net, "pf")
            yield Mistake(self._file_name, 0, "no source holds the frequency: nothing is energised")
            return
        alive = np.abs(v) > 0.0
        begin = {
            "init_vm_pu": np.where(alive, np.abs(v), 1.0),
            "init_va_degree": np.where(alive, np.rad2deg(np.angle(v)), 0.0),
        }
        if not (_solved(pp, net, begin) or _solved(pp, net, {})):
            raise InvalidInput(
                [Mistake(self._file_name, 0, "pandapower finds no solution of what the twin has solved")]
            )
        gap = float(np.abs(_voltages(net) - v)[alive].max(initial=0.0))
        if gap > _SAME_PU:
            problem = f"pandapower's voltages differ from the twin's by up to {gap:.1g} pu"
            yield Mistake(self._file_name, 0, problem)


def take_snapshot(
    net: Any, served: Vector, varying: Varying, flow: LoadFlow, changers: TapChangers, file: str
) -> Snapshot:
    """Return a grid as it is at its last solution.

    Parameters
    ----------
    net
        With what stands written into it; it is copied.
    served
        MW and Mvar of each load, shape (2, loads).
    varying
        What else does not draw or feed in what the file says.
    file
        Of the user.
    """
    own = deepcopy(net)
    own.load["p_mw"], own.load["q_mvar"], own.load["scaling"] = served[0], served[1], 1.0
    varying.put(own)
    _leave_out_profiles(own)
    for (table, index), position in zip(changers.elements, flow.position.tolist(), strict=True):
        own[table].at[index, "tap_pos"] = position
    bus = flow.state.compiled.bus
    voltage = np.zeros(len(bus), dtype=np.complex128)
    voltage[bus >= 0] = flow.voltage[bus[bus >= 0]]
    return PowerSnapshot(own, voltage, file)


def _leave_out_profiles(net: Any) -> None:
    """Let no element name a profile any more: its power is that of the instant already."""
    for table in ("load", "sgen", "gen", "storage"):
        net[table] = net[table].drop(columns="profile", errors="ignore")


def _solved(pp: Any, net: Any, begin: dict[str, Vector]) -> bool:
    """Let pandapower solve, by the file's own options; return whether it could."""
    try:
        with quiet():
            pp.runpp(net, numba=False, lightsim2grid=False, **begin)
    except Exception:  # pandapower raises many kinds; each means no solution from here
        return False
    return bool(net.converged)


def _voltages(net: Any) -> Complex:
    result = net.res_bus.reindex(net.bus.index)
    v: Complex = result.vm_pu.to_numpy() * np.exp(1j * np.deg2rad(result.va_degree.to_numpy()))
    return v
