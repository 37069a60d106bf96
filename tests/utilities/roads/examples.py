"""Small road networks that tests write: a ring of three zones, Braess' network."""

from pathlib import Path

import numpy as np

from twin.utilities.roads.files import read_plan
from twin.utilities.roads.network import RoadNetwork
from twin.utilities.roads.plan import RoadPlan
from twin.utilities.roads.settings import RoadsSettings

NODES = """node_id,x_coord,y_coord,zone_id
1,76.95,43.40,West
2,77.05,43.40,East
3,77.00,43.45,North
4,77.00,43.38,Outside
5,77.00,43.41,
"""
LINKS = """link_id,from_node_id,to_node_id,directed,length,free_speed,lanes,capacity
WE,1,5,0,4,60,1,900
EW,5,2,0,4,60,1,900
NM,3,5,0,5,60,1,900
NE,3,2,0,9,60,1,900
OUT,4,5,0,12,90,2,1800
"""
BRAESS_NET = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 4
<FIRST THRU NODE> 1
<NUMBER OF LINKS> 5
<END OF METADATA>
~ init term capacity length free b power speed toll type ;
 1 3 1 100 0.00000001 1000000000 1 0 0 1 ;
 1 4 1 100 50 0.02 1 0 0 1 ;
 3 2 1 100 50 0.02 1 0 0 1 ;
 3 4 1 100 10 0.1 1 0 0 1 ;
 4 2 1 100 0.00000001 1000000000 1 0 0 1 ;
"""
BRAESS_TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 6.0
<END OF METADATA>
Origin 1
 1 : 0.0; 2 : 6.0;
"""
BASE = np.array(
    [
        [3000.0, 800.0, 3000.0, 800.0, 4000.0, 0.0, 1600.0],
        [500.0, 2200.0, 500.0, 2200.0, 900.0, 300.0, 4400.0],
        [1500.0, 600.0, 1500.0, 600.0, 2000.0, 50.0, 1200.0],
    ]
)
"""Ends of trips on a day in West, East and North, by column of the demand."""


def ring_plan(folder: Path, links: str = LINKS, nodes: str = NODES, trips: str = "") -> RoadPlan:
    """Write and read the ring."""
    (folder / "node.csv").write_text(nodes, "utf-8")
    (folder / "link.csv").write_text(links, "utf-8")
    if trips:
        (folder / "trips.csv").write_text(trips, "utf-8")
    settings = RoadsSettings(file="link.csv", trips="trips.csv" if trips else "")
    return read_plan(folder / "link.csv", settings, folder)


def ring(folder: Path) -> RoadNetwork:
    """Open the ring with three zones of the city, one outside, and lights at one road."""
    zones = [f"roads/{zone}" for zone in ("West", "East", "North")]
    return RoadNetwork(ring_plan(folder), RoadsSettings(), zones, ["Outside"], ["roads/EW"])


def hour_factors(number: int) -> np.ndarray:
    """Return the parts of a day's trips in an hour."""
    morning = 0.12 if number % 24 == 8 else 0.03
    evening = 0.12 if number % 24 == 18 else 0.03
    return np.array([morning, morning, evening, evening, 0.05, 0.06, 1.0])


def braess_plan(folder: Path, net: str = BRAESS_NET, trips: str = BRAESS_TRIPS) -> RoadPlan:
    """Write and read Braess' network."""
    (folder / "net.tntp").write_text(net, "utf-8")
    (folder / "trips.tntp").write_text(trips, "utf-8")
    return read_plan(folder / "net.tntp", RoadsSettings(file="net.tntp", trips="trips.tntp"), folder)
