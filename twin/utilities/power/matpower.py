"""MATPOWER cases: matrices of numbers, read as data; a case that computes is refused.

A case file is a function that fills a struct. Only assignments of literal values are read: what computes, as
the last lines of some cases do, which turn kW into MW, a reader of matrices would pass over.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from twin.bounds import MOST_BYTES, MOST_CELLS
from twin.errors import InvalidInput, Mistake
from twin.text import read_bytes, read_text
from twin.utilities.base import Vector

_MATRICES = {"bus": 13, "gen": 10, "branch": 11}
"""And the columns that each has at least."""
_OWN = ("version", "baseMVA", *_MATRICES)
_MEANT = {
    "gencost": "costs of generation",
    "dcline": "direct current lines",
    "areas": "areas",
    "bus_name": "names of buses",
}
_BEGIN = re.compile(r"mpc\.(\w+)\s*=\s*(.*)", re.DOTALL)
_FUNCTION = re.compile(r"function\s+(\w+|\[[^\]]*\])\s*=\s*\w+\s*(\([^)]*\))?\s*;?")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"|[-+.\w]+")
_COMPRESSED = 15
_HEADER = 128
_REMEDY = "the case saved by MATPOWER: savecase('case.m', mpc)"


@dataclass(frozen=True, slots=True)
class Case:
    """A case: its base power and matrices, and the names of what else it holds."""

    base_mva: float
    matrices: Mapping[str, Vector]
    others: tuple[str, ...] = field(default=())

    def left_out(self, file: str) -> list[Mistake]:
        """Return what the conversion leaves out."""
        return [
            Mistake(file, 0, f"mpc.{name} is left out" + (f": {_MEANT[name]}" if name in _MEANT else ""))
            for name in self.others
        ]


def to_net(case: Case, file: str) -> Any:
    """Return a case as a pandapower net.

    Raises
    ------
    InvalidInput
        If a matrix is missing, or too narrow.
    """
    from pandapower.converter.pypower.from_ppc import from_ppc

    mistakes = []
    for name, columns in _MATRICES.items():
        matrix = case.matrices.get(name)
        if matrix is None or matrix.ndim != 2 or matrix.shape[1] < columns:
            mistakes.append(Mistake(file, 0, f"mpc.{name} is missing or too narrow", f"{columns} columns"))
    if not 0.0 < case.base_mva < np.inf:
        mistakes.append(Mistake(file, 0, f"mpc.baseMVA is {case.base_mva}", "a number above 0"))
    if mistakes:
        raise InvalidInput(mistakes)
    bus, gen, branch = (case.matrices[name].copy() for name in _MATRICES)
    wrong = ~np.isin(np.concatenate([gen[:, 0], branch[:, 0], branch[:, 1]]), bus[:, 0])
    if wrong.any() or len(np.unique(bus[:, 0])) < len(bus):
        raise InvalidInput([Mistake(file, 0, "a generator or branch at no bus, or a bus twice")])
    bus[:, 0] -= 1  # MATLAB counts from 1
    gen[:, 0] -= 1
    branch[:, :2] -= 1
    branch[branch[:, 8] == 0.0, 8] = 1.0
    return from_ppc({"baseMVA": case.base_mva, "bus": bus, "gen": gen, "branch": branch})


def read_mpc(path: Path) -> Case:
    """Read a case file of MATLAB's language.

    Raises
    ------
    InvalidInput
        With each statement that is no assignment of literal values.
    """
    mistakes: list[Mistake] = []
    values: dict[str, list[list[str]]] = {}
    others: dict[str, None] = {}
    for line, statement in _statements(read_text(path)):
        begun = _BEGIN.fullmatch(statement)
        rows = _rows(begun[2]) if begun else None
        if begun and rows is not None and begun[1] in _OWN:
            values[begun[1]] = rows
        elif begun and rows is not None:
            others[begun[1]] = None
        elif not _FUNCTION.fullmatch(statement) and statement not in ("end", "return"):
            mistakes.append(
                Mistake(path.name, line, f"{statement[:60]!r} computes: only MATLAB can", _REMEDY)
            )
    if mistakes:
        raise InvalidInput(mistakes)
    matrices = {name: _matrix(values[name], name, path.name) for name in _MATRICES if name in values}
    base = _matrix(values.get("baseMVA", [["nan"]]), "baseMVA", path.name)
    return Case(float(base.ravel()[0]) if base.size else np.nan, matrices, tuple(others))


def read_mat(path: Path) -> Case:
    """Read a case that MATLAB has saved.

    Raises
    ------
    InvalidInput
        If it holds no case, or unpacks to more than any.
    """
    from scipy.io import loadmat

    _refuse_large(path)
    content = loadmat(path, squeeze_me=False, struct_as_record=True, variable_names=["mpc"])
    mpc = content.get("mpc")
    if mpc is None or not mpc.dtype.names or mpc.size != 1:
        raise InvalidInput([Mistake(path.name, 0, "holds no struct mpc", _REMEDY)])
    cell = mpc.ravel()[0]
    matrices = {}
    for name in _MATRICES:
        if name in mpc.dtype.names and cell[name].dtype.kind in "fiu":
            matrices[name] = np.atleast_2d(cell[name].astype(float))
    base = cell["baseMVA"] if "baseMVA" in mpc.dtype.names else np.zeros(0)
    known = base.dtype.kind in "fiu" and base.size
    others = tuple(name for name in mpc.dtype.names if name not in _OWN)
    return Case(float(base.ravel()[0]) if known else np.nan, matrices, others)


def _refuse_large(path: Path) -> None:
    """Refuse a file whose parts unpack to more than any case."""
    raw = read_bytes(path)
    at, total = _HEADER, 0
    order = "big" if raw[126:128] == b"MI" else "little"
    while at + 8 <= len(raw):
        kind, size = (int.from_bytes(raw[i : i + 4], order) for i in (at, at + 4))  # type: ignore[arg-type]
        if kind == _COMPRESSED:
            unpacker = zlib.decompressobj()
            try:
                total += len(unpacker.decompress(raw[at + 8 : at + 8 + size], MOST_BYTES - total + 1))
            except zlib.error as error:
                raise InvalidInput([Mistake(path.name, 0, f"is damaged: {error}", _REMEDY)]) from None
            if total > MOST_BYTES:
                raise InvalidInput([Mistake(path.name, 0, f"unpacks to more than {MOST_BYTES // 2**20} MiB")])
        at += 8 + size


def _statements(text: str) -> list[tuple[int, str]]:
    """Return the statements of a program with their lines; comments and continuations are left out."""
    found: list[tuple[int, str]] = []
    open_, parts, began, block = 0, list[str](), 0, 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = _without_comment(raw)
        if line.strip() in ("%{", "%}"):
            block += 1 if line.strip() == "%{" else -1
            continue
        if block > 0 or not line.strip():
            continue
        joined = line.rstrip().endswith("...")
        began = began or number
        parts.append(line.rstrip().removesuffix("..."))
        bare = re.sub(r"'[^']*'", "", line)
        open_ += sum(bare.count(c) for c in "[{") - sum(bare.count(c) for c in "]}")
        if open_ <= 0 and not joined:
            statement = "\n".join(parts).strip().rstrip(";,").strip()
            found += [(began, statement)] if statement else []
            open_, parts, began = 0, [], 0
    if parts:
        found.append((began, "\n".join(parts).strip()))
    return found


def _without_comment(line: str) -> str:
    if line.strip() in ("%{", "%}"):
        return line.strip()
    quoted = False
    for at, letter in enumerate(line):
        if letter == "'":
            quoted = not quoted
        elif letter == "%" and not quoted:
            return line[:at]
    return line


def _rows(value: str) -> list[list[str]] | None:
    """Return the rows of a literal: a number, a text, a matrix or a cell array; None if it is none."""
    text = value.strip()
    if text[:1] in ("[", "{"):
        if text[-1] not in "]}":
            return None
        text = text[1:-1]
    rows = []
    for row in re.split(r"[;\n]", text):
        words = _LITERAL.findall(row)
        if _LITERAL.sub("", row).strip(" \t\r,"):
            return None
        if words:
            rows.append(words)
    return rows


def _matrix(rows: list[list[str]], name: str, file: str) -> Vector:
    """Return rows of words as numbers.

    Raises
    ------
    InvalidInput
        If a word is no number, or rows are not as long as each other.
    """
    width = len(rows[0]) if rows else 0
    if sum(map(len, rows)) > MOST_CELLS:
        raise InvalidInput([Mistake(file, 0, f"mpc.{name} has more than {MOST_CELLS:,} numbers")])
    if any(len(row) != width for row in rows):
        raise InvalidInput([Mistake(file, 0, f"mpc.{name}: rows of different length")])
    try:
        return np.array([[float(word) for word in row] for row in rows], dtype=float).reshape(-1, width or 1)
    except ValueError as error:
        raise InvalidInput([Mistake(file, 0, f"mpc.{name}: {error}", "numbers")]) from None
