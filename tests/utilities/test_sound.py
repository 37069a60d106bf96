"""A utility whose declarations do not fit together is refused at the start, in words."""

import pytest

from twin.model import Model, NotNegative
from twin.utilities.capacity_kind import CapacityKind
from twin.utilities.demand import Contract, DemandClass
from twin.utilities.metric import Loss, Metric
from twin.utilities.names import AssetKind, AssetNames
from twin.utilities.registry import utilities
from twin.utilities.shown import Shown
from twin.utilities.sound import refuse_unread, refuse_unsound
from twin.utilities.utility import NetworkSettings, Utility


class Price(Model):
    lost_kzt_per_gj: NotNegative = 0.0


LOST = Metric("lost_gj", "GJ", lambda sums: 0.0)
LOSS = Loss("lost_gj", "GJ", metric="lost_gj", price="lost_kzt_per_gj", part="steam")
SOURCE = CapacityKind("boiler", "a_mw", {"MW": 1.0}, ("boiler",))
SOUND: dict[str, object] = {
    "name": "steam",
    "settings": NetworkSettings,
    "fields": {"service_prices": Price},
    "assets": {"boiler": AssetKind(), "house": AssetKind(demand=True)},
    "metrics": (LOST,),
    "losses": (LOSS,),
    "capacities": (SOURCE,),
    "classes": (DemandClass("heating"),),
    "demand": lambda self, basis: None,
    "read_names": lambda self, path, scenario: AssetNames(),
    "open": lambda self, opening: None,
}


def made(**changes: object) -> Utility:
    own = {key: value for key, value in {**SOUND, **changes}.items() if value is not None}
    steam: Utility = type("Steam", (Utility,), own)()
    return steam


def test_those_of_the_program_and_a_sound_one_are_taken() -> None:
    steam = made()
    assert refuse_unsound(steam) is steam
    refuse_unread([*utilities().values(), steam])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": None}, r"Steam has no `name`"),
        ({"name": "st/eam"}, "`name` that is no word"),
        ({"settings": Price}, "no `settings`: a subclass of NetworkSettings"),
        ({"open": None}, "no method `open`"),
        ({"read_names": None}, "no method `read_names`"),
        ({"metrics": LOST}, "`metrics` that are no tuple"),
        ({"metrics": (LOST, Metric("lost_gj", "", lambda sums: 1.0))}, "the metric lost_gj twice"),
        ({"metrics": ()}, "the loss lost_gj in lost_gj, which is none of its metrics"),
        ({"fields": {"development": Price}}, "declares fields of development; there are demand, "),
        ({"capacities": (SOURCE._replace(members=("bolier",)),)}, "capacity boiler of bolier"),
        ({"capacities": (SOURCE._replace(units={}),)}, "capacity boiler without units"),
        ({"capacities": (SOURCE._replace(of="heater"),)}, "capacity boiler of heater"),
        ({"classes": ()}, "computes `demand` of no `classes`"),
        ({"demand": None}, "has `classes` and no method `demand`"),
        ({"assets": {"boiler": AssetKind()}}, "no kind of asset that carries any"),
        (
            {"shown": Shown(words={"en": {"lost.lost_gj": "no heat"}})},
            "says lost.lost_gj in en without {amount}",
        ),
        ({"shown": Shown(tables=("leaks",))}, "shows a table leaks, which is none of its `result_tables`"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        refuse_unsound(made(**changes))


def test_what_is_no_utility_is_refused() -> None:
    with pytest.raises(ValueError, match=r"builtins\.dict is no subclass of Utility"):
        refuse_unsound({})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"fields": {}}, r"steam names lost_kzt_per_gj \(the price of the loss lost_gj\)"),
        ({"season": "steam"}, r"steam \(its season\), which is no field .* of seasons"),
        ({"contract": Contract("steam_mw")}, r"steam_mw \(its contract\), .* of developments"),
        ({"contract": Contract("water_m3_per_day", "share")}, r"share \(its contract's setting\)"),
        ({"profile_settings": ("steam_profile",)}, "steam_profile"),
        ({"tables": {"boilers": ("boiler",)}}, r"boilers \(a table\)"),
    ],
)
def test_a_key_that_no_scenario_can_hold_is_refused(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        refuse_unread([*utilities().values(), made(**changes)])
