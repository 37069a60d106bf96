"""The assets of a network by name and kind, and what can be done to each kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

WHOLE = "network"
"""What stands for a network as a whole where else the name of an asset stands."""
FACTOR = "factor"
"""The field of a series that multiplies what the network's file gives."""


@dataclass(slots=True)
class AssetNames:
    """Addresses of a network's assets by kind: ``load``, ``junction``, ``valve``.

    A node and a link may share one where their signals, and what can be done to them, differ.

    Attributes
    ----------
    rows
        Those that a table of the scenario names, not the network's file: kind of each, and table and row.
    draws_kw
        What assets that another utility feeds draw at their duty, where a file around which a scenario is
        begun tells it.
    """

    by_kind: dict[str, set[str]] = field(default_factory=dict)
    rows: dict[str, tuple[str, tuple[str, str]]] = field(default_factory=dict)
    draws_kw: dict[str, float] = field(default_factory=dict)

    def of(self, *kinds: str) -> set[str]:
        """Return the addresses of some kinds."""
        return set().union(*(self.by_kind.get(kind, set()) for kind in kinds))

    @property
    def all(self) -> set[str]:
        """Return all addresses."""
        return self.of(*self.by_kind)


class AssetKind(NamedTuple):
    """What can be done to a kind of asset.

    Attributes
    ----------
    fields
        What a change of a site can set, and whether that is a flag or a number from 0 on.
    outages
        It can be taken out of service.
    demand
        Demand points may lie on it.
    links
        Kinds of link, of whatever utility, that it may stand under as `asset` beside the kinds of asset that
        these name themselves. What such a link reads and fills, the utility that declares it tells.
    series
        What a time series can give it: by field the units it may be given in, and how much of the first,
        which is reckoned with, that is. A unit belongs to one field. `FACTOR` multiplies what the file gives,
        and stands beside no other.
    levels
        Those of these fields that do not add up over time: a voltage, a temperature.
    """

    fields: Mapping[str, Literal["flag", "number"]] = {}
    outages: bool = True
    demand: bool = False
    links: tuple[str, ...] = ()
    series: Mapping[str, Mapping[str, float]] = {}
    levels: tuple[str, ...] = ()
