"""Names of the assets in the networks' own files, read without any engine."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TABLES = ("bus", "line", "trafo", "trafo3w", "load", "gen", "sgen", "ext_grid", "switch")
_SECTIONS = {
    "JUNCTIONS": "junction",
    "RESERVOIRS": "reservoir",
    "TANKS": "tank",
    "PIPES": "pipe",
    "PUMPS": "pump",
    "VALVES": "valve",
}


@dataclass(slots=True)
class AssetNames:
    """Addresses of a network's assets by kind: ``load``, ``junction``, ``pump``, ``plant``."""

    by_kind: dict[str, set[str]] = field(default_factory=dict)

    def of(self, *kinds: str) -> set[str]:
        """Return the addresses of some kinds."""
        return set().union(*(self.by_kind.get(kind, set()) for kind in kinds))

    @property
    def all(self) -> set[str]:
        """Return all addresses."""
        return self.of(*self.by_kind)


def read_frame(table: Any) -> dict[str, Any]:
    """Return a pandapower JSON table as a mapping with columns, index and data."""
    content = table["_object"] if isinstance(table, dict) else table
    frame: dict[str, Any] = json.loads(content) if isinstance(content, str) else content
    return frame


def read_power_names(path: Path) -> AssetNames:
    """Read the element names of a pandapower JSON file.

    An element's own name counts if it is unique among all; else it is ``<table>-<index>``.

    Raises
    ------
    ValueError
        If the file is not a pandapower network.
    """
    try:
        tables = json.loads(path.read_text(encoding="utf-8"))["_object"]
        frames = {name: read_frame(tables[name]) for name in TABLES if name in tables}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError("not a pandapower network in JSON") from error
    own = {name: _names(frame) for name, frame in frames.items()}
    every = [name for names in own.values() for name in names if name]
    return AssetNames(
        {
            table: {
                f"power/{name if name and every.count(name) == 1 else f'{table}-{index}'}"
                for index, name in zip(frames[table]["index"], names, strict=True)
            }
            for table, names in own.items()
        }
    )


def _names(frame: dict[str, Any]) -> list[str]:
    if "name" not in frame["columns"]:
        return ["" for _ in frame["index"]]
    column = frame["columns"].index("name")
    return [
        "" if row[column] is None or str(row[column]) == "None" else str(row[column]) for row in frame["data"]
    ]


def read_inp_names(path: Path, network: str) -> AssetNames:
    """Read the IDs of an EPANET INP file.

    Raises
    ------
    ValueError
        If the file has none of EPANET's sections.
    """
    names = AssetNames({kind: set() for kind in _SECTIONS.values()})
    section, found = "", False
    for raw in path.read_text(encoding="utf-8", errors="replace").splitlines():
        line = raw.split(";")[0].strip()
        if line.startswith("["):
            section = line.strip("[]").upper()
            found |= section in _SECTIONS
        elif line and section in _SECTIONS:
            names.by_kind[_SECTIONS[section]].add(f"{network}/{line.split()[0]}")
    if not found:
        raise ValueError("not an EPANET network")
    return names


def read_link_tags(path: Path) -> dict[str, str]:
    """Read the tags of an INP file's links; owa-epanet's `gettag` cannot be called from Python."""
    tags, section = {}, ""
    for raw in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = raw.split(";")[0].split()
        if words and words[0].startswith("["):
            section = words[0].strip("[]").upper()
        elif len(words) == 3 and section == "TAGS" and words[0].upper() == "LINK":
            tags[words[1]] = words[2]
    return tags
