"""What two utilities declare alike is refused before anything reads it."""

from importlib.metadata import EntryPoint

import pytest

from twin.model import Model
from twin.scenario.extended import extended
from twin.utilities import registry
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.metric import Loss, Metric
from twin.utilities.registry import refuse_doubles, utilities
from twin.utilities.utility import Incident, Utility

SHARED = Metric("pumping_mwh", "MWh", lambda sums: 0.0)


class First(Utility):
    name = "first"
    metrics = (SHARED,)
    losses = (Loss("lost_m3", "m3", metric="m", price="p", part="first"),)
    incidents = (Incident("cold", "warm", ()),)
    capacities = (CapacityKind("source", "a_mw", {"MW": 1.0}, ("pump",)),)


def test_every_utility_is_registered_once_under_its_name() -> None:
    assert all(name == own.name for name, own in utilities().items())
    assert len({type(own) for own in utilities().values()}) == len(utilities())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "first"}, "two utilities are called first"),
        ({"metrics": (Metric("pumping_mwh", "MWh", lambda sums: 1.0),)}, "the metric pumping_mwh"),
        ({"losses": (Loss("lost_m3", "m3", metric="m", price="q", part="x"),)}, "the loss lost_m3"),
        ({"losses": (Loss("a_m3", "m3", metric="m", price="p", part="x"),)}, "the price p"),
        ({"capacities": (CapacityKind("source", "a_mw", {"kW": 1.0}, ("pump",)),)}, "the capacity source"),
        ({"incidents": (Incident("cold", "thawed", ()),)}, "the incident cold"),
    ],
)
def test_a_double_is_refused_by_name(changes: dict[str, object], problem: str) -> None:
    second = type("Second", (Utility,), {"name": "second", **changes})()
    with pytest.raises(ValueError, match=problem):
        refuse_doubles(second, [First()])


def test_one_metric_may_sum_over_two_utilities() -> None:
    refuse_doubles(type("Second", (Utility,), {"name": "second", "metrics": (SHARED,)})(), [First()])


def test_one_kind_of_capacity_in_the_same_units_may_be_of_two_utilities() -> None:
    refuse_doubles(
        type("Second", (Utility,), {"name": "second", "capacities": First.capacities})(), [First()]
    )


def test_a_field_that_every_scenario_has_is_no_utilitys(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sites(Model):
        sites: str = ""

    monkeypatch.setattr(type(utilities()["power"]), "fields", {"somewhere": Sites})
    with pytest.raises(ValueError, match=r"power declares somewhere\.sites, which every scenario has"):
        extended("somewhere")(Sites)


def test_a_package_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("steam", "twin_nowhere:Steam", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    with pytest.raises(ValueError, match=r"entry point steam = twin_nowhere:Steam in .*: No module"):
        registry.utilities.__wrapped__()
