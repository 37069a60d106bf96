"""pandapower's internal tables of a net, built as the file's own options ask, without solving a load flow."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import Parameter, signature
from typing import Any

import numpy as np

# how a solution is found is the twin's matter; what is solved is the file's
_OURS = (
    *("init", "init_vm_pu", "init_va_degree", "lightsim2grid", "numba"),
    *("recycle", "algorithm", "max_iteration", "only_v_results"),
)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pandapower's remarks to its programmers, and NumPy's, off the user's terminal."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def set_options(net: Any) -> None:
    """Write into a net the options of `runpp` with those that the file keeps for itself."""
    import pandapower as pp
    from pandapower.auxiliary import _init_runpp_options

    kept = net.get("user_pf_options") or {}
    net["user_pf_options"] = kept
    defaults = {
        name: parameter.default
        for name, parameter in signature(pp.runpp).parameters.items()
        if parameter.default is not Parameter.empty and name != "run_control"
    }
    _init_runpp_options(
        net, passed_parameters=dict.fromkeys(_OURS), lightsim2grid=False, numba=False, **defaults
    )


def internal(net: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return pandapower's tables of all elements, and of those in service and energised."""
    from pandapower.auxiliary import _add_auxiliary_elements
    from pandapower.pd2ppc import _pd2ppc

    own = net.gen
    with quiet():
        set_options(net)
        empty = np.zeros(0, dtype=np.int64)
        net["_pd2ppc_lookups"] = dict.fromkeys(
            ("bus", "bus_dc", "ext_grid", "gen", "branch", "branch_dc"), empty
        )
        net.gen = own.copy()  # direct current lines become generators at both their ends meanwhile
        try:
            _add_auxiliary_elements(net)
            ppc, inner = _pd2ppc(net)
        finally:
            net.gen = own
    return ppc, inner


def has_source(net: Any) -> bool:
    """Return whether anything that holds the frequency is in service at a bus in service."""
    live = net.bus.in_service
    slack_gens = net.gen[net.gen.slack.astype(bool)] if "slack" in net.gen else net.gen.iloc[:0]
    return any(
        bool((table.in_service & live.reindex(table.bus).to_numpy(dtype=bool)).any())
        for table in (net.ext_grid, slack_gens)
        if len(table)
    )
