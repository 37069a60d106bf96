"""A switching state with all that depends on nothing else, and what a grid goes on from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from twin.utilities.base import Cause, Vector
from twin.utilities.power.asked import SavedLoads
from twin.utilities.power.constant_power import Constants
from twin.utilities.power.dispatch import Shedding
from twin.utilities.power.in_service import SavedFlags
from twin.utilities.power.load_flow import SavedFlow
from twin.utilities.power.resources.control import SavedControl
from twin.utilities.power.restoration.in_time import SavedSwitching
from twin.utilities.power.rules import Index
from twin.utilities.power.settings import PowerSettings
from twin.utilities.power.shedder import Shedder
from twin.utilities.power.state import State, rated_branches

NOTHING_MW = 1e-6


class Switched(NamedTuple):
    """A switching state with what depends on nothing else.

    Attributes
    ----------
    loading, power_mw
        As in `Measured`; written by each solution.
    dead, dead_constants
        Loads, and other elements of constant power, that stand at no live bus.
    """

    state: State
    shedder: Shedder
    loading: Vector
    power_mw: Vector
    dead: Index
    dead_constants: Index


class Saved(NamedTuple):
    """What a grid goes on from."""

    standing: SavedFlags
    loads: SavedLoads
    given: Vector
    control: SavedControl
    flow: SavedFlow
    shedding: Shedding | None
    served: Vector
    values: Vector
    sums: Vector
    now: dict[Cause, float]
    causes: dict[Cause, float]
    stale: bool
    failed: bool
    switching: SavedSwitching


def switched(
    state: State,
    names: Mapping[str, Sequence[str]],
    settings: PowerSettings,
    supply_rating: Vector,
    tables: Mapping[str, tuple[str, int]],
    constants: Constants,
) -> Switched:
    """Add to a switching state what depends on nothing else.

    Parameters
    ----------
    names
        Each element's name by table.
    supply_rating
        MVA that each external grid may supply.
    tables
        Table and row of each element, by address.
    """
    labels, limit = rated_branches(state, names, settings.emergency_factor)
    elements = [*labels, *(f"power/{name}" for name in names["ext_grid"])]
    loading, power_mw = np.zeros((2, len(elements)))
    dead = (state.layout.constant_bus < 0) & state.layout.constant_asked & ~constants.link
    return Switched(
        state,
        Shedder(state, elements, np.concatenate([limit, supply_rating]), tables),
        loading,
        power_mw,
        np.flatnonzero(state.bus_of_load < 0),
        np.flatnonzero(dead),
    )


def causes_of(cut_off: Iterable[tuple[str, float]], shedder: Shedder, short_mw: float) -> dict[Cause, float]:
    """Return the MW that are not served, by cause; what the dispatcher shed is shared by who asked for it.

    Parameters
    ----------
    cut_off
        What stands at no live bus: its address, and what it misses.
    short_mw
        What loads at live buses are short of.
    """
    quantity = "unserved_mwh"
    causes = {Cause(quantity, "no supply", address): float(mw) for address, mw in cut_off if mw > NOTHING_MW}
    for cause, mw in shedder.causes(quantity, short_mw).items():
        causes[cause] = causes.get(cause, 0.0) + mw
    return causes
