"""Instants of a run: asked for again, with the objects that its users' tools take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from twin.errors import InvalidInput, Mistake
from twin.results.tables import BoundRow
from twin.scenario.schema import Scenario, utility_of
from twin.utilities.base import Snapshot
from twin.utilities.registry import utilities

if TYPE_CHECKING:
    import pyarrow as pa

_ASKED = "an instant in ISO 8601, 2026-01-01T18:00"
_LIMITS = ["asset", "quantity", "lower", "upper"]
_NOTHING = 1e-6
HOUR = timedelta(hours=1)


class Extreme(NamedTuple):
    """The signal of an asset that was worst in a month: which, and whether it is low or high that is bad."""

    asset: str
    quantity: str
    low: bool
    month: str


class Again(Protocol):
    """Walks through a scenario again to instants of a run."""

    def snapshots(self, instants: Sequence[datetime], network: str = "") -> list[dict[str, Snapshot]]:
        """Return at each instant the networks that have a native form, or one of them."""
        ...

    def apart(self, instants: Sequence[datetime]) -> str:
        """Return the first network whose results are apart from its native object, empty if none is."""
        ...

    def worst(self, extreme: Extreme) -> datetime:
        """Return the instant of a month at which a signal was worst."""
        ...


@dataclass(frozen=True, slots=True)
class Instant:
    """A run at one instant.

    Attributes
    ----------
    models
        By network, its native object: a solved pandapower net, a `wntr.network.WaterNetworkModel`.
    results
        By network, the results of the instant, where the model does not hold them itself.
    told
        What of the instant the models cannot show.
    """

    time: datetime
    models: Mapping[str, Any]
    results: Mapping[str, Any]
    told: tuple[Mistake, ...]

    def __repr__(self) -> str:
        return f"Instant({self.time.isoformat(timespec='minutes')}: {', '.join(self.models)})"


def read_instant(again: Again, instant: datetime) -> Instant:
    """Return a run at one instant."""
    (snapshots,) = again.snapshots([instant])
    models = {name: own.model() for name, own in snapshots.items()}
    results = {name: own.series([0], []) for name, own in snapshots.items()}
    told = tuple(mistake for own in snapshots.values() for mistake in own.told)
    return Instant(instant, models, {n: own for n, own in results.items() if own is not None}, told)


def read_hours(again: Again, start: datetime, hours: Sequence[datetime], network: str) -> Any:
    """Return the results of a network at some instants, told in seconds since the start of the scenario.

    Raises
    ------
    InvalidInput
        If there is no such network, or its native object holds its results itself.
    """
    seconds = [round((instant - start).total_seconds()) for instant in hours]
    found: list[Snapshot] = []
    for snapshots in again.snapshots(hours, network):
        if network not in snapshots:
            raise InvalidInput([Mistake(network, 0, "is no network with a native form in this run")])
        found.append(snapshots[network])
    results = found[0].series(seconds, found[1:])
    if results is None:
        problem = "has no results apart from its native object"
        raise InvalidInput([Mistake(network, 0, problem, "run.at(time).models")])
    return results


def parse_instant(value: str | date) -> datetime:
    """Return an instant that a user names; a date is its midnight.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise InvalidInput([Mistake(str(value), 0, "is no instant", _ASKED)]) from None
    if instant.tzinfo is not None:
        raise InvalidInput([Mistake(str(value), 0, "names a time zone; the clock is standard time", _ASKED)])
    return instant


def full_hours(start: datetime, end: datetime) -> list[datetime]:
    """Return the full hours from one instant until before another.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    first = start.replace(minute=0, second=0, microsecond=0)
    first += HOUR * (first < start)
    hours = [first + n * HOUR for n in range(max(0, -((first - end) // HOUR)))]
    if not hours:
        raise InvalidInput([Mistake(f"{start:%Y-%m-%dT%H:%M}", 0, "no full hour until the end", _ASKED)])
    return hours


def worst_of(scenario: Scenario, monthly: "pa.Table", bounds: Sequence[BoundRow], asset: str = "") -> Extreme:
    """Return the signal that came closest to its limit, or farthest beyond it.

    Parameters
    ----------
    monthly, bounds
        The run's tables of these names.
    asset
        Its address; empty for the worst of all.

    Raises
    ------
    InvalidInput
        If no signal of the asset has a limit, or none was ever in service.
    """
    import pandas as pd

    rows = monthly.select(["asset", "quantity", "month", "min", "max"]).to_pandas()
    rows = rows[rows.asset == asset] if asset else rows
    names = rows.astype({"asset": str, "quantity": str, "month": str})
    limits = pd.DataFrame([(b.asset, b.quantity, b.lower, b.upper) for b in bounds], columns=_LIMITS)
    found = names.merge(limits.astype({"lower": float, "upper": float}), on=["asset", "quantity"])
    strains = [
        ((found["max"] - found.upper) / _measure(found.upper), False),
        ((found.lower - found["min"]) / _measure(found.lower), True),
    ]
    told = [(float(one.max()), int(one.idxmax()), low) for one, low in strains if one.notna().any()]
    if told:
        _, row, low = max(told)
        return Extreme(found.asset[row], found.quantity[row], low, found.month[row])
    extreme = _by_shortage(names) if asset else None
    if extreme is None:
        known = "an asset with a limit or a capacity" if len(rows) else "an asset of the run"
        raise InvalidInput([Mistake(asset or scenario.name, 0, "has no worst hour", known)])
    return extreme


def _measure(limit: Any) -> Any:
    """Return by what excess over a limit is measured: the limit, of one that is nothing its unit."""
    return limit.abs().where(limit.abs() > _NOTHING, 1.0)


def _by_shortage(rows: Any) -> Extreme | None:
    """Return the worst of signals without limits: those whose low or high a shortage would explain."""
    for low, side in ((True, "min"), (False, "max")):
        explained = [
            bool(utilities()[utility_of(asset)].short_of(quantity, low))
            for asset, quantity in zip(rows.asset, rows.quantity, strict=True)
        ]
        own = rows[explained]
        if len(own):
            row = own.loc[own[side].idxmin() if low else own[side].idxmax()]
            return Extreme(row.asset, row.quantity, low, row.month)
    return None
