"""The utilities that the program knows: its own, and those that installed packages bring."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from twin.utilities.utility import Utility

GROUP = "twin.utilities"
"""The group of entry points by which a package brings a utility: each names a subclass of `Utility`."""
_OWN = ("power", "water", "wastewater")


@cache
def utilities() -> dict[str, Utility]:
    """Return every utility by name, the program's own first.

    Raises
    ------
    ValueError
        If two declare the same name, metric, loss, price, link, table or field.
    """
    found: dict[str, Utility] = {}
    for utility in _every():
        refuse_doubles(utility, found.values())
        found[utility.name] = utility
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
        for kind in ("quantity", "part", "price"):
            mine, known = ({getattr(loss, kind) for loss in own.losses} for own in (utility, other))
            if both := mine & known:
                raise ValueError(f"{utility.name} and {other.name} both declare the loss {min(both)}")
        for what in _doubles(utility, other):
            raise ValueError(f"{utility.name} and {other.name} both declare {what}")


def _doubles(utility: Utility, other: Utility) -> Iterator[str]:
    """Yield what two utilities would read differently from one place of a scenario.

    Norms and kinds of capacity may be shared where they mean the same, profiles always.
    """
    links = ({kind.name for kind in own.links} for own in (utility, other))
    yield from (f"the kind of link {name}" for name in sorted(set.intersection(*links)))
    yield from (f"the table {name}" for name in sorted(utility.tables.keys() & other.tables.keys()))
    for section in sorted(utility.fields.keys() & other.fields.keys()):
        fields = (own.fields[section].model_fields.keys() for own in (utility, other))
        yield from (f"{section}.{name}" for name in sorted(set.intersection(*map(set, fields))))
    norms = {norm.name: norm for norm in other.norms}
    yield from (f"the norm {own.name}" for own in utility.norms if norms.get(own.name, own) != own)
    units = {kind.name: kind.units for kind in other.capacities}
    for kind in utility.capacities:
        if units.get(kind.name, kind.units) != kind.units:
            yield f"the capacity {kind.name}, in other units"


def _every() -> Iterator[Utility]:
    for name in _OWN:
        yield import_module(f"{__package__}.{name}").UTILITY
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        yield point.load()()
