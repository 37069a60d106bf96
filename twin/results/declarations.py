"""What a run's utilities have declared, as ``run.json`` keeps it: pages read it and need no utility."""

from collections.abc import Iterable
from typing import Any

from twin.columns import Row, columns, meaning
from twin.scenario.currency import ACCOUNT, told
from twin.utilities.registry import utilities
from twin.utilities.utility import Utility


def declarations(networks: Iterable[str], currency: str = ACCOUNT) -> list[dict[str, Any]]:
    """Return what pages need of some utilities, in the order of the registry; prices in a currency."""
    there = set(networks)
    every = enumerate(utilities().values())
    return [_declaration(own, place, currency) for place, own in every if own.name in there]


def _declaration(utility: Utility, place: int, currency: str) -> dict[str, Any]:
    """Return one utility's.

    Returns
    -------
    dict
        ``place``: among all utilities; it gives the colour, whatever city it stands in. ``source``: the kind
        of capacity by which it is judged as a whole. ``contract``: how developments ask for it. ``links``: by
        kind, which end depends on the other. ``feeds``: other networks' assets draw from its own.
        ``endings``: events that end others. ``tables``: those of its own that pages show.
        And what it says of how it is shown.
    """
    return {
        "name": utility.name,
        "place": place,
        "source": next((kind.name for kind in utility.capacities if kind.main), ""),
        "contract": utility.contract.column if utility.contract else "",
        "losses": [
            {
                "quantity": loss.quantity,
                "unit": loss.unit,
                "metric": loss.metric,
                "price": told(loss.price, currency),
                "part": loss.part,
                "units": loss.units,
            }
            for loss in utility.losses
        ],
        "links": {kind.name: "asset" if kind.takes else "to" for kind in utility.links},
        "feeds": any(kind.takes for kind in utility.links),
        "endings": [incident.ends for incident in utility.incidents],
        "tables": [about_table(own) for own in utility.result_tables if own.table in utility.shown.tables],
        **utility.shown.as_data(),
    }


def about_table(table: type[Row]) -> dict[str, Any]:
    """Return a table's name, what it holds, and its columns with their units and meanings."""
    return {
        "name": table.table,
        "meaning": meaning(table),
        "columns": [
            {"name": own.name, "unit": own.unit, "meaning": own.meaning, "text": own.kind is str}
            for own in columns(table)
        ],
    }
