"""A network that was reset goes on like one that was just opened, to the bit, whatever happened to it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.utilities.conftest import LIBRARY
from tests.utilities.epanet.days import Day, Pipes, alatau, instants
from tests.utilities.epanet.test_holds import ACTING, KINDS, NEVER_CONTROLLED, controls_on_a_pump, network
from tests.utilities.random_networks import random_water
from tests.utilities.random_sewers import random_sewer
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

Opener = Callable[[], Pipes]


def check(opened: Opener, seed: int, hours: int = 24, before: int = 24) -> None:
    """Compare the day of a network that was reset after two odd ones with a new network's."""
    used = opened()
    for past in (seed + 1, seed + 2):
        for _ in instants(used, Day(used, past), before):
            pass
        used.reset()
    new = opened()
    mine, other = (instants(one, Day(new, seed), hours) for one in (used, new))
    for number, (found, expected) in enumerate(zip(mine, other, strict=True)):
        assert found == expected, f"line {number} differs"


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", ["Net1", "Net2", "Net3"])
def test_a_network_of_the_library(name: str, seed: int) -> None:
    path = LIBRARY / f"{name}.inp"
    probe = WaterNetwork(path, WaterSettings())
    points = [f"water/{probe._engine.nodes[node]}" for node in probe._engine.junctions[:3]]
    pumps = [f"water/{probe._engine.links[pump]}" for pump in probe._engine.pumps]
    check(lambda: WaterNetwork(path, WaterSettings(), points, 3, pumps), seed)


def test_a_network_with_thirteen_tanks_and_seventy_rules_or_controls() -> None:
    check(lambda: WaterNetwork(LIBRARY / "ky10.inp", WaterSettings()), 3, hours=3, before=3)


def test_a_network_as_its_file_says_it_is_driven() -> None:
    as_file = WaterSettings(demand_model="file")
    check(lambda: WaterNetwork(LIBRARY / "Net1.inp", as_file), 4)


@pytest.mark.parametrize("name", ["water", "wastewater"])
def test_alatau(name: str) -> None:
    check(alatau(name), 5)


@pytest.mark.parametrize("acting", ACTING)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_link_and_of_what_acts_on_it(kind: str, acting: str, tmp_path: Path) -> None:
    controls, rules = ACTING[acting] if kind not in NEVER_CONTROLLED else ("", "")
    what = {"pumps": "PUMP", "pipes": "PIPE", "valves": "VALVE"}[KINDS[kind][0]]
    check(lambda: network(tmp_path, kind, controls, rules.replace("{what}", what)), 6, hours=8, before=8)


@pytest.mark.parametrize("seed", range(6))
def test_odd_pipes_tanks_and_intakes(seed: int, tmp_path: Path) -> None:
    check(lambda: random_water(seed, tmp_path), seed)


@pytest.mark.parametrize("seed", range(6))
def test_odd_sewers_with_leaks_and_volume_curves(seed: int, tmp_path: Path) -> None:
    check(lambda: random_sewer(seed, tmp_path), seed)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acting=controls_on_a_pump(),
    kind=st.sampled_from(["pump", "pump with a pattern"]),
    level=st.floats(0.5, 5.0),
    seed=st.integers(0, 2**32 - 3),
)
def test_any_controls_and_rules_after_any_day(
    acting: tuple[str, str], kind: str, level: float, seed: int, tmp_path: Path
) -> None:
    check(lambda: network(tmp_path, kind, *acting, level), seed, hours=10, before=10)
