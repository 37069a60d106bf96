"""What the twin says of a file beside what the bare engine says of it."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from compatibility.cases import Case
from compatibility.engine import at_instants, in_steps
from compatibility.through import Through, through
from twin.errors import InvalidInput
from twin.results.tables import EventRow

Found = dict[str, Any]

_FINE_MVA = 1e-10
_STARTS: tuple[dict[str, Any], ...] = (
    {},
    {"init": "dc"},
    {"init": "flat"},
    {"algorithm": "iwamoto_nr", "max_iteration": 100},
)
_MANY_NODES = 3000


def compare(case: Case, folder: Path) -> Iterator[Found]:
    """Yield what is found, piece by piece, so that what takes too long loses no more than itself."""
    path = case.write(folder)
    try:
        own = through(case.kind, path, folder)
    except InvalidInput as error:
        own = None
        yield {"refused": str(error.mistakes[0]).replace(str(path), path.name)}
    else:
        yield _of_twin(own)
    yield from _grid(path, own) if case.kind == "grid" else _water(path, folder, own)


def _of_twin(own: Through) -> Found:
    metrics, run = own.run.metrics, own.run
    names = ("energy_served_mwh", "water_served_m3", "pump_energy_mwh", "unsolved_hours")
    reasons = [event.detail for event in run.rows(EventRow) if event.kind == "unsolved"]
    return {
        "open_s": own.open_s,
        "run_s": own.run_s,
        "status": run.status,
        "reason": run.reason or (reasons[0] if reasons else ""),
    } | {name: metrics[name] for name in names if name in metrics}


# -- grids ----------------------------------------------------------------------------------------------


def _grid(path: Path, own: Through | None) -> Iterator[Found]:
    """Yield the size and the largest differences of a load flow, relative or per unit."""
    import pandapower as pp

    try:
        net = pp.from_json(str(path))
        yield {"size": len(net.bus)}
        how = _solve(net)
    except Exception as error:  # whatever a stranger's file makes the engine raise
        yield {"engine": f"{type(error).__name__}: {error}".split("\n")[0][:200]}
        return
    yield {"engine": how}
    if own is not None and not own.run.metrics.get("unsolved_hours"):
        yield {"differences": _differences(net, own)}


def _solve(net: Any) -> str:
    """Solve as the file asks; where that finds nothing, from other starts. Return how it was solved."""
    import pandapower as pp

    control = bool(len(net.controller)) if "controller" in net else False
    for start in _STARTS:
        try:
            pp.runpp(net, lightsim2grid=False, run_control=control, **start)
        except pp.LoadflowNotConverged as error:
            failed = error
            continue
        try:  # 1e-8 MVA, what pandapower stops at, is much for a street of houses
            pp.runpp(net, lightsim2grid=False, init="results", tolerance_mva=_FINE_MVA)
        except pp.LoadflowNotConverged:
            pp.runpp(net, lightsim2grid=False, **start)
        return "solved" + "".join(f", {key} {value}" for key, value in start.items())
    raise failed


def _differences(net: Any, own: Through) -> dict[str, float]:
    """Return the largest difference by quantity."""
    power: Any = own.city.networks["power"]
    read = {(s.asset, s.quantity): v for s, v in zip(own.city.signals, own.city.readings, strict=True)}
    whole_mw = max(1e-3, float(net.res_ext_grid.p_mw.abs().sum()))
    compared = [
        ("bus", "voltage_pu", "vm_pu", 1.0),
        ("line", "loading_percent", "loading_percent", 100.0),
        ("trafo", "loading_percent", "loading_percent", 100.0),
        ("trafo3w", "loading_percent", "loading_percent", 100.0),
        ("ext_grid", "power_mw", "p_mw", whole_mw),
    ]
    found = {}
    for table, quantity, column, scale in compared:
        theirs = net[f"res_{table}"][column].to_numpy(dtype=float)
        names = power.names[table][: len(theirs)]
        ours = np.array([read.get((f"power/{name}", quantity), np.nan) for name in names])
        known = ~np.isnan(theirs)
        if known.any():
            gap = np.abs(ours - theirs)[known] / np.maximum(np.abs(theirs[known]), scale)
            found[f"{table} {quantity}"] = float(np.nan_to_num(gap, nan=np.inf).max())
    return found


# -- water ----------------------------------------------------------------------------------------------


def _water(path: Path, folder: Path, own: Through | None) -> Iterator[Found]:
    """Yield a day of EPANET at the twin's instants, then in fine and in coarser steps."""
    day = at_instants(path, folder, own.instants if own else range(0, 86400, 3600))
    yield {"size": day.nodes, "engine": day.stopped or "solved", "own_instants": asdict(day)}
    if own is None or day.stopped:
        return
    fine, coarse = (10, 60) if day.nodes <= _MANY_NODES else (30, 60)
    yield {"coarse_s": coarse, "coarse": asdict(in_steps(path, folder, coarse))}
    yield {"fine_s": fine, "fine": asdict(in_steps(path, folder, fine))}
