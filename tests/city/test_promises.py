"""An opened network that cannot do what its utility declares is refused before anything is solved."""

from datetime import date
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from twin.city.promises import Ports, refuse_broken, refuse_doubles, refuse_uneven
from twin.errors import InvalidInput
from twin.scenario.schema import Scenario
from twin.utilities.base import Network, Signal
from twin.utilities.coupling import Port
from twin.utilities.registry import utilities

POINT, TRAFO = "power/L", "power/T"
_POWER = utilities()["power"]
QUANTITIES = {kind.quantity for kind in _POWER.capacities} | {
    quantity for own in _POWER.incidents for quantity in (own.required, own.delivered) if quantity
}
SIGNALS = tuple(Signal(TRAFO, quantity, "") for quantity in sorted(QUANTITIES))
PARTS = {name: () for name in (*Network.__annotations__, *vars(Network)) if not name.startswith("_")}


def city() -> Scenario:
    fields: dict[str, object] = {
        "name": "a substation",
        "start": date(2026, 1, 1),
        "end": date(2026, 2, 1),
        "networks": {"power": {}},
        "capacities": {"S": {TRAFO: {"kind": "substation"}}},
    }
    return Scenario.model_validate(fields)


def refuse(ports: Ports, **changes: object) -> None:
    network = SimpleNamespace(**{**PARTS, "name": "power", "signals": SIGNALS, **changes})
    refuse_broken(_POWER, cast(Network, network), (POINT,), ports, city())


def test_a_whole_network_is_taken() -> None:
    refuse(Ports({}))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="the network of power, SimpleNamespace, has no `solve`, `relief`"):
        refuse(Ports({}), relief=None, solve=None)


@pytest.mark.parametrize(
    ("signals", "problem"),
    [
        ((), "has no signal .*, the load on the capacity S"),
        ((Signal("water/P", "power_kw", "kW"),), "signal power_kw of water/P, whose address does not begin"),
    ],
)
def test_a_signal_that_is_missing_or_wrong_is_named(signals: tuple[Signal, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        refuse(Ports({}), signals=signals)


def test_what_is_read_out_twice_is_the_files_mistake_and_never_the_programs() -> None:
    network = SimpleNamespace(signals=(*SIGNALS, Signal(TRAFO, "a", ""), Signal(TRAFO, "a", "")))
    with pytest.raises(InvalidInput, match=r"grid\.json: power/T is read out twice \(a\)"):
        refuse_doubles(cast(Network, network), "grid.json")


def test_a_port_that_links_fill_in_vain_is_named() -> None:
    ports = Ports({"drawn": Port((POINT,)), "running": Port((TRAFO,))})
    assert ports["drawn"].assets == (POINT,)
    with pytest.raises(ValueError, match=f"does not take the port running, which links fill for {TRAFO}"):
        refuse(ports)


def test_a_name_that_is_not_the_utilitys_is_refused() -> None:
    with pytest.raises(ValueError, match="is called grid"):
        refuse(Ports({}), name="grid")


def test_values_of_another_number_than_was_announced_are_refused() -> None:
    refuse_uneven("power", "read", np.zeros(2), (1, 2))
    with pytest.raises(ValueError, match="`read` of the network of power returns 1 values, not 2"):
        refuse_uneven("power", "read", np.zeros(1), (1, 2))
