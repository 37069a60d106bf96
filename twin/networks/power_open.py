"""Opening a pandapower file: read, checked, compiled once, its tap changers tabulated."""

from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.networks.power_compile import compile_net
from twin.networks.power_convert import has_source
from twin.networks.power_elements import CONSUMERS, consumer_powers
from twin.networks.power_read import read_net
from twin.networks.power_taps import TapChangers, read_tap_changers

_BALANCE, _FINEST_PU, _COARSEST_PU = 1e-8, 1e-10, 1e-8


def open_net(path: Path) -> tuple[Any, TapChangers]:
    """Return the net of a file, and its tap changers.

    Raises
    ------
    InvalidInput
        With every mistake that is found.
    """
    net = read_net(path)
    out = net.ext_grid.in_service
    if not has_source(net):  # what builds a supply later finds the grid opened
        net.ext_grid["in_service"] = True
    try:
        compile_net(net)
        return net, read_tap_changers(net, path.name)
    except InvalidInput:
        raise
    except Exception as error:  # pandapower raises many kinds
        said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        problem, remedy = f"pandapower cannot convert it: {said}", "what pandapower.diagnostic asks for"
        raise InvalidInput([Mistake(path.name, 0, problem, remedy)]) from error
    finally:
        net.ext_grid["in_service"] = out


def tolerance_pu(net: Any) -> float:
    """Return how closely power must balance at each bus: the smaller the grid, the closer."""
    drawn_mva = float(np.abs(np.concatenate([consumer_powers(net, table)[0] for table in CONSUMERS])).sum())
    if not drawn_mva:
        return _COARSEST_PU
    return float(np.clip(_BALANCE * drawn_mva / net.sn_mva, _FINEST_PU, _COARSEST_PU))
