"""What a utility declares must fit together: told at the start, by name, not by a traceback in a run."""

from collections.abc import Collection, Iterator

from twin.utilities.utility import NetworkSettings, Utility

PARTS = frozenset(
    ("scenario", "demand", "developments", "other_demand", "seasons", "service_prices", "links")
)
"""The parts of a scenario to which a utility may add fields."""
_TUPLES = (
    "norms",
    "profile_settings",
    "classes",
    "capacities",
    "metrics",
    "losses",
    "access",
    "summary",
    "result_tables",
    "links",
    "incidents",
)


def refuse_unsound(utility: object) -> Utility:
    """Return a utility whose declarations fit together.

    Raises
    ------
    ValueError
        With every declaration that does not.
    """
    kind = type(utility)
    called = f"{kind.__module__}.{kind.__qualname__}"
    if not isinstance(utility, Utility):
        raise ValueError(f"{called} is no subclass of Utility")
    parts = [
        f"declares fields of {part}; there are {', '.join(sorted(PARTS))}"
        for part in utility.fields.keys() - PARTS
    ]
    wrong = list(_own(utility)) or [
        *parts,
        *_told(utility),
        *_demand(utility),
        *_words(utility),
        *_tables(utility),
    ]
    if wrong:
        raise ValueError(f"{called} {'; '.join(wrong)}")
    return utility


def refuse_unread(utilities: Collection[Utility]) -> None:
    """Refuse what a utility reads from a part of the scenario to which none has added it.

    Raises
    ------
    ValueError
        With the first key.
    """
    fields = {
        part: {key for own in utilities if part in own.fields for key in own.fields[part].model_fields}
        for part in PARTS
    }
    for utility in utilities:
        for part, key, what in _read(utility):
            if key not in fields[part]:
                problem = f"names {key} ({what}), which is no field that a utility declares of {part}"
                raise ValueError(f"the utility {utility.name} {problem}")


def _tables(utility: Utility) -> Iterator[str]:
    """Yield tables that pages are to show and it does not have."""
    own = {table.table for table in utility.result_tables}
    yield from (
        f"shows a table {name}, which is none of its `result_tables`"
        for name in utility.shown.tables
        if name not in own
    )


def _own(utility: Utility) -> Iterator[str]:
    """Yield what is missing without which nothing else can be looked at."""
    if not getattr(utility, "name", ""):
        yield "has no `name`"
    elif not utility.name.isidentifier():
        yield "has a `name` that is no word of letters, digits and _"
    settings = getattr(utility, "settings", None)
    if not (isinstance(settings, type) and issubclass(settings, NetworkSettings)):
        yield "has no `settings`: a subclass of NetworkSettings"
    for method in ("read_names", "open"):
        if getattr(type(utility), method) is getattr(Utility, method):
            yield f"has no method `{method}`"
    for attribute in _TUPLES:
        if not isinstance(getattr(utility, attribute), tuple):
            yield f"has `{attribute}` that are no tuple; is a comma missing?"


def _read(utility: Utility) -> Iterator[tuple[str, str, str]]:
    """Yield what it reads from parts of a scenario: the part, the key, and what it is."""
    for loss in utility.losses:
        yield "service_prices", loss.price, f"the price of the loss {loss.quantity}"
    for key in utility.profile_settings:
        yield "demand", key, "a profile setting"
    for table in utility.tables:
        yield "scenario", table, "a table"
    if utility.season:
        yield "seasons", utility.season, "its season"
    if utility.contract:
        yield "developments", utility.contract.column, "its contract"
        if utility.contract.setting:
            yield "demand", utility.contract.setting, "its contract's setting"


def _told(utility: Utility) -> Iterator[str]:
    """Yield what names a metric, a kind of asset or a kind of capacity that it does not declare."""
    metrics = [metric.name for metric in utility.metrics]
    yield from (f"declares the metric {name} twice" for name in _doubles(metrics))
    for loss in utility.losses:
        if loss.metric not in metrics:
            yield f"sums the loss {loss.quantity} in {loss.metric}, which is none of its metrics"
    capacities = {kind.name for kind in utility.capacities}
    for kind in utility.capacities:
        if not kind.units:
            yield f"has a capacity {kind.name} without units"
        for member in set(kind.members) - utility.assets.keys():
            yield f"has a capacity {kind.name} of {member}, which is no kind of asset that it declares"
        if kind.of and kind.of not in capacities:
            yield f"has a capacity {kind.name} of {kind.of}, which is none of its capacities"


def _words(utility: Utility) -> Iterator[str]:
    """Yield what a page would say without the amount that belongs to it."""
    for language, words in utility.shown.words.items():
        for key, text in words.items():
            if key.startswith(("lost.", "cost.")) and "{amount}" not in text:
                yield f"says {key} in {language} without {{amount}}"


def _demand(utility: Utility) -> Iterator[str]:
    """Yield what of its demand would be lost."""
    computes = type(utility).demand is not Utility.demand
    if computes and not utility.classes:
        yield "computes `demand` of no `classes`"
    if utility.classes and not computes:
        yield "has `classes` and no method `demand`"
    if utility.draws and not any(kind.demand for kind in utility.assets.values()):
        yield "has demand, and no kind of asset that carries any: `AssetKind(demand=True)`"


def _doubles(names: list[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]
