"""Columns of a pandapipes table as vectors; what is no number where one is needed is told by its element."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import Mistake
from twin.utilities.base import Mask, Vector

Index = NDArray[np.intp]
_TOLD = 3


class Columns:
    """One table of a file.

    Parameters
    ----------
    table, frame, file
        Its name, what it holds (None: nothing), and the file's name for messages.
    mistakes
        What is found wrong is added here.
    """

    def __init__(self, table: str, frame: dict[str, Any] | None, file: str, mistakes: list[Mistake]) -> None:
        frame = frame or {"columns": [], "index": [], "data": []}
        self.table, self.index, self._data = table, list(frame["index"]), frame["data"]
        self._file, self._mistakes = file, mistakes
        self._at = {name: i for i, name in enumerate(frame["columns"]) if isinstance(name, str)}
        twice = [name for name in self._at if frame["columns"].count(name) > 1]
        self._mistakes += [
            Mistake(file, 0, f"table {table} has column {name} twice", "once") for name in twice
        ]

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, column: str) -> bool:
        return column in self._at

    def told(self, row: int) -> str:
        """Return how an element is told: its table, its index and its name."""
        name = self._data[row][self._at["name"]] if "name" in self else None
        return f"{self.table} {self.index[row]}" + (
            f" {name!r:.60}" if isinstance(name, str) and name else ""
        )

    def wrong(self, row: int, problem: str, remedy: str = "") -> None:
        """Note what is wrong with an element."""
        self._mistakes.append(Mistake(self._file, 0, f"{self.told(row)}: {problem}", remedy))

    def cells(self, column: str) -> list[Any]:
        """Return a column as it is, nothing where it is missing."""
        at = self._at.get(column)
        return [None] * len(self) if at is None else [row[at] for row in self._data]

    def numbers(
        self, column: str, default: float | None = None, least: float = -np.inf, above: bool = False
    ) -> Vector:
        """Return a column of numbers.

        Parameters
        ----------
        default
            What an empty cell means; None: it may not be empty.
        least, above
            The lowest value that can be, or what every value must be above.
        """
        found, told = np.zeros(len(self)), 0
        for row, cell in enumerate(self.cells(column)):
            value: Any = default if cell is None else cell
            plain = isinstance(value, int | float) and not isinstance(value, bool)
            number = float(value) if plain and abs(value) < 1e300 else np.nan
            low = number <= least if above else number < least
            if not isfinite(number) or low:
                limit = (
                    f"a number {'above' if above else 'from'} {least:g}" if isfinite(least) else "a number"
                )
                told += 1
                if told <= _TOLD:
                    self.wrong(row, f"{column} is {'empty' if cell is None else repr(cell)[:60]}", limit)
                number = 1.0
            found[row] = number
        return found

    def flags(self, column: str, default: bool = True) -> Mask:
        """Return a column of what is true or false."""
        found = np.full(len(self), default)
        for row, cell in enumerate(self.cells(column)):
            if cell in (True, False) and not isinstance(cell, float):
                found[row] = bool(cell)
            elif column in self:
                self.wrong(row, f"{column} is {cell!r:.60}", "true or false")
        return found

    def rows_in(self, column: str, rows: Mapping[int, int], what: str = "junction") -> Index:
        """Return where a column's indices stand in another table."""
        found = np.zeros(len(self), dtype=np.intp)
        for row, cell in enumerate(self.cells(column)):
            whole = isinstance(cell, int | float) and not isinstance(cell, bool) and cell == cell
            place = rows.get(int(cell)) if whole and abs(cell) < 1e15 and cell == int(cell) else None
            if place is None:
                self.wrong(row, f"{column} {cell!r:.60} is not a {what}", f"the index of a {what}")
            else:
                found[row] = place
        return found
