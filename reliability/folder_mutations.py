"""Structural mutations of scenario folders: every option, table, column and file, derived from the schema."""

import csv
import json
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from reliability.grid_mutations import mutate_grid
from reliability.inp_mutations import Inp, mutate_inp
from reliability.odd import Random, how_many, pick
from reliability.schema_values import any_value, columns, options, valid
from twin.scenario.markup import load_value
from twin.utilities.power.names import read_names

Table = list[list[str]]


class Folder:
    """A scenario folder in memory: its YAML as plain values, its tables as cells, its other files as text."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content: Any = load_value((path / "scenario.yaml").read_text(encoding="utf-8"))
        self.tables = {file.stem: _cells(file) for file in sorted(path.glob("*.csv"))}
        self.names = sorted(
            {cell for table in self.tables.values() for row in table[1:] for cell in row if cell}
        )
        self.names += sorted(_assets(path))
        self.raw: dict[str, bytes | None] = {}
        """Files as they are written in the end, or None: none."""

    def write(self, folder: Path) -> None:
        """Write the folder anew."""
        shutil.copytree(self.path, folder)
        stream = StringIO()
        yaml = YAML(typ="safe", pure=True)
        yaml.dump(self.content, stream)
        (folder / "scenario.yaml").write_text(stream.getvalue(), encoding="utf-8", errors="replace")
        for file in folder.glob("*.csv"):
            file.unlink()
        for name, table in self.tables.items():
            with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8", errors="replace") as file:
                csv.writer(file, lineterminator="\n").writerows(table)
        for name, content in self.raw.items():
            (folder / name).unlink(missing_ok=True)
            if content is not None:
                (folder / name).write_bytes(content)


def mutate_folder(base: Path, folder: Path, rng: Random) -> None:
    """Write a base scenario with one to three mutations."""
    mutated = Folder(base)
    for _ in range(how_many(rng)):
        pick(rng, _WAYS)(mutated, rng)
    mutated.write(folder)


def _cells(file: Path) -> Table:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def _assets(path: Path) -> set[str]:
    found = {"NOBODY", "power/NOBODY", "water/network"}
    if (path / "power.json").exists():
        found |= read_names(path / "power.json").all
    for name in ("water", "wastewater"):
        file = path / f"{name}.inp"
        if file.exists():
            own = Inp(file.read_text(encoding="utf-8")).names()
            found |= {f"{name}/{each}" for each in own} | ({*own} if name == "wastewater" else set())
    return found


# -- scenario.yaml --------------------------------------------------------------------------------


def _set_option(folder: Folder, rng: Random) -> None:
    """Give any option of the schema a value, whether the scenario has it or not."""
    path, leaf = pick(rng, options())
    target = folder.content
    for part in path[:-1]:
        if not isinstance(target, dict):
            return
        target = target.setdefault(part, {})
    if isinstance(target, dict):
        value = any_value(rng, leaf, folder.names, target.get(path[-1]))
        if value is not None or rng.random() < 0.1:
            target[path[-1]] = value


def _drop_option(folder: Folder, rng: Random) -> None:
    holder: Any = folder.content
    while isinstance(holder, dict) and holder:
        name = pick(rng, list(holder))
        if not isinstance(holder[name], dict) or rng.random() < 0.3:
            del holder[name]
            return
        holder = holder[name]


def _add_option(folder: Folder, rng: Random) -> None:
    """Put a key where none is known, or a table into the YAML."""
    value = any_value(rng, {"type": "string"}, folder.names)
    folder.content[pick(rng, [*columns(), "nothing", "folder", 5, "имя"])] = value


# -- tables ---------------------------------------------------------------------------------------


def _table(folder: Folder, rng: Random) -> tuple[str, Table]:
    filled = [name for name, table in folder.tables.items() if len(table) > 1]
    name = pick(rng, filled) if filled else "limits"
    return name, folder.tables.get(name, [["asset"], ["NOBODY"]])


def _shown(value: Any) -> str:
    """Return a value as a spreadsheet would write it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _set_cell(folder: Folder, rng: Random) -> None:
    """Give any column of the schema a value in some row, whether the table has it or not."""
    name, table = _table(folder, rng)
    known = columns().get(name, {})
    column = pick(rng, [*known, *table[0]])
    if column not in table[0]:
        _fill_column(folder, rng, table, column, known[column])
    row = pick(rng, table[1:])
    at = min(table[0].index(column), len(row) - 1)
    beside = [other[at] for other in table[1:] if at < len(other)]
    names = beside if rng.random() < 0.6 else folder.names
    row[at] = _shown(any_value(rng, known.get(column, {"type": "number"}), names, _number(row[at])))


def _set_column(folder: Folder, rng: Random) -> None:
    name, table = _table(folder, rng)
    column = pick(rng, table[0])
    leaf = columns().get(name, {}).get(column, {"type": "number"})
    value = _shown(any_value(rng, leaf, folder.names, _number(table[1][table[0].index(column)])))
    for row in table[1:]:
        row[min(table[0].index(column), len(row) - 1)] = value


def _fill_column(folder: Folder, rng: Random, table: Table, column: str, leaf: Any) -> None:
    table[0].append(column)
    for row in table[1:]:
        row.append(_shown(valid(rng, leaf, folder.names)) if rng.random() < 0.5 else "")


def _number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def _new_row(folder: Folder, rng: Random) -> None:
    """Add a row of valid cells to any table of the schema, also to one that the scenario lacks."""
    name = pick(rng, list(columns()))
    table = folder.tables.setdefault(name, [list(columns()[name]) or ["hour"]])
    known = columns()[name]
    own = [_shown(valid(rng, known.get(column, {"type": "number"}), folder.names)) for column in table[0]]
    if len(table) > 1:  # most of a row that is there, so that it may pass
        before = pick(rng, table[1:])
        own = [new if rng.random() < 0.3 else old for new, old in zip(own, before, strict=False)]
    table.append(own)


def _new_column(folder: Folder, rng: Random) -> None:
    _, table = _table(folder, rng)
    _fill_column(folder, rng, table, pick(rng, ["nothing", "", " ", "имя", table[0][0]]), {"type": "number"})


def _drop_row(folder: Folder, rng: Random) -> None:
    _, table = _table(folder, rng)
    del table[int(rng.integers(0 if rng.random() < 0.1 else 1, len(table)))]


def _repeat_row(folder: Folder, rng: Random) -> None:
    _, table = _table(folder, rng)
    table.append(list(pick(rng, table[1:])))


def _move_row(folder: Folder, rng: Random) -> None:
    _, table = _table(folder, rng)
    table.append(table.pop(int(rng.integers(1, len(table)))))


def _drop_column(folder: Folder, rng: Random) -> None:
    _, table = _table(folder, rng)
    at = int(rng.integers(len(table[0])))
    for row in table:
        del row[at : at + 1]


def _rename_column(folder: Folder, rng: Random) -> None:
    name, table = _table(folder, rng)
    table[0][int(rng.integers(len(table[0])))] = pick(rng, [*columns().get(name, {}), "nothing", ""])


def _swap_columns(folder: Folder, rng: Random) -> None:
    """Swap two columns, with their names or without."""
    _, table = _table(folder, rng)
    a, b = rng.integers(len(table[0]), size=2)
    for row in table[int(rng.integers(0, 2)) :]:
        if max(a, b) < len(row):
            row[a], row[b] = row[b], row[a]


def _swap_cells(folder: Folder, rng: Random) -> None:
    _, table = _table(folder, rng)
    row, other = pick(rng, table[1:]), pick(rng, table[1:])
    at = int(rng.integers(min(len(row), len(other)))) if row and other else 0
    if row and other:
        row[at], other[at] = other[at], row[at]


def _drop_table(folder: Folder, rng: Random) -> None:
    name, table = _table(folder, rng)
    if rng.random() < 0.5:
        folder.tables.pop(name, None)
    else:
        del table[1 if rng.random() < 0.7 else 0 :]


def _move_table(folder: Folder, rng: Random) -> None:
    """Say a table under another's name."""
    name, table = _table(folder, rng)
    folder.tables[pick(rng, list(columns()))] = [list(row) for row in table]
    if rng.random() < 0.5:
        folder.tables.pop(name, None)


# -- files ----------------------------------------------------------------------------------------


def _mutate_network(folder: Folder, rng: Random) -> None:
    name = pick(
        rng, [path.name for path in sorted(folder.path.iterdir()) if path.suffix in (".json", ".inp")]
    )
    text = (folder.path / name).read_text(encoding="utf-8")
    mutated = mutate_grid(text, rng) if name.endswith(".json") else mutate_inp(text, rng)
    folder.raw[name] = mutated.encode("utf-8", errors="replace")


def _break_file(folder: Folder, rng: Random) -> None:
    """Save a file as something else: in another encoding, cut, twice, as nothing."""
    path = pick(rng, [path for path in sorted(folder.path.iterdir()) if path.is_file()])
    content = path.read_bytes()
    cut = int(rng.integers(len(content))) if content else 0
    kinds: list[bytes | None] = [
        *(
            b"",
            None,
            content[:cut],
            content + content,
            content.replace(b",", b";"),
            content.replace(b"\n", b"\r\n"),
        ),
        *(
            b"\xef\xbb\xbf" + content,
            content.decode().encode("utf-16"),
            content[:cut] + b"\0" + content[cut:],
        ),
        *(content[:cut] + b"\xff\xfe" + content[cut:], content[:cut] + b'"' + content[cut:], content.upper()),
        *(json.dumps({"a": 1}).encode(), content.replace(b"\n", b"\n\n"), b"\n" * 1000 + content),
    ]
    folder.raw[path.name] = pick(rng, kinds)


_WAYS: tuple[Callable[[Folder, Random], None], ...] = (
    *[_set_option] * 6,
    *[_set_cell] * 6,
    *[_new_row] * 3,
    *(_set_column, _drop_option, _add_option, _new_column, _drop_row, _repeat_row, _move_row, _drop_column),
    *(_rename_column, _swap_columns, _swap_cells, _drop_table, _move_table, _mutate_network, _mutate_network),
    *(_break_file,),
)
