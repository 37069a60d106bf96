"""Constants that follow the gas's temperature, which sources bring while they are in service."""

from math import pi
from typing import NamedTuple

import numpy as np

from twin.utilities.base import Mask, Vector
from twin.utilities.gas.constants import branch_of
from twin.utilities.gas.fluid import NORMAL_BAR, STANDARD_K
from twin.utilities.gas.gas_file import GasFile
from twin.utilities.gas.structures import Branch


class Warm(NamedTuple):
    """What follows temperatures.

    Attributes
    ----------
    branch
        Constants of the equations.
    entry_k
        Temperature at the start of each branch.
    content
        What each branch holds, m3 of 1 bar over compressibility.
    """

    branch: Branch
    entry_k: Vector
    content: Vector


class Temperatures:
    """The constants of a file, compiled once for each set of sources in service."""

    def __init__(self, file: GasFile) -> None:
        self._file = file
        self._bringing = np.isfinite(file.sources.kelvin)
        self._known: dict[bytes, Warm] = {}

    def under(self, stands: Mask) -> Warm:
        """Return the constants while such rows of ``ext_grid`` are in service."""
        bringing = stands & self._bringing
        key = bringing.tobytes()
        if key not in self._known:
            self._known[key] = self._compiled(bringing)
        return self._known[key]

    def _compiled(self, bringing: Mask) -> Warm:
        own, sources = self._file.branches, self._file.sources
        node_k = self._file.nodes.temperature_k.copy()
        for node in np.unique(sources.node[bringing]):
            # as in pandapipes, those at one junction bring their mean
            node_k[node] = sources.kelvin[bringing & (sources.node == node)].mean()
        entry_k = node_k[own.start]
        volume = pi * (own.diameter / 2.0) ** 2 * own.length
        content = volume / NORMAL_BAR * STANDARD_K / ((entry_k + own.outlet_k) / 2.0)
        return Warm(branch_of(self._file, entry_k), entry_k, content)
