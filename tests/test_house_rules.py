"""The rules of the house: utilities are named in their own folders only, and no file or function is long."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from twin.utilities.registry import utilities

ROOT = Path(__file__).parents[1]
TWIN = ROOT / "twin"
MAY_NAME = {
    "utilities/registry.py: power": "the program's own utilities",
    "report/figures/pictures.py: pump": "a kind of asset, called as a kind of link",
    "sweep/estimate.py: process": "a process of the machine",
    "simulation/batch.py: process": "a process of the machine",
}
"""Lines outside a utility's folder that name one (file and word), and why; ten at most."""
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
"""Lines."""
MOST_LAYERS = 14
OTHERS = {"source", "supply"}
"""Kinds of capacity whose names mean something else too: where a number comes from, a picture."""


def sources(*endings: str) -> Iterator[Path]:
    for ending in endings:
        yield from (p for p in sorted(TWIN.rglob(f"*{ending}")) if "__pycache__" not in p.parts)


def words() -> tuple[set[str], set[str]]:
    """Return what only a utility's folder may say: in quotes; and as a name in the language too."""
    quoted, names = set[str](), set[str]()
    for name, own in utilities().items():
        names |= {name, *own.profiles, *(norm.name for norm in own.norms)}
        names |= {kind.quantity for kind in own.capacities}
        names |= {loss.quantity for loss in own.losses} | {metric.name for metric in own.metrics}
        names |= {own.contract.column} if own.contract else set()
        quoted |= {kind.name for kind in (*own.capacities, *own.links)} | {one.name for one in own.classes}
    return (quoted | names) - OTHERS, names


def naming(path: Path, pattern: re.Pattern[str]) -> Iterator[str]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.split("#")[0] if path.suffix == ".py" else line.split("//")[0]
        match = pattern.search(text)
        if match and f"{path.relative_to(TWIN)}: {match[0]}" not in MAY_NAME:
            yield f"{path.relative_to(ROOT)}:{number}: {match[0]}: {line.strip()[:90]}"


def test_no_utility_is_named_outside_its_folder() -> None:
    # docstrings may tell examples: a word counts in quotes, as a part of an address, or as a name
    quoted, names = ("|".join(sorted(map(re.escape, own), key=len, reverse=True)) for own in words())
    pattern = re.compile(rf"""(?<=["'])({quoted})(?=[/"'])|\b({names})\b(?=\s*[=(\[.])""")
    own = {TWIN / "utilities" / name for name in (*utilities(), "epanet")}
    told = [
        line
        for path in sources(".py", ".js")
        if not own.intersection(path.parents)
        for line in naming(path, pattern)
    ]
    assert not told, f"{len(told)}:\n" + "\n".join(told)
    assert len(MAY_NAME) <= 10


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Return each function of a program and how many lines it has, without its decorators."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_and_no_function_is_long() -> None:
    files = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources(".py")}
    told = [
        f"{path.relative_to(ROOT)}: {lines} lines" for path, lines in files.items() if lines > LONGEST_FILE
    ]
    told += [
        f"{path.relative_to(ROOT)}: {name}: {lines} lines"
        for path in files
        for name, lines in functions(path)
        if lines > LONGEST_FUNCTION
    ]
    assert not told, "\n".join(told)


def test_the_layers_are_few() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = [own["layers"] for own in contracts["contracts"] if own["type"] == "layers"]
    assert layers
    assert all(len(own) <= MOST_LAYERS for own in layers)
