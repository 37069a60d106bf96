"""How a scenario is begun around a pandapower JSON file: every pump gets a load of its own."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.utilities.frames import read_frame
from twin.utilities.names import AssetNames
from twin.utilities.power.convert import convert, is_foreign, is_net, write_net
from twin.utilities.power.names import read_frames, read_grid, read_names
from twin.utilities.power.pump_loads import Fed, PumpLoads, alive, cell
from twin.utilities.scaffold import Guess, Rows, Scaffold, Taken, Written

_MOTORS = Guess(
    "pump motors",
    "power factor 0.86, trip below 0.85 pu, restart after 900 s, no generator",
    "columns power_factor, min_voltage_pu, restart_delay_s, fuel_h of links.csv",
    20.0,
)
_FIRM = Guess(
    "firm capacity",
    "each transformer is a substation of its own",
    "give two transformers the same capacity name if one backs up the other",
    40.0,
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
    emergency_factor: 1.4     # times its rating a transformer carries before load is shed; a guess
    shedding: true            # load is shed where elements are overloaded; false: only reported; a guess
"""
    guesses = (
        Guess("overload", "load is shed by class", "`networks.power.shedding: false`: only reported", 15.0),
        Guess(
            "transformers",
            "carry 140 % of their rating before load is shed",
            "meant for hours after the loss of a neighbour: set `networks.power.emergency_factor`",
            49.0,
        ),
        Guess("power loads", "constant over the day", "give profiles.csv, or time series", 45.0),
        Guess("power limits", "0.90 to 1.10 pu, 100 % loading", "set them under `networks.power`", 30.0),
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
        if not alive(read_frame(read_grid(path)["_object"]["bus"])):
            raise InvalidInput([Mistake(path.name, 0, "has no bus in service")])
        return names

    def write(self, source: Path, folder: Path, others: AssetNames) -> Written:
        """Copy the grid, with a load and a link per pump; each transformer becomes a substation."""
        target, pumps = folder / self.file, sorted(others.of("pump"))
        guesses: list[Guess] = []
        tables: dict[str, Rows] = {}
        if pumps:
            content = read_grid(source)
            fed = _feed(content, pumps, others.draws_kw)
            target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            tables["links"] = [_link(pump, own) for pump, own in fed.items()]
            guesses = [*(own.guess for own in fed.values()), _MOTORS]
        else:
            shutil.copyfile(source, target)
        transformers = sorted(read_names(target).of("trafo", "trafo3w"))
        if transformers:
            tables["capacities"] = [_substation(name) for name in transformers]
            guesses.append(_FIRM)
        return Written([*guesses, *self.guesses], tables)

    def absent(self, others: AssetNames) -> list[Guess]:
        """Return that pumps have their power always."""
        guess = Guess("pumps' supply", "always on", "no power network was given", 50.0)
        return [guess] if others.of("pump") else []


def _feed(content: dict[str, Any], pumps: list[str], draws_kw: Mapping[str, float]) -> dict[str, Fed]:
    """Find or add a load for each pump in a pandapower net."""
    tables, frames = content["_object"], read_frames(content)
    names = {str(cell(frame, row, "name")) for frame in frames.values() for row in frame["data"]}
    loads, buses = read_frame(tables["load"]), read_frame(tables["bus"])
    fed = PumpLoads(loads, buses, names).feed(pumps, draws_kw)
    if isinstance(tables["load"], dict):
        tables["load"]["_object"] = json.dumps(loads)
    return fed


def _link(pump: str, fed: Fed) -> dict[str, object]:
    source = f"guess: {fed.guess.chosen}"
    return {"kind": "pump", "asset": pump, "to": f"power/{fed.load}", "source": source}


def _substation(transformer: str) -> dict[str, object]:
    name = transformer.split("/", 1)[1]
    return {"capacity": name, "asset": transformer, "kind": "substation", "source": "guess: see README.md"}
