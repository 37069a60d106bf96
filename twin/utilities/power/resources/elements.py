"""Resources as rows of a pandapower net."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

from twin.utilities.power.internal_tables import quiet
from twin.utilities.power.resources.table import Resource

_FAULT = 1.2
"""What converters give into a fault, over their rated current: an assumption."""


def add_resources(net: Any, rows: Mapping[str, Resource], buses: Mapping[str, int]) -> None:
    """Add a row for each resource to the tables of a net, at its capacity.

    Parameters
    ----------
    buses
        Index of the bus of each, by name.
    """
    import pandapower as pp

    with quiet():
        for name, row in rows.items():
            # of a fleet the ratio of Mvar to MW is all that counts
            mw = row.mw or 1.0
            mvar = mw * sqrt(1.0 / row.power_factor**2 - 1.0)
            bus, own = buses[name], {"name": name, "in_service": row.in_service}
            match row.of.table:
                case "sgen":
                    pp.create_sgen(net, bus, mw, mvar, sn_mva=mw / row.power_factor, k=_FAULT, **own)
                case "load":
                    pp.create_load(net, bus, mw, mvar, **own)
                case _:
                    pp.create_storage(net, bus, 0.0, row.energy_mwh or 0.0, q_mvar=0.0, **own)


def bus_of(at: str, where: Mapping[str, tuple[str, int]], net: Any) -> int:
    """Return the index of the bus at which an element stands, the first where it has several."""
    table, row = where[at]
    if table == "bus":
        return int(net.bus.index[row])
    column = next(c for c in ("bus", "from_bus", "hv_bus") if c in net[table])
    return int(net[table][column].iloc[row])
