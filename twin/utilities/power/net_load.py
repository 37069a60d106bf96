"""What a grid's sources are asked for on a day, from what is drawn and fed in, without a load flow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.checking import ScenarioParts
from twin.utilities.demand import Demand, Given
from twin.utilities.power.file_powers import DRAWS, file_powers
from twin.utilities.power.settings import PowerSettings
from twin.utilities.utility import declared


class _Folder(Protocol):
    """A scenario, as far as files are looked for."""

    @property
    def folder(self) -> Path:
        """Return where its files lie."""


def file_of(scenario: object) -> Path:
    """Return the grid's file of a scenario in which it is simulated."""
    settings = declared(cast(ScenarioParts, scenario).simulated["power"], PowerSettings)
    return cast(_Folder, scenario).folder / settings.file


def net_load(scenario: object, demand: Demand, given: Sequence[Given]) -> Vector:
    """Return MW by step that loads draw, less what is fed in; losses, and what links draw, are left out.

    The file's own elements in service count, with what series give instead of what the file says.
    """
    parts, powers = cast(ScenarioParts, scenario), file_powers(file_of(scenario))
    elsewhere = {point.asset for point in parts.demand_points} | {link.to for link in parts.links}
    total = _of_points(demand)
    series = {own.asset for own in given if own.field != "q_mvar"}
    for address, own in powers.items():
        if own.in_service and address not in elsewhere and address not in series:
            grows = demand.native if own.table == "load" else 1.0
            total = total + DRAWS[own.table] * own.p_mw * grows
    for column, (address, field) in enumerate(given):
        if field == "q_mvar" or address not in powers or not powers[address].in_service:
            continue
        own = powers[address]
        mw = demand.given[:, column] * (own.p_mw if field == "factor" else 1.0)
        total = total + DRAWS[own.table] * mw * (demand.native if own.table == "load" else 1.0)
    return np.asarray(total)


def _of_points(demand: Demand) -> Vector:
    """Return MW by step of the demand points."""
    by_step = demand.base if demand.base.ndim == 3 else demand.base[None]
    return np.asarray((by_step.sum(axis=1) * demand.factors).sum(axis=1))
