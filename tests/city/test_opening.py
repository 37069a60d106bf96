"""What links fill, in which order networks are solved, and which scenarios can share a city."""

from pathlib import Path

import pytest

from tests.town import write_town
from twin.city.opening import open_networks, opening_key, order_of, ports_of
from twin.scenario import load_scenario


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("opening") / "town")


def test_ports_hold_the_assets_of_their_links_in_file_order(town: Path) -> None:
    ports = ports_of(load_scenario(town))
    assert ports["power", "drawn"].assets == ("power/L-INTAKE", "power/L-LIFT", "power/L-TOWN")
    assert ports["water", "running"].assets == ("water/PU-INTAKE",)
    lifts = ("wastewater/PU-LIFT-1", "wastewater/PU-LIFT-2", "wastewater/PLANT")
    assert ports["wastewater", "running"].assets == lifts
    assert ports["wastewater", "arriving"].assets == ("wastewater/MH-HIGH", "wastewater/MH-LOW")


def test_what_gives_is_solved_before_what_it_gives_to(town: Path) -> None:
    scenario = load_scenario(town)
    assert order_of(scenario) == ["water", "wastewater", "power"]
    unlinked = scenario.model_copy(update={"links": ()})
    assert order_of(unlinked) == list(scenario.simulated)


def test_only_what_is_simulated_is_opened_in_the_order_of_the_registry(town: Path) -> None:
    assert list(open_networks(load_scenario(town), {})) == ["power", "water", "wastewater"]


@pytest.mark.parametrize(
    ("override", "same"),
    [
        ("end=2026-05-06", True),
        ("norms.water_l_per_person_day.2025.value=900", True),
        ("outages.0.hours=20", True),
        ("networks.water.required_pressure_m=25", False),
        ("links.0.restart_delay_s=60", False),
        ("treatment.PLANT.capacity_m3_per_day=5000", False),
        ("demand.domestic_power_factor=0.9", False),
    ],
)
def test_a_city_is_shared_where_nothing_differs_that_networks_are_opened_with(
    town: Path, override: str, same: bool
) -> None:
    assert (opening_key(load_scenario(town)) == opening_key(load_scenario(town, [override]))) is same
