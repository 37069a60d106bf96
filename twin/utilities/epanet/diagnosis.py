"""Why a hydraulic network has no solution, in words that an engineer can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from epanet import toolkit as en

if TYPE_CHECKING:
    from twin.utilities.epanet.hydraulics import Hydraulics

_NAMED = 3


def explain(engine: Hydraulics, warning: str) -> tuple[str, str]:
    """Return the reason and the address of the asset that it points to.

    Parameters
    ----------
    engine
        After a failed solution.
    warning
        What EPANET said.
    """
    for find in (_disconnected, _flipping, _beyond_curve):
        reason, assets = find(engine)
        if assets:
            more = f" and {len(assets) - _NAMED} more" if len(assets) > _NAMED else ""
            named = ", ".join(assets[:_NAMED]) + more
            return f"{engine.name} does not balance: {reason} ({named})", f"{engine.name}/{assets[0]}"
    return f"{engine.name} does not balance: {warning}", f"{engine.name}/network"


def _disconnected(engine: Hydraulics) -> tuple[str, list[str]]:
    """Find junctions that ask for water, or bring sewage, and reach no reservoir or tank."""
    handle = engine.project.handle
    status = engine.project.link_values(en.STATUS)
    near: dict[int, list[int]] = {}
    for link in range(len(engine.links)):
        if status[link]:
            a, b = engine.ends[link].tolist()
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    reached = {*engine.reservoirs.tolist(), *engine.tanks.tolist()}
    frontier = list(reached)
    while frontier:
        frontier = [b for a in frontier for b in near.get(a, ()) if b not in reached]
        reached.update(frontier)
    asking = [
        engine.nodes[node]
        for node in engine.junctions.tolist()
        if node not in reached and en.getnodevalue(handle, node + 1, en.FULLDEMAND)
    ]
    return "junctions with demand are cut off", asking


def _flipping(engine: Hydraulics) -> tuple[str, list[str]]:
    """Find links whose status still changes when EPANET is given another trial."""
    handle, project = engine.project.handle, engine.project
    trials = en.getoption(handle, en.TRIALS)
    try:
        seen = []
        for more in (0, 1, 2):
            en.setoption(handle, en.TRIALS, trials + more)
            engine.attempt()
            seen.append(project.link_values(en.STATUS).copy())
    finally:
        en.setoption(handle, en.TRIALS, trials)
    moving = [link for link in range(len(engine.links)) if len({float(status[link]) for status in seen}) > 1]
    controlled = [engine.links[link] for link in moving if link in engine.controlled]
    if controlled:
        return "controls contradict each other", controlled
    return "valves or pumps open and close without end", [engine.links[link] for link in moving]


def _beyond_curve(engine: Hydraulics) -> tuple[str, list[str]]:
    """Find running pumps whose flow is beyond the end of their curve."""
    handle, beyond = engine.project.handle, []
    for pump in engine.pumps.tolist():
        index = int(en.getlinkvalue(handle, pump + 1, en.PUMP_HCURVE))
        if not index:  # a pump of constant power
            continue
        count = en.getcurvelen(handle, index)
        last = float(en.getcurvevalue(handle, index, count)[0]) * (2.0 if count == 1 else 1.0)
        if en.getlinkvalue(handle, pump + 1, en.FLOW) > last:
            beyond.append(engine.links[pump])
    return "pumps run beyond their curves", beyond
