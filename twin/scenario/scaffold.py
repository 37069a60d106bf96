"""A runnable scenario around a user's own networks; everything that is not in them is marked as a guess."""

import csv
import json
import shutil
import tempfile
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.scenario.native import read_frame, read_inp_names, read_power_names

_SCENARIO = """\
# Made by `twin new`. README.md lists what was guessed.
name: {name}
start: 2026-01-01
end: 2026-01-08          # the day after the last
days: every              # representative: a typical and a peak day of each month
networks:
{networks}demand:
  native_growth_percent_per_year: 0.0   # growth of the demand in the network files; a guess
"""
_NETWORKS = {
    "power": """\
  power:
    file: power.json
    min_voltage_pu: 0.90
    max_voltage_pu: 1.10
    max_loading_percent: 100
""",
    "water": """\
  water:
    file: water.inp
    required_pressure_m: 20   # demand is met in full from here on; a guess
    min_pressure_m: 0         # nothing is delivered here; a guess
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


def scaffold(folder: Path, power: Path | None, water: Path | None) -> list[Guess]:
    """Write a scenario folder around a pandapower JSON and an EPANET INP file, or one of them.

    Every pump gets a load of its own, which takes what the pump draws. Nothing is written if anything
    is wrong.

    Raises
    ------
    InvalidInput
        If the folder is not empty or a file cannot be read.
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
    for network, path in given.items():
        if not path.is_file():
            mistakes.append(Mistake(str(path), 0, "no such file"))
            continue
        try:
            read_power_names(path) if network == "power" else read_inp_names(path, network)
        except ValueError as error:
            mistakes.append(Mistake(str(path), 0, str(error)))
    return mistakes


def _write(work: Path, folder: Path, given: dict[str, Path]) -> list[Guess]:
    guesses: list[Guess] = []
    pumps: list[str] = []
    if "water" in given:
        shutil.copyfile(given["water"], work / "water.inp")
        pumps = sorted(read_inp_names(given["water"], "water").of("pump"))
        guesses.append(
            Guess("pressures", "0 m and 20 m", "demand falls with the root of pressure between them")
        )
    if "power" in given:
        content = json.loads(given["power"].read_text(encoding="utf-8"))
        if pumps:
            guesses += _feed(content, pumps)
            _write_table(work / "links.csv", [_link(pump) for pump in pumps])
        (work / "power.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        guesses += _substations(work)
    elif pumps:
        guesses.append(Guess("pumps' supply", "always on", "no power network was given"))
    networks = "".join(_NETWORKS[name] for name in given)
    text = _SCENARIO.format(name=json.dumps(folder.name, ensure_ascii=False), networks=networks)
    (work / "scenario.yaml").write_text(text, encoding="utf-8")
    lines = "\n".join(f"- **{g.what}**: {g.chosen} ({g.rule})" for g in guesses)
    readme = _README.format(name=folder.name, folder=folder, guesses=lines)
    (work / "README.md").write_text(readme, encoding="utf-8")
    return guesses


def _feed(content: dict[str, Any], pumps: list[str]) -> list[Guess]:
    """Add a load per pump to a pandapower net, at the buses of the largest loads in turn."""
    tables = content["_object"]
    loads, buses = read_frame(tables["load"]), read_frame(tables["bus"])
    names = dict(zip(buses["index"], (_cell(buses, row, "name") for row in buses["data"]), strict=True))
    ranked = sorted(loads["data"], key=lambda row: -float(_cell(loads, row, "p_mw") or 0.0))
    order = list(dict.fromkeys(_cell(loads, row, "bus") for row in ranked)) or list(buses["index"])
    guesses = []
    for pump, bus in zip(pumps, cycle(order)):
        name = f"pump {pump.split('/', 1)[1]}"
        own = {"name": name, "bus": bus, "p_mw": 0.0, "q_mvar": 0.0, "scaling": 1.0, "in_service": True}
        row = [own.get(column, _blank(column)) for column in loads["columns"]]
        loads["index"].append(max(loads["index"], default=-1) + 1)
        loads["data"].append(row)
        rule = "buses of the largest loads in turn; set another in power.json or links.csv"
        guesses.append(Guess(pump, f"fed from bus {names.get(bus) or bus}", rule))
    if isinstance(tables["load"], dict):
        tables["load"]["_object"] = json.dumps(loads)
    return guesses


def _blank(column: str) -> object:
    return "wye" if column == "type" else 0.0 if column.startswith("const_") else None


def _cell(frame: dict[str, Any], row: list[Any], column: str) -> Any:
    return row[frame["columns"].index(column)] if column in frame["columns"] else None


def _link(pump: str) -> dict[str, object]:
    name = pump.split("/", 1)[1]
    return {"kind": "pump", "asset": pump, "to": f"power/pump {name}", "source": "guess: see README.md"}


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
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
