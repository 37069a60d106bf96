"""What a grid does not serve now, and why: loads without supply, and those that the dispatcher has shed."""

from collections.abc import Sequence

from twin.utilities.base import Cause, Vector
from twin.utilities.power.constant_power import Constants
from twin.utilities.power.rules import Index
from twin.utilities.power.shedder import Shedder
from twin.utilities.power.switched import NOTHING_MW

_QUANTITY = "unserved_mwh"


def without_supply(
    dead: Index, asked_mw: Vector, loads: Sequence[str], dead_constants: Index, constants: Constants
) -> dict[Cause, float]:
    """Return the MW of loads and of other elements that no source reaches, by cause.

    Parameters
    ----------
    dead, dead_constants
        Rows of the loads, numbers of the other elements.
    asked_mw
        What each load asks for beyond what a reserve covers.
    loads
        Their names.
    """
    causes = {}
    for load in dead:
        if asked_mw[load] > NOTHING_MW:
            causes[Cause(_QUANTITY, "no supply", f"power/{loads[load]}")] = float(asked_mw[load])
    for number in dead_constants:
        if constants.drawn_mw[number] > NOTHING_MW:
            cause = Cause(_QUANTITY, "no supply", constants.address[number])
            causes[cause] = float(constants.drawn_mw[number])
    return causes


def add_shed(causes: dict[Cause, float], shedder: Shedder, short_mw: float) -> dict[Cause, float]:
    """Return causes with the MW that the dispatcher has shed, shared by who asked for it."""
    for cause, mw in shedder.causes(_QUANTITY, short_mw).items():
        causes[cause] = causes.get(cause, 0.0) + mw
    return causes
