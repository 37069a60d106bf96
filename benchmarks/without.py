"""Alatau with fewer utilities."""

import csv
import shutil
from pathlib import Path

from ruamel.yaml import YAML

ALATAU = Path(__file__).parents[1] / "scenarios" / "alatau"
ON_REQUEST = ALATAU / "on_request.yaml"
"""What is measured where nothing else is said: no crews, no money, no queue."""
_ONLY_OF_ROADS = ("gates.csv", "zones.csv")


def write_without(utilities: tuple[str, ...], folder: Path) -> Path:
    """Write Alatau without some of its utilities; rows about their assets are left out."""
    shutil.copytree(ALATAU, folder, ignore=shutil.ignore_patterns("build*", "inputs", "ci"))
    yaml = YAML()
    path = folder / ON_REQUEST.name
    scenario = yaml.load(path.read_text(encoding="utf-8"))
    for utility in utilities:
        del scenario["networks"][utility]
        for table in folder.glob("*.csv"):
            _leave_out(table, f"{utility}/")
    if "gas" in utilities:
        scenario.pop("demand")
    (folder / "names.csv").unlink()  # of what is left out, too
    if "roads" in utilities:
        for name in _ONLY_OF_ROADS:
            (folder / name).unlink()
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(scenario, file)
    return path


def _leave_out(table: Path, prefix: str) -> None:
    """Leave out a table's rows in which a cell begins so."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    kept = [row for row in rows if not any(cell.startswith(prefix) for cell in row)]
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(kept)
