"""pandapower's own conversion of a net to matrices of internal buses, without a load flow."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from twin.networks.base import Mask
from twin.networks.power_elements import CONSUMERS, consumer_powers

_DEFAULTS: dict[str, Any] = {
    "algorithm": "nr",
    "calculate_voltage_angles": True,
    "init": "auto",
    "max_iteration": "auto",
    "tolerance_mva": 1e-8,
    "trafo_model": "t",
    "trafo_loading": "current",
    "enforce_q_lims": False,
    "check_connectivity": True,
    "voltage_depend_loads": True,
    "passed_parameters": {"algorithm": "nr", "numba": False, "lightsim2grid": False},
    "numba": False,
    "lightsim2grid": False,
}
"""What `runpp` assumes; the file's own ``user_pf_options`` overrule all but how it is computed."""


def convert(net: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return pandapower's tables of all and of the energised internal buses and branches.

    What consumers draw is left out, what generators of all kinds inject is there. The net is as before,
    but for pandapower's own lookups.
    """
    from pandapower.auxiliary import _add_auxiliary_elements, _clean_up, _init_runpp_options
    from pandapower.pd2ppc import _pd2ppc

    _init_runpp_options(net, **_DEFAULTS)
    with _no_consumption(net):
        _add_auxiliary_elements(net)
        net._pd2ppc_lookups = {
            key: np.array([], dtype=np.int64)
            for key in ("bus", "bus_dc", "ext_grid", "gen", "branch", "branch_dc")
        }
        try:
            full, energised = _pd2ppc(net)
        finally:
            _clean_up(net, res=False)
    return full, energised


@contextmanager
def _no_consumption(net: Any) -> Iterator[None]:
    """Take what consumers draw out of the net for a while."""
    before = []
    for table in CONSUMERS:
        if not len(net[table]):
            continue
        draws = consumer_powers(net, table)[0] >= 0.0
        for column in ("ps_mw", "qs_mvar") if table.endswith("ward") else ("scaling",):
            before.append((table, column, net[table][column]))
            net[table][column] = np.where(draws, 0.0, net[table][column].to_numpy(dtype=float))
    try:
        yield
    finally:
        for table, column, values in before:
            net[table][column] = values


def has_source(net: Any) -> bool:
    """Return whether any external grid or slack generator is in service at a bus in service."""
    return any(_live(net, table, slack).any() for table, slack in (("ext_grid", False), ("gen", True)))


def _live(net: Any, table: str, slack: bool) -> Mask:
    frame = net[table]
    if not len(frame):
        return np.zeros(0, dtype=bool)
    on = frame.in_service.to_numpy(dtype=bool) & net.bus.in_service.reindex(frame.bus).to_numpy(dtype=bool)
    return np.asarray(on & frame.slack.to_numpy(dtype=bool) if slack else on)
