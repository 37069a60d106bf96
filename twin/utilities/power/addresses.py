"""Which element of a net an address means, and what can be changed of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Change
from twin.utilities.power.in_service import HELD, own_field
from twin.utilities.power.rules import Index

Where = Mapping[str, tuple[str, int]]
"""Table and row of each element, by address."""


def places_of(names: Mapping[str, Sequence[str]]) -> Where:
    """Return table and row of each element by address, from the names by table."""
    return {f"power/{name}": (table, row) for table, own in names.items() for row, name in enumerate(own)}


def rows_of_loads(where: Where, addresses: Sequence[str], file: str) -> Index:
    """Return the rows of some loads.

    Raises
    ------
    InvalidInput
        If any is none.
    """
    wrong = [a for a in addresses if where.get(a, ("", 0))[0] != "load"]
    if wrong:
        raise InvalidInput([Mistake(file, 0, f"{a} is not a load") for a in wrong])
    return np.array([where[a][1] for a in addresses], dtype=np.intp)


def make_loads(net: Any, names: Mapping[str, list[str]], where: Where, fed_at: Sequence[str]) -> Where:
    """Make a load of nothing at each bus among some addresses; return what they mean then.

    The load goes by the name of its bus, whose readings it adds to; changes of that address act on the bus.
    """
    import pandapower as pp

    made: dict[str, tuple[str, int]] = {}
    for address in dict.fromkeys(fed_at):
        table, row = where.get(address, ("", 0))
        if table == "bus":
            made[address] = "load", len(net.load)
            pp.create_load(net, net.bus.index[row], 0.0, name=names["bus"][row])
            names["load"].append(names["bus"][row])
    return {**where, **made}


def refuse_changes(
    where: Where, unfit: Mapping[tuple[str, int], str], changes: Sequence[Change], file: str
) -> None:
    """Refuse changes of what is not there, of a field that it does not have, and of what cannot be built.

    Parameters
    ----------
    unfit
        By table and row, what is wrong with elements that cannot be built.

    Raises
    ------
    InvalidInput
        With every such change.
    """
    mistakes = [
        Mistake(file, 0, *problem) for change in changes for problem in _problems(where, unfit, change)
    ]
    if mistakes:
        raise InvalidInput(mistakes)


def _problems(
    where: Where, unfit: Mapping[tuple[str, int], str], change: Change
) -> Iterator[tuple[str, str]]:
    table, row = where.get(change.asset, ("", 0))
    right = own_field(table)
    if not table:
        yield f"unknown asset {change.asset}", ""
    elif change.field not in (right, HELD):
        yield f"{change.asset} has no field {change.field}", f"{right}, {HELD}"
    elif change.field != HELD and change.value and (table, row) in unfit:
        yield f"{change.asset} cannot be built: {unfit[table, row]}", "a finite number"
