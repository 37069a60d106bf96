"""Write the town's power.json, water.inp and wastewater.inp: `python scenarios/town/build.py`."""

from pathlib import Path

import pandapower as pp

HERE = Path(__file__).parent

WATER = """\
[TITLE]
Town: wells at the river, a tank on the hill, two streets; W2 adds two pumps to the wells
[JUNCTIONS]
;id elevation demand
J-WELLS 0 0
J-HIGH 30 0
J-LOW 5 0
[RESERVOIRS]
R-RIVER 0
[TANKS]
;id elevation level lowest highest diameter lowest_volume
T-HILL 60 3 0 5 24 0
[PIPES]
;id from to length diameter roughness loss status
P-MAIN J-WELLS T-HILL 2000 500 130 0 OPEN
P-HIGH T-HILL J-HIGH 1000 500 130 0 OPEN
P-LOW J-HIGH J-LOW 1500 400 130 0 OPEN
[PUMPS]
PU-WELLS R-RIVER J-WELLS HEAD C-WELLS
PU-W2-1 R-RIVER J-WELLS HEAD C-WELLS
PU-W2-2 R-RIVER J-WELLS HEAD C-WELLS
[STATUS]
PU-W2-1 CLOSED
PU-W2-2 CLOSED
[CURVES]
C-WELLS 180 72
[CONTROLS]
LINK PU-WELLS OPEN IF NODE T-HILL BELOW 4
LINK PU-WELLS CLOSED IF NODE T-HILL ABOVE 4.8
LINK PU-W2-1 OPEN IF NODE T-HILL BELOW 3.5
LINK PU-W2-1 CLOSED IF NODE T-HILL ABOVE 4.6
LINK PU-W2-2 OPEN IF NODE T-HILL BELOW 3
LINK PU-W2-2 CLOSED IF NODE T-HILL ABOVE 4.4
[TIMES]
HYDRAULIC TIMESTEP 1:00
[OPTIONS]
UNITS CMH
HEADLOSS H-W
ACCURACY 0.000001
[COORDINATES]
R-RIVER 0 0
J-WELLS 200 0
T-HILL 1400 1600
J-HIGH 2200 1200
J-LOW 3600 600
[END]
"""

WASTEWATER = """\
[TITLE]
Town: two manholes, a lift station, a force main, the plant's inlet
[JUNCTIONS]
;id elevation demand
MH-HIGH 28 0
MH-LOW 3 0
J-LIFT -2 0
D-LIFT 12 0
MH-PLANT 11 0
[RESERVOIRS]
OUT-PLANT 9
[TANKS]
;id elevation level lowest highest diameter lowest_volume curve overflow
WW-LIFT -2 1.5 0 3 8 0 * YES
[PIPES]
;id from to length diameter roughness loss status
G-HIGH MH-HIGH MH-LOW 1500 600 0.013 0 OPEN
G-LOW MH-LOW WW-LIFT 100 700 0.013 0 OPEN
FM-LIFT J-LIFT D-LIFT 1200 500 0.012 0 OPEN
G-PLANT MH-PLANT OUT-PLANT 400 700 0.013 0 OPEN
[PUMPS]
PU-LIFT-1 WW-LIFT J-LIFT HEAD C-LIFT
PU-LIFT-2 WW-LIFT J-LIFT HEAD C-LIFT
[VALVES]
PSV-LIFT D-LIFT MH-PLANT 500 PSV 0 0
[CURVES]
C-LIFT 450 18
[TAGS]
LINK G-HIGH gravity
LINK G-LOW gravity
LINK G-PLANT gravity
[TIMES]
HYDRAULIC TIMESTEP 1:00
[OPTIONS]
UNITS CMH
HEADLOSS C-M
ACCURACY 0.000001
TRIALS 200
[COORDINATES]
MH-HIGH 2300 1100
MH-LOW 3700 500
WW-LIFT 3900 400
J-LIFT 3950 380
D-LIFT 5000 200
MH-PLANT 5050 180
OUT-PLANT 5400 100
[END]
"""


def grid() -> pp.pandapowerNet:
    """Return the grid: a 35 kV line, the old substation, and the new one that is still to be built."""
    net = pp.create_empty_network(name="town")
    at = {"B-INFEED": (0, 2000), "B-OLD": (2400, 1400), "B-OLD-10": (2500, 1300)}
    at |= {"B-NEW": (3000, 900), "B-NEW-10": (3100, 800)}
    bus = {}
    for name, place in at.items():
        volts = 10.0 if name.endswith("-10") else 35.0
        bus[name] = pp.create_bus(net, volts, name=name, geodata=place, in_service="NEW" not in name)
    pp.create_ext_grid(net, bus["B-INFEED"], name="EG-35")
    for name, end, stands in (("LN-OLD", "B-OLD", True), ("LN-NEW", "B-NEW", False)):
        for circuit in (1, 2):
            pp.create_line_from_parameters(
                net,
                bus["B-INFEED"],
                bus[end],
                4.0,
                0.12,
                0.39,
                9.5,
                0.6,
                name=f"{name}-{circuit}",
                in_service=stands,
            )
    for name, end, mva, stands in (("T-OLD", "B-OLD", 6.3, True), ("T-NEW", "B-NEW", 10.0, False)):
        for unit in (1, 2):
            pp.create_transformer_from_parameters(
                net, bus[end], bus[f"{end}-10"], mva, 35.0, 10.5, 0.75, 7.5, 12.0, 0.8,
                tap_side="hv", tap_neutral=0, tap_min=-4, tap_max=4, tap_step_percent=1.5, tap_pos=0,
                tap_changer_type="Ratio", name=f"{name}-{unit}", in_service=stands,
            )  # fmt: skip
    for name, at_bus, stands in (
        ("L-OLD", "B-OLD-10", True),
        ("L-WELLS", "B-OLD-10", True),
        ("L-LIFT", "B-OLD-10", True),
        ("L-NEW", "B-NEW-10", False),
        ("L-W2", "B-OLD-10", False),
    ):
        pp.create_load(net, bus[at_bus], 0.0, name=name, in_service=stands)
    return net


def main() -> None:
    """Write the three files beside this one."""
    (HERE / "water.inp").write_text(WATER, encoding="utf-8")
    (HERE / "wastewater.inp").write_text(WASTEWATER, encoding="utf-8")
    pp.to_json(grid(), str(HERE / "power.json"))


if __name__ == "__main__":
    main()
