"""Cities of several Alataus, to see how cost grows with size: power and water, side by side."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandapower as pp
import pandas as pd
from pandapower.control import DiscreteTapControl

from benchmarks.without import ALATAU, write_without

_NAMES = {
    "capacities": ("capacity", "asset", "from_site", "until_site"),
    "demand_points": ("asset", "district", "from_site", "until_site"),
    "developments": ("id", "district"),
    "districts": ("district",),
    "lift_stations": ("station", "wet_well", "pumps", "main", "discharge"),
    "limits": ("asset",),
    "links": ("asset", "to"),
    "other_demand": ("district",),
    "population": ("district",),
    "site_changes": ("site", "asset"),
    "sites": ("id", "district", "requires"),
    "treatment": ("plant", "node"),
}
"""Columns whose cells are names, by table; the other tables hold for all copies."""
_SHARED = ("norms", "profiles", "seasons")
_TOKENS = {
    "JUNCTIONS": (0,),
    "RESERVOIRS": (0,),
    "TANKS": (0,),
    "PIPES": (0, 1, 2),
    "PUMPS": (0, 1, 2),
    "VALVES": (0, 1, 2),
    "STATUS": (0,),
    "CONTROLS": (1, 5),
    "COORDINATES": (0,),
    "TAGS": (1,),
}
"""Words of a line that are names, by section of an INP file."""
_BUSES = ("bus", "from_bus", "to_bus", "hv_bus", "mv_bus", "lv_bus")


def write_copies(copies: int, folder: Path) -> Path:
    """Write a city of so many Alataus; return its folder."""
    folder.mkdir(parents=True)
    with TemporaryDirectory(prefix="twin-benchmark-") as own:
        scenario = write_without(("gas", "roads"), Path(own) / "one")
        (folder / "scenario.yaml").write_bytes(scenario.read_bytes())
        for name in _SHARED:
            (folder / f"{name}.csv").write_bytes((scenario.parent / f"{name}.csv").read_bytes())
        for name, columns in _NAMES.items():
            _copy_table(scenario.parent / f"{name}.csv", columns, copies, folder)
    for name in ("water.inp", "wastewater.inp"):
        _copy_inp(name, copies, folder)
    pp.to_json(_copy_grid(copies), str(folder / "power.json"))
    return folder


def _renamed(name: str, copy: int) -> str:
    return f"{name}~{copy}" if copy and name and name != "all" else name


def _copy_table(one: Path, columns: tuple[str, ...], copies: int, folder: Path) -> None:
    with one.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows, header = list(reader), reader.fieldnames or []
    with (folder / one.name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        for copy in range(copies):
            for row in rows:
                named = {
                    c: ";".join(
                        ">".join(_renamed(n, copy) for n in part.split(">")) for part in row[c].split(";")
                    )
                    for c in columns
                }
                writer.writerow(row | named)


def _copy_inp(name: str, copies: int, folder: Path) -> None:
    lines, section = [], ""
    for line in (ALATAU / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        at = _TOKENS.get(section, ())
        repeated = copies if at and line and not line.startswith("[") else 1
        for copy in range(repeated):
            words = line.split()
            for i in at if repeated > 1 else ():
                words[i] = _renamed(words[i], copy)
            lines.append(" ".join(words))
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _copy_grid(copies: int) -> Any:
    net = pp.from_json(str(ALATAU / "power.json"))
    controllers = list(net.controller.object)
    sizes = {table: len(net[table]) for table in ("bus", "line", "trafo", "trafo3w")}
    for table in ("bus", "load", "switch", "ext_grid", "line", "trafo", "trafo3w"):
        parts = []
        for copy in range(copies):
            part = net[table].copy()
            part["name"] = [_renamed(str(n), copy) for n in part["name"]]
            for column in _BUSES:
                if column in part and table != "bus":
                    part[column] = part[column] + copy * sizes["bus"]
            if table == "switch":
                kind = part["et"].map({"b": "bus", "l": "line", "t": "trafo", "t3": "trafo3w"})
                part["element"] = part["element"] + copy * kind.map(sizes)
            parts.append(part)
        net[table] = pd.concat(parts, ignore_index=True)
    net.controller = net.controller.iloc[:0]
    for copy in range(copies):
        for c in controllers:
            index = int(c.element_index) + copy * sizes[c.element]
            DiscreteTapControl(net, index, c.vm_lower_pu, c.vm_upper_pu, side=c.side, element=c.element)
    return net
