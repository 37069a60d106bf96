"""How a scenario is begun around a pandapower JSON file: every pump gets a load of its own."""

import json
import shutil
from itertools import count, cycle
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.model import MOST
from twin.utilities.names import AssetNames
from twin.utilities.power.convert import convert, is_foreign, is_net, write_net
from twin.utilities.power.names import read_frame, read_frames, read_grid, read_names
from twin.utilities.scaffold import Guess, Rows, Scaffold, Taken, Written

_MOTORS = Guess(
    "pump motors",
    "power factor 0.86, trip below 0.85 pu, restart after 900 s, no generator",
    "columns power_factor, min_voltage_pu, restart_delay_s, fuel_h of links.csv",
)
_FIRM = Guess(
    "firm capacity",
    "each transformer is a substation of its own",
    "give two transformers the same capacity name if one backs up the other",
)


class PowerScaffold(Scaffold):
    """Copies the grid, with a load and a link per pump of the other networks."""

    about = "pandapower network: .json, .xlsx, .sqlite; .m, .mat, .uct, CGMES .zip."
    file = "power.json"
    section = """\
  power:
    file: power.json          # a copy of yours, plus a load per pump
    min_voltage_pu: 0.90      # lowest voltage allowed at a bus; a guess
    max_voltage_pu: 1.10      # highest voltage allowed at a bus; a guess
    max_loading_percent: 100  # highest loading of a line or transformer; a guess
    shedding: true            # load is shed where elements are overloaded; false: only reported; a guess
"""
    guesses = (
        Guess("overload", "load is shed by class", "`networks.power.shedding: false`: only reported"),
        Guess("power loads", "constant over the day", "give profiles.csv and `demand.native_power_profile`"),
        Guess("power limits", "0.90 to 1.10 pu, 100 % loading", "set them under `networks.power`"),
    )

    def take(self, given: object, folder: Path) -> Taken:
        """Return a file; a pandapower net is written as one, and what pandapower converts is converted."""
        path = folder / self.file
        if is_net(given):
            write_net(given, path)
            return Taken(path)
        if isinstance(given, Path) and is_foreign(given):
            return Taken(path, tuple(convert(given, path)))
        return super().take(given, folder)

    def read(self, path: Path) -> AssetNames:
        """Return the names of a grid's elements."""
        names = read_names(path)
        if "bus" not in names.by_kind or "load" not in names.by_kind:
            raise InvalidInput([Mistake(path.name, 0, "not a pandapower network in JSON")])
        if not _alive(read_frame(read_grid(path)["_object"]["bus"])):
            raise InvalidInput([Mistake(path.name, 0, "has no bus in service")])
        return names

    def write(self, source: Path, folder: Path, others: AssetNames) -> Written:
        """Copy the grid, with a load and a link per pump; each transformer becomes a substation."""
        target, pumps = folder / self.file, sorted(others.of("pump"))
        guesses: list[Guess] = []
        tables: dict[str, Rows] = {}
        if pumps:
            content, loads = read_grid(source), _load_names(source, pumps)
            guesses = _feed(content, loads)
            target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            tables["links"] = [
                {
                    "kind": "pump",
                    "asset": g.what,
                    "to": f"power/{loads[g.what]}",
                    "source": f"guess: {g.chosen}",
                }
                for g in guesses
            ]
            guesses.append(_MOTORS)
        else:
            shutil.copyfile(source, target)
        transformers = sorted(read_names(target).of("trafo", "trafo3w"))
        if transformers:
            tables["capacities"] = [_substation(name) for name in transformers]
            guesses.append(_FIRM)
        return Written([*guesses, *self.guesses], tables)

    def absent(self, others: AssetNames) -> list[Guess]:
        """Return that pumps have their power always."""
        guess = Guess("pumps' supply", "always on", "no power network was given")
        return [guess] if others.of("pump") else []


def _substation(transformer: str) -> dict[str, object]:
    name = transformer.split("/", 1)[1]
    return {"capacity": name, "asset": transformer, "kind": "substation", "source": "guess: see README.md"}


def _load_names(source: Path, pumps: list[str]) -> dict[str, str]:
    """Return the name of each pump's load: `pump <id>`, numbered on where something else has that name."""
    frames = read_frames(read_grid(source))
    taken = {str(_cell(frame, row, "name")) for frame in frames.values() for row in frame["data"]}
    loads = {str(_cell(frames["load"], row, "name")) for row in frames["load"]["data"]}
    names: dict[str, str] = {}
    for pump in pumps:
        name = f"pump {pump.split('/', 1)[1]}"
        if name in loads:
            names[pump] = name
            continue
        tries = (name if n == 1 else f"{name} ({n})" for n in count(1))
        names[pump] = next(each for each in tries if each not in taken)
        taken.add(names[pump])
    return names


def _feed(content: dict[str, Any], names: dict[str, str]) -> list[Guess]:
    """Add a load per pump to a pandapower net, at the buses of the largest loads in turn."""
    tables = content["_object"]
    loads, buses = read_frame(tables["load"]), read_frame(tables["bus"])
    alive = _alive(buses)
    used = [row for row in loads["data"] if _cell(loads, row, "in_service") is not False]
    used.sort(key=lambda row: -_number(_cell(loads, row, "p_mw")))
    buses_of_loads = (_cell(loads, row, "bus") for row in used)
    order = list(dict.fromkeys(bus for bus in buses_of_loads if isinstance(bus, int) and bus in alive))
    order = order or list(alive)
    there = {_cell(loads, row, "name"): _cell(loads, row, "bus") for row in loads["data"]}
    guesses = []
    for (pump, name), bus in zip(names.items(), cycle(order), strict=False):
        if name in there:
            chosen = f"fed from bus {alive.get(there[name], there[name])}"
            guesses.append(Guess(pump, chosen, f"the load {name} of the file, by its name"))
            continue
        own = {"name": name, "bus": bus, "p_mw": 0.0, "q_mvar": 0.0, "scaling": 1.0, "in_service": True}
        loads["index"].append(max(loads["index"], default=-1) + 1)
        loads["data"].append([own.get(column, _blank(column)) for column in loads["columns"]])
        rule = "buses of the largest loads in turn; set another in power.json or links.csv"
        guesses.append(Guess(pump, f"fed from bus {alive[bus]}", rule))
    if isinstance(tables["load"], dict):
        tables["load"]["_object"] = json.dumps(loads)
    return guesses


def _number(value: Any) -> float:
    """Return a cell's number, 0 if it has none: this only says which loads are the largest."""
    return float(value) if isinstance(value, int | float) and abs(value) < MOST else 0.0


def _alive(buses: dict[str, Any]) -> dict[Any, str]:
    """Return the name, or else the index, of each bus in service."""
    return {
        index: str(_cell(buses, row, "name") or index)
        for index, row in zip(buses["index"], buses["data"], strict=True)
        if _cell(buses, row, "in_service") is not False
    }


def _blank(column: str) -> object:
    return "wye" if column == "type" else 0.0 if column.startswith("const_") else None


def _cell(frame: dict[str, Any], row: list[Any], column: str) -> Any:
    return row[frame["columns"].index(column)] if column in frame["columns"] else None
