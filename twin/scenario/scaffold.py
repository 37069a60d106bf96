"""A runnable scenario around a user's own networks; everything that is not in them is marked as a guess."""

import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from itertools import count, cycle
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.model import MOST
from twin.results.cells import table_writer
from twin.utilities.names import TABLES, read_frame, read_inp_names, read_power, read_power_names

_SCENARIO = """\
# Made by `twin new`. README.md lists what was guessed.
name: {name}             # shown in results and plots
start: 2026-01-01        # first day; a guess
end: 2026-02-01          # the day after the last; a guess
days: every              # representative: a typical and a peak day of each month
networks:                # what is left out is not simulated
{networks}demand:
  native_growth_percent_per_year: 0.0   # growth of the demand in the network files; a guess
"""
_NETWORKS = {
    "power": """\
  power:
    file: power.json          # a copy of yours, plus a load per pump
    min_voltage_pu: 0.90      # lowest voltage allowed at a bus; a guess
    max_voltage_pu: 1.10      # highest voltage allowed at a bus; a guess
    max_loading_percent: 100  # highest loading of a line or transformer; a guess
    shedding: true            # load is shed where elements are overloaded; false: only reported; a guess
""",
    "water": """\
  water:
    file: water.inp           # a copy of yours
    required_pressure_m: 20   # demand is met in full from here on; a guess
    min_pressure_m: 0         # nothing is delivered here; a guess
    max_pressure_m: 60        # highest pressure allowed at a demand point of a district; a guess
    max_velocity_m_per_s: 2.5 # highest velocity allowed in a pipe; a guess
""",
}
_README = """\
# {name}
Made by `twin new` around your files. Run it: `twin run {folder}`. The scenario reference explains every key.

## Guesses to check
{guesses}
"""


@dataclass(frozen=True, slots=True)
class Guess:
    """Something the files do not say: what, what was chosen, and by which rule."""

    what: str
    chosen: str
    rule: str


_COMMON = (
    Guess("horizon", "January 2026, every day", "set `start`, `end` and `days` in scenario.yaml"),
    Guess("growth", "none", "the files' own demand stays; set `demand.native_growth_percent_per_year`"),
)
_POWER = (
    Guess("overload", "load is shed by class", "`networks.power.shedding: false`: only reported"),
    Guess("power loads", "constant over the day", "give profiles.csv and `demand.native_power_profile`"),
    Guess("power limits", "0.90 to 1.10 pu, 100 % loading", "set them under `networks.power`"),
)
_WATER = (
    Guess("pressures", "0 m and 20 m", "demand falls with the root of pressure between them"),
    Guess("water limits", "60 m, 2.5 m/s", "set `max_pressure_m`, `max_velocity_m_per_s`"),
)
_MOTORS = Guess(
    "pump motors",
    "power factor 0.86, trip below 0.85 pu, restart after 900 s, no generator",
    "columns power_factor, min_voltage_pu, restart_delay_s, fuel_h of links.csv",
)


def scaffold(folder: Path, power: Path | None, water: Path | None) -> list[Guess]:
    """Write a scenario folder around a pandapower JSON and an EPANET INP file, or one of them.

    Every pump gets a load of its own, which takes what the pump draws. Nothing is written if anything
    is wrong.

    Raises
    ------
    InvalidInput
        If the folder is not empty or a file cannot be read; with every mistake.
    """
    given = {name: path for name, path in (("power", power), ("water", water)) if path is not None}
    mistakes = _mistakes(folder, given)
    if mistakes:
        raise InvalidInput(mistakes)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        guesses = _write(work, folder, given)
        if folder.exists():
            folder.rmdir()
        work.chmod(0o755)
        work.rename(folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return guesses


def _mistakes(folder: Path, given: dict[str, Path]) -> list[Mistake]:
    mistakes = []
    if not given:
        mistakes.append(Mistake(str(folder), 0, "no network given", "--power FILE, --water FILE or both"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        mistakes.append(Mistake(str(folder), 0, "exists and is not empty", "a new folder"))
    elif folder.resolve() == Path.cwd():
        mistakes.append(Mistake(str(folder), 0, "is the current folder", "a new folder"))
    mistakes += [Mistake(str(p), 0, "is no folder") for p in folder.parents if p.exists() and not p.is_dir()]
    for network, path in given.items():
        if not path.is_file():
            mistakes.append(Mistake(str(path), 0, "no such file"))
            continue
        try:
            _check(network, path)
        except InvalidInput as error:
            mistakes += [replace(mistake, file=str(path)) for mistake in error.mistakes]
    return mistakes


def _check(network: str, path: Path) -> None:
    """Raise InvalidInput if the file is not a network that `_write` can use."""
    if network == "water":
        read_inp_names(path, network)
        return
    kinds = read_power_names(path).by_kind  # refuses tables of another form, too
    if "bus" not in kinds or "load" not in kinds:
        raise InvalidInput([Mistake(path.name, 0, "not a pandapower network in JSON")])
    if not _alive(read_frame(read_power(path)["_object"]["bus"])):
        raise InvalidInput([Mistake(path.name, 0, "has no bus in service")])


def _write(work: Path, folder: Path, given: dict[str, Path]) -> list[Guess]:
    guesses: list[Guess] = []
    pumps: list[str] = []
    if "water" in given:
        shutil.copyfile(given["water"], work / "water.inp")
        pumps = sorted(read_inp_names(given["water"], "water").of("pump"))
        guesses += _WATER
    if "power" in given:
        guesses += [*_write_power(work, given["power"], pumps), *_substations(work), *_POWER]
    elif pumps:
        guesses.append(Guess("pumps' supply", "always on", "no power network was given"))
    guesses += _COMMON
    networks = "".join(_NETWORKS[name] for name in given)
    text = _SCENARIO.format(name=json.dumps(folder.name, ensure_ascii=False), networks=networks)
    (work / "scenario.yaml").write_text(text, encoding="utf-8")
    lines = "\n".join(f"- **{g.what}**: {g.chosen} ({g.rule})" for g in guesses)
    readme = _README.format(name=folder.name, folder=folder, guesses=lines)
    (work / "README.md").write_text(readme, encoding="utf-8")
    return guesses


def _write_power(work: Path, source: Path, pumps: list[str]) -> list[Guess]:
    """Copy the power network, with a load and a link per pump."""
    if not pumps:
        shutil.copyfile(source, work / "power.json")
        return []
    content = read_power(source)
    loads = _load_names(source, pumps)
    guesses = _feed(content, loads)
    (work / "power.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    _write_table(
        work / "links.csv",
        [
            {"kind": "pump", "asset": g.what, "to": f"power/{loads[g.what]}", "source": f"guess: {g.chosen}"}
            for g in guesses
        ],
    )
    return [*guesses, _MOTORS]


def _load_names(source: Path, pumps: list[str]) -> dict[str, str]:
    """Return the name of each pump's load: `pump <id>`, numbered on where the network has that name."""
    tables = read_power(source)["_object"]
    frames = [read_frame(tables[name]) for name in TABLES if name in tables]
    taken = {str(_cell(frame, row, "name")) for frame in frames for row in frame["data"]}
    names: dict[str, str] = {}
    for pump in pumps:
        name = f"pump {pump.split('/', 1)[1]}"
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
    guesses = []
    for (pump, name), bus in zip(names.items(), cycle(order), strict=False):
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


def _substations(work: Path) -> list[Guess]:
    transformers = sorted(read_power_names(work / "power.json").of("trafo", "trafo3w"))
    if not transformers:
        return []
    rows: list[dict[str, object]] = [
        {"capacity": t.split("/", 1)[1], "asset": t, "kind": "substation", "source": "guess: see README.md"}
        for t in transformers
    ]
    _write_table(work / "capacities.csv", rows)
    rule = "give two transformers the same capacity name if one backs up the other"
    return [Guess("firm capacity", "each transformer is a substation of its own", rule)]


def _write_table(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = table_writer(file)
        writer.writerow(rows[0])
        writer.writerows(row.values() for row in rows)
