"""What a grid can rely on: transformers after the loss of the largest, and its supplies."""

from collections.abc import Sequence

from twin.model import Model
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.power.settings import PowerSettings
from twin.utilities.utility import declared

_POWERS = {"MVA": 1.0, "kVA": 1e-3, "GVA": 1e3}


def _substation(ratings: Sequence[float], settings: Model | None) -> tuple[float, float]:
    if settings is None:
        return sum(ratings), sum(ratings)
    power = declared(settings, PowerSettings)
    firm = firm_substation_mw(ratings, power.emergency_factor, power.design_power_factor)
    return sum(ratings) * power.design_power_factor, firm


def firm_substation_mw(ratings_mva: Sequence[float], emergency_factor: float, power_factor: float) -> float:
    """Return what a substation carries after the loss of its largest unit.

    The sum of ratings less the largest, times the emergency factor: nothing for a single transformer.

    Parameters
    ----------
    ratings_mva
        Rated apparent power of each transformer in service, MVA.
    emergency_factor
        What a unit may carry over its rating for some hours.
    power_factor
        Turns MVA into MW.
    """
    return (sum(ratings_mva) - max(ratings_mva)) * emergency_factor * power_factor


CAPACITIES = (
    CapacityKind(
        "substation",
        "asked_mw",
        _POWERS,
        ("trafo", "trafo3w"),
        unit="MW",
        rated_in_file=True,
        firm=_substation,
        spread="points",
    ),
    CapacityKind(
        "supply",
        "asked_mva",
        _POWERS,
        ("ext_grid",),
        main=True,
        spread="points",
        per_unit=lambda settings: declared(settings, PowerSettings).design_power_factor,
    ),
)
