"""What an EPANET INP file holds, read without the engine: its lines, and the IDs of its assets."""

from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.utilities.epanet.inp import check_rows, read_rows
from twin.utilities.names import AssetKind, AssetNames

_SECTIONS = {
    "JUNCTIONS": "junction",
    "RESERVOIRS": "reservoir",
    "TANKS": "tank",
    "PIPES": "pipe",
    "PUMPS": "pump",
    "VALVES": "valve",
}
KINDS = {
    **dict.fromkeys(("junction", "reservoir", "tank"), AssetKind(outages=False)),
    "pipe": AssetKind({"open": "flag"}),
    **dict.fromkeys(("pump", "valve"), AssetKind({"open": "flag", "setting": "number"})),
}


def read_names(path: Path, network: str) -> AssetNames:
    """Read the IDs of an EPANET INP file.

    Raises
    ------
    InvalidInput
        If the file has none of EPANET's sections, or something in it that EPANET would refuse or lose.
    """
    sections = read_rows(path)
    if not sections.keys() & _SECTIONS.keys():
        raise InvalidInput([Mistake(path.name, 0, "not an EPANET network")])
    mistakes = check_rows(sections, path.name)
    if mistakes:
        raise InvalidInput(mistakes)
    return AssetNames(
        {
            kind: {f"{network}/{row.words[0]}" for row in sections.get(section, ())}
            for section, kind in _SECTIONS.items()
        }
    )


def read_sections(path: Path) -> dict[str, list[list[str]]]:
    """Return the words of each line of an INP file by section, comments left out."""
    return {name: [row.words for row in rows] for name, rows in read_rows(path).items()}


def read_link_tags(path: Path) -> dict[str, str]:
    """Read the tags of an INP file's links; owa-epanet's `gettag` cannot be called from Python."""
    rows = read_sections(path).get("TAGS", ())
    return {words[1]: words[2] for words in rows if len(words) == 3 and words[0].upper() == "LINK"}
