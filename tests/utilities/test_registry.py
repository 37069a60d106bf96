"""No two utilities read one place of a scenario in two ways."""

import pytest

from twin.model import Model
from twin.scenario.extended import extended
from twin.utilities.coupling import LinkKind
from twin.utilities.demand import Norm
from twin.utilities.registry import refuse_doubles, utilities
from twin.utilities.utility import CapacityKind, Utility


class Contracted(Model):
    power_mw: float = 0.0


class Heat(Utility):
    name = "heat"


@pytest.mark.parametrize(
    ("declares", "problem"),
    [
        ({"name": "power"}, "two utilities are called power"),
        ({"links": (LinkKind("pump", ("pump",), "pipe", gives="x"),)}, "the kind of link pump"),
        ({"tables": {"treatment": ("plant",)}}, "heat and wastewater both declare the table treatment"),
        ({"fields": {"developments": Contracted}}, "heat and power both declare developments.power_mw"),
        ({"norms": (Norm("sewered_share", ("%",)),)}, "the norm sewered_share"),
        ({"capacities": (CapacityKind("source", "heat_mw", {"MW": 1.0}, ("pump",)),)},
         "heat and water both declare the capacity source, in other units"),
        ({"losses": utilities()["power"].losses}, "both declare the loss"),
    ],
)  # fmt: skip
def test_what_another_has_is_refused(declares: dict[str, object], problem: str) -> None:
    if declares.get("losses") == ():
        pytest.skip("no losses are declared")
    with pytest.raises(ValueError, match=problem):
        refuse_doubles(type("Other", (Heat,), declares)(), utilities().values())


@pytest.mark.parametrize(
    "declares",
    [
        {},
        {"profiles": {"industrial_power": "shared"}},
        {"norms": utilities()["water"].norms},
        {"capacities": utilities()["water"].capacities},
    ],
)
def test_what_means_the_same_is_shared(declares: dict[str, object]) -> None:
    refuse_doubles(type("Other", (Heat,), declares)(), utilities().values())


def test_a_field_that_every_scenario_has_is_no_utilitys(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sites(Model):
        sites: str = ""

    monkeypatch.setattr(type(utilities()["power"]), "fields", {"somewhere": Sites})
    with pytest.raises(ValueError, match=r"power declares somewhere\.sites, which every scenario has"):
        extended("somewhere")(Sites)
