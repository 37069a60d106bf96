"""The utilities that the program knows: its own, and those that installed packages bring."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from twin.utilities.sound import PARTS, refuse_unread, refuse_unsound
from twin.utilities.utility import Utility

GROUP = "twin.utilities"
"""The group of entry points by which a package brings a utility: each names a subclass of `Utility`."""
_OWN = ("power", "water", "wastewater", "gas", "roads")


@cache
def utilities() -> dict[str, Utility]:
    """Return every utility by name, the program's own first.

    Raises
    ------
    ValueError
        If one cannot be loaded, its declarations do not fit together, or two declare the same name,
        metric, loss or price.
    """
    found: dict[str, Utility] = {}
    for loaded in _every():
        utility = refuse_unsound(loaded)
        refuse_doubles(utility, found.values())
        found[utility.name] = utility
    refuse_unread(found.values())
    return found


def refuse_doubles(utility: Utility, others: Iterable[Utility]) -> None:
    """Refuse a utility that declares what another has; a metric that both sum is one and the same object.

    Raises
    ------
    ValueError
        Naming what is declared twice.
    """
    for other in others:
        if other.name == utility.name:
            raise ValueError(f"two utilities are called {utility.name}")
        theirs = {metric.name: metric for metric in other.metrics}
        for metric in utility.metrics:
            if metric.name in theirs and theirs[metric.name] is not metric:
                raise ValueError(f"{utility.name} and {other.name} both declare the metric {metric.name}")
        for what, mine in _declared(utility).items():
            if both := mine & _declared(other)[what]:
                raise ValueError(f"{utility.name} and {other.name} both declare the {what} {min(both)}")
        units = {kind.name: kind.units for kind in other.capacities}
        for kind in utility.capacities:
            if units.get(kind.name, kind.units) != kind.units:
                shared = f"{utility.name} and {other.name} both declare the capacity {kind.name}"
                raise ValueError(f"{shared}, in different units")


def _declared(utility: Utility) -> dict[str, set[str]]:
    """Return the names that only one utility may declare."""
    return {
        "loss": {loss.quantity for loss in utility.losses},
        "part of the cost of service": {loss.part for loss in utility.losses},
        "price": {loss.price for loss in utility.losses},
        "kind of link": {kind.name for kind in utility.links},
        "incident": {incident.kind for incident in utility.incidents},
        "table": set(utility.tables),
        "norm": {norm.name for norm in utility.norms},
        **{f"field of {part}": set(fields.model_fields) for part, fields in utility.fields.items()},
    } | {f"field of {part}": set() for part in PARTS - utility.fields.keys()}


def _every() -> Iterator[object]:
    for name in _OWN:
        yield import_module(f"{__package__}.{name}").UTILITY
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            yield point.load()()
        except (ImportError, AttributeError, TypeError) as error:
            raise ValueError(f"the entry point {point.name} = {point.value} in {GROUP}: {error}") from error
