"""A road network in the city: works, outages, lights, days that are pure functions, what is lost and why."""

from pathlib import Path

import numpy as np
import pytest

from tests.utilities.roads.examples import BASE, LINKS, NODES, hour_factors, ring, ring_plan
from twin.errors import InvalidInput, Unsolved
from twin.utilities.base import Cause, Change
from twin.utilities.roads.network import RoadNetwork
from twin.utilities.roads.settings import RoadsSettings


def at_eight(network: RoadNetwork) -> dict[tuple[str, str], float]:
    """Return the readings of the morning's peak."""
    network.set_base(BASE)
    network.set_demand(hour_factors(8))
    network.solve()
    return {(s.asset, s.quantity): v for s, v in zip(network.signals, network.read().tolist(), strict=True)}


def test_a_road_reads_out_what_its_volume_makes_of_it(tmp_path: Path) -> None:
    read = at_eight(ring(tmp_path))
    volume = read["roads/EW", "volume_veh_per_h"]
    assert volume > 0.0
    assert read["roads/EW", "volume_over_capacity_percent"] == pytest.approx(100.0 * volume / 900.0)
    time = 4.0 * (1.0 + 0.15 * (volume / 900.0) ** 4)
    assert read["roads/EW", "travel_time_min"] == pytest.approx(time)
    assert read["roads/EW", "delay_veh_h_per_h"] == pytest.approx(volume * (time - 4.0) / 60.0)
    ratio = read["roads/EW", "volume_over_capacity_percent"]
    service = 1 + sum(ratio > limit for limit in (35, 55, 77, 92, 100))
    assert read["roads/EW", "level_of_service"] == service


def test_jobs_within_reach_are_those_of_zones_near_enough(tmp_path: Path) -> None:
    read = at_eight(ring(tmp_path))
    assert read["roads/West", "jobs_within_45_min"] == BASE[:, 6].sum()
    slow = LINKS.replace("WE,1,5,0,4,60", "WE,1,5,0,60,60")
    zones = [f"roads/{zone}" for zone in ("West", "East", "North")]
    far = RoadNetwork(ring_plan(tmp_path, slow), RoadsSettings(), zones, ["Outside"])
    read = at_eight(far)
    assert read["roads/West", "jobs_within_45_min"] == BASE[0, 6]
    assert read["roads/East", "time_from_depot_min"] > 60.0


def test_lanes_that_works_take_make_the_way_longer(tmp_path: Path) -> None:
    network = ring(tmp_path)
    before = at_eight(network)
    network.apply([Change("roads/EW", "lanes", 0.5)])
    after = at_eight(network)
    ratio = "volume_over_capacity_percent"
    assert after["roads/EW", ratio] > before["roads/EW", ratio]
    assert after["roads/network", "mean_trip_min"] > before["roads/network", "mean_trip_min"]
    network.apply([Change("roads/EW", "lanes", 0.0)])
    assert at_eight(network)["roads/EW", "volume_veh_per_h"] == 0.0


def test_dark_lights_leave_a_share_of_the_capacity(tmp_path: Path) -> None:
    network = ring(tmp_path)
    at_eight(network)
    network.set_input("running", np.zeros(1))
    read = at_eight(network)
    volume, ratio = (read["roads/EW", q] for q in ("volume_veh_per_h", "volume_over_capacity_percent"))
    assert ratio == pytest.approx(100.0 * volume / (0.6 * 900.0))


def test_trips_whose_every_way_is_closed_are_lost_with_the_road_that_is(tmp_path: Path) -> None:
    network = ring(tmp_path)
    network.apply([Change("roads/OUT", "held", True), Change("roads/OUT back", "held", True)])
    read = at_eight(network)
    assert read["roads/Outside", "cut_off_veh_per_h"] + read["roads/West", "cut_off_veh_per_h"] > 0.0
    network.advance(3600)
    totals = dict(zip(network.totals, network.read_totals().tolist(), strict=True))
    assert totals["not_made_veh"] > 0.0
    causes = {cause: amount for cause, amount in network.read_causes().items() if cause[0] == "not_made_veh"}
    assert causes == {Cause("not_made_veh", "road", "roads/OUT"): pytest.approx(totals["not_made_veh"])}


def test_hours_lost_are_put_down_to_roads_and_add_up(tmp_path: Path) -> None:
    network = ring(tmp_path)
    for hour in range(24):
        network.set_base(BASE)
        network.set_demand(hour_factors(hour))
        network.solve()
        network.advance(3600)
    totals = dict(zip(network.totals, network.read_totals().tolist(), strict=True))
    assert sum(network.read_causes().values()) == pytest.approx(totals["lost_person_h"])
    assert totals["lost_person_h"] == pytest.approx(1.3 * totals["lost_vehicle_h"], rel=0.1)
    assert totals["vehicle_h"] == pytest.approx(totals["free_vehicle_h"] + totals["lost_vehicle_h"])


def test_a_gap_that_is_not_reached_is_no_solution_with_its_gap(tmp_path: Path) -> None:
    zones = [f"roads/{zone}" for zone in ("West", "East", "North")]
    settings = RoadsSettings(max_gap=1e-15, max_rounds=1)
    network = RoadNetwork(ring_plan(tmp_path), settings, zones, ["Outside"])
    with pytest.raises(Unsolved, match=r"after 1 rounds the relative gap is .*, not 1e-15"):
        at_eight(network)
    network.advance(3600)
    totals = dict(zip(network.totals, network.read_totals().tolist(), strict=True))
    assert totals["trips_veh"] == totals["not_made_veh"]


def test_an_hour_does_not_hang_on_the_day_before(tmp_path: Path) -> None:
    one, other = ring(tmp_path), ring(tmp_path)
    other.apply([Change("roads/NM", "in_service", False)])
    at_eight(other)
    other.reset()
    assert at_eight(one) == at_eight(other)


def test_a_zone_and_a_road_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="roads/Moon: no such zone or road"):
        RoadNetwork(ring_plan(tmp_path), RoadsSettings(depot="Moon"))


def test_a_network_of_one_zone_has_trips_and_no_way(tmp_path: Path) -> None:
    nodes = "\n".join(line.replace(",East", ",").replace(",North", ",") for line in NODES.splitlines())
    plan = ring_plan(tmp_path, nodes=nodes.replace(",Outside", ","))
    network = RoadNetwork(plan, RoadsSettings(), ["roads/West"])
    network.set_base(BASE[:1])
    network.set_demand(hour_factors(8))
    network.solve()
    assert network.read()[: len(plan.roads)].sum() == 0.0
