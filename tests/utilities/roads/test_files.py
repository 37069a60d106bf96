"""Files of roads: each mistake is one line with its file and line, and nothing that is no number is read."""

from pathlib import Path

import numpy as np
import pytest

from tests.utilities.roads.examples import BRAESS_NET, BRAESS_TRIPS, LINKS, NODES, braess_plan, ring_plan
from twin.errors import InvalidInput


def told(error: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [str(mistake) for mistake in error.value.mistakes]


def tntp_mistakes(folder: Path, net: str = BRAESS_NET, trips: str = BRAESS_TRIPS) -> list[str]:
    with pytest.raises(InvalidInput) as error:
        braess_plan(folder, net, trips)
    return told(error)


def gmns_mistakes(folder: Path, links: str = LINKS, nodes: str = NODES, trips: str = "") -> list[str]:
    with pytest.raises(InvalidInput) as error:
        ring_plan(folder, links, nodes, trips)
    return told(error)


def test_a_tntp_network_is_read_as_it_stands(tmp_path: Path) -> None:
    plan = braess_plan(tmp_path)
    assert [road.name for road in plan.roads] == ["1-3", "1-4", "3-2", "3-4", "4-2"]
    assert plan.roads[1][1:9] == (0, 3, 100.0, 1.0, 1.0, 50.0, 0.02, 1.0)
    assert plan.zones == {"1": 0, "2": 1}
    np.testing.assert_array_equal(plan.trips, [[0.0, 6.0], [0.0, 0.0]])
    assert plan.warnings == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (" 1 4 1 100 50", " 1 4 0 100 50", "net.tntp:8: capacity is 0 (above 0)"),
        (" 1 4 1 100 50", " 1 4 1 100 -50", "net.tntp:8: free-flow time is -50 (0 or more)"),
        (" 1 4 1 100 50", " 1 4 nan 100 50", "net.tntp:8: capacity is nan (a number)"),
        (" 1 4 1 100 50", " 1 4 1e999 100 50", "net.tntp:8: capacity is 1e999 (a number)"),
        (" 1 4 1 100 50", " 1 4 1_0 100 50", "net.tntp:8: capacity is 1_0 (a number)"),
        (" 1 4 1 100 50", " 1 9 1 100 50", "net.tntp:8: a node is 9 (a whole number from 1 to 4)"),
        (" 1 4 1 100 50", " 1 1 1 100 50", "net.tntp:8: 1-1 leads to where it begins (two nodes)"),
        (" 1 4 1 100 50 0.02 1 0 0 1", " 1 4 1", "net.tntp:8: 3 values (at least seven: "),
        ("<NUMBER OF NODES> 4", "<NUMBER OF NODES> x", "net.tntp:2: <NUMBER OF NODES> is x (a whole "),
        ("<NUMBER OF NODES> 4", "<NUMBER OF NODES> 1", "net.tntp:1: 2 zones and 1 nodes"),
        ("<NUMBER OF NODES> 4\n", "", "net.tntp:1: has no <NUMBER OF NODES>"),
        ("<NUMBER OF NODES> 4", "<NUMBER OF ZONES> 4", "net.tntp:2: <NUMBER OF ZONES> again"),
        ("<END OF METADATA>", "", "net.tntp:1: has no <END OF METADATA>"),
        (
            "<NUMBER OF LINKS> 5",
            "<NUMBER OF LINKS> 50",
            "net.tntp:4: <NUMBER OF LINKS> is 50, and there are 5",
        ),
    ],
)
def test_a_wrong_tntp_network_is_one_line_each(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert any(line.startswith(says) for line in tntp_mistakes(tmp_path, BRAESS_NET.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2 : 6.0;", "3 : 6.0;", "trips.tntp:5: a destination is 3 (a whole number from 1 to 2)"),
        ("2 : 6.0;", "2 : -6.0;", "trips.tntp:5: trips to 2 is -6.0 (0 or more)"),
        ("2 : 6.0;", "2 : inf;", "trips.tntp:5: trips to 2 is inf (a number)"),
        ("2 : 6.0;", "2 : 6.0; 2: 1;", "trips.tntp:5: trips from 1 to 2 again"),
        ("Origin 1\n", "", "trips.tntp:4: trips without an origin"),
        ("Origin 1", "Origin 7", "trips.tntp:4: an origin is 7"),
        (
            "<NUMBER OF ZONES> 2",
            "<NUMBER OF ZONES> 3",
            "trips.tntp:1: <NUMBER OF ZONES> is 3, and the network",
        ),
        (
            "Origin 1\n 1 : 0.0; 2",
            "Origin 2\n 1",
            "trips.tntp:4: trips from zone 2 to zone 1, and no way leads",
        ),
    ],
)
def test_wrong_trips_are_one_line_each(tmp_path: Path, old: str, new: str, says: str) -> None:
    mistakes = tntp_mistakes(tmp_path, trips=BRAESS_TRIPS.replace(old, new))
    assert any(line.startswith(says) for line in mistakes), mistakes


def test_a_gmns_network_is_read_as_it_stands(tmp_path: Path) -> None:
    trips = "o_zone_id,d_zone_id,volume\nWest,East,120\n"
    plan = ring_plan(tmp_path, trips=trips)
    assert list(plan.zones) == ["West", "East", "North", "Outside"]
    assert [road.name for road in plan.roads[:2]] == ["WE", "WE back"]
    assert plan.roads[1][1:9] == (4, 0, 4.0, 1.0, 900.0, 4.0, 0.15, 4.0)
    assert plan.roads[8].capacity == 3600.0
    assert plan.trips[0, 1] == plan.trips.sum() == 120.0
    assert plan.places[4] == (77.0, 43.41)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("WE,1,5,0,4,60,1,900", "WE,1,5,0,4,60,1,0", "link.csv:2: capacity is 0 (above 0)"),
        ("WE,1,5,0,4,60,1,900", "WE,1,5,0,4,60,0,900", "link.csv:2: lanes is 0 (above 0)"),
        ("WE,1,5,0,4,60,1,900", "WE,1,5,0,4,0,1,900", "link.csv:2: free_speed is 0 (above 0)"),
        ("WE,1,5,0,4,60,1,900", "WE,1,5,0,-4,60,1,900", "link.csv:2: length is -4 (0 or more)"),
        ("WE,1,5,0,4,60,1,900", "WE,1,8,0,4,60,1,900", "link.csv:2: no node 8 (a node_id of the nodes)"),
        ("WE,1,5,0,4,60,1,900", "EW,1,5,0,4,60,1,900", "link.csv:3: link EW again"),
        ("WE,1,5,0,4,60,1,900", "WE,1,5,2,4,60,1,900", "link.csv:2: directed is 2 (true or false)"),
        ("WE,1,5,0,4,60,1,900", "WE,1,5,0,4,60,1,900,9", "link.csv:2: 9 cells under 8 columns"),
        ("link_id,", "name,", "link.csv:1: no column link_id"),
        ("length,free_speed", "length,length", "link.csv:1: column length again"),
        ("OUT,4,5,0", "OUT,4,5,1", "node.csv:5: no way leads from zone West to zone Outside"),
        ("OUT,4,5,0,12,90,2,1800\n", "", "node.csv:5: no way leads from zone Outside to zone "),
    ],
)
def test_a_wrong_gmns_network_is_one_line_each(tmp_path: Path, old: str, new: str, says: str) -> None:
    mistakes = gmns_mistakes(tmp_path, LINKS.replace(old, new))
    assert any(line.startswith(says) for line in mistakes), mistakes


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2,77.05", "1,77.05", "node.csv:3: node 1 again"),
        ("77.05", "x", "node.csv:3: a coordinate is x (a number)"),
        ("East", "West", "node.csv:3: zone West again"),
        ("East", "network", "node.csv:3: zone is called network"),
    ],
)
def test_wrong_nodes_are_one_line_each(tmp_path: Path, old: str, new: str, says: str) -> None:
    mistakes = gmns_mistakes(tmp_path, nodes=NODES.replace(old, new))
    assert any(line.startswith(says) for line in mistakes), mistakes


def test_trips_to_nowhere_and_twice_are_told(tmp_path: Path) -> None:
    trips = "o_zone_id,d_zone_id,volume\nWest,Moon,1\nWest,East,nan\nWest,East,2\n"
    mistakes = gmns_mistakes(tmp_path, trips=trips)
    assert mistakes == [
        "trips.csv:2: no zone Moon (a zone_id of the nodes)",
        "trips.csv:3: volume is nan (a number)",
        "trips.csv:4: trips from West to East again (once; first in line 3)",
    ]


def test_columns_that_are_not_used_are_named(tmp_path: Path) -> None:
    plan = ring_plan(tmp_path, LINKS.replace("capacity\n", "capacity,toll\n").replace(",900\n", ",900,2\n"))
    assert [str(warning) for warning in plan.warnings] == ["link.csv:1: columns that are not used: toll"]


def test_a_file_of_many_mistakes_tells_the_first_of_them(tmp_path: Path) -> None:
    rows = "\n".join(f"L{i},1,5,0,4,60,1,0" for i in range(5000))
    mistakes = gmns_mistakes(tmp_path, f"{LINKS}{rows}\n")
    assert len(mistakes) == 101
    assert "and more mistakes from here on" in "".join(mistakes)
