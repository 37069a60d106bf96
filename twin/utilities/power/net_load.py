"""What a grid's sources are asked for on a day, from what is drawn and fed in, without a load flow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.checking import ScenarioParts
from twin.utilities.demand import Demand, Given
from twin.utilities.power.file_powers import DRAWS, FilePower, file_powers
from twin.utilities.power.resources.heat import Heated
from twin.utilities.power.resources.table import Resource, resources_of
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

    The file's own elements in service count, with what series give instead of what the file says; so do
    resources but batteries, those that sites will commission too.
    """
    parts, rows = cast(ScenarioParts, scenario), _rows(scenario)
    powers = file_powers(file_of(scenario)) | {
        address: FilePower(row.of.table, row.mw, 0.0, True, "") for address, row in rows.items()
    }
    elsewhere = {point.asset for point in parts.demand_points} | {link.to for link in parts.links}
    heated, total = Heated(given, rows), _of_points(demand)
    asked = heated.powers(demand.given)
    series = {own.asset: column for column, own in enumerate(heated.given) if own.field != "q_mvar"}
    for address, own in powers.items():
        if not own.in_service or address in elsewhere or (address in rows and address not in series):
            continue
        mw: Vector | float = own.p_mw
        if address in series:
            column = series[address]
            mw = asked[:, column] * (own.p_mw if heated.given[column].field == "factor" else 1.0)
        grows = own.table == "load" and address not in rows
        total = total + DRAWS[own.table] * mw * (demand.native if grows else 1.0)
    return np.asarray(total)


def _rows(scenario: object) -> dict[str, Resource]:
    """Return a scenario's resources by address."""
    return {f"power/{name}": row for name, row in resources_of(scenario).items()}


def _of_points(demand: Demand) -> Vector:
    """Return MW by step of the demand points."""
    by_step = demand.base if demand.base.ndim == 3 else demand.base[None]
    return np.asarray((by_step.sum(axis=1) * demand.factors).sum(axis=1))
