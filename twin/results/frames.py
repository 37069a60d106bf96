"""A run as notebooks and the prompt use it: tables as data frames, a page of text when it is printed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.columns import Row
from twin.results.arrow import to_arrow
from twin.results.reference import every_table

if TYPE_CHECKING:
    import pandas as pd


class Frames(ABC):
    """What a run shows of itself.

    Each of its tables is an attribute by the table's name (``run.headroom``): a pandas data frame with the
    columns of its file; empty where the run has no such rows.
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # a misspelt attribute is none for mypy

        def __getattr__(self, name: str) -> pd.DataFrame:
            """Return a table as a data frame."""
            return self.frame(name)

    def frame(self, name: str) -> pd.DataFrame:
        """Return a table as a data frame.

        Raises
        ------
        AttributeError
            If there is no table of that name.
        """
        table = next((own for own in every_table() if own.table == name), None)
        if table is None:
            raise AttributeError(f"a run has no {name}: its tables are {', '.join(_names())}")
        content: Any = self._content(table)
        arrow = content if hasattr(content, "schema") else to_arrow(table, content)
        frame: pd.DataFrame = _loaded(arrow).to_pandas()
        return frame

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *_names()]

    def __repr__(self) -> str:
        lines = self._lines()
        width = max(len(name) for name, _ in lines)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in lines)

    def _repr_html_(self) -> str:
        """Return what a notebook shows for a run: its summary."""
        from twin.cards import card

        (_, name), *lines = self._lines()
        return card(f"Run of {name}", lines)

    @abstractmethod
    def _lines(self) -> list[tuple[str, str]]:
        """Return what the run is told in, a name and a value each; its own name first."""

    @abstractmethod
    def _content(self, table: type[Row]) -> Any:
        """Return what a table holds: its rows, or Arrow's table of them."""


def read(folder: str | Path) -> dict[str, pd.DataFrame]:
    """Return the tables of a saved run as data frames, by name; `metrics` is one row.

    Raises
    ------
    InvalidInput
        If the folder holds no run of this format, or a table is damaged.
    """
    from twin.results.saved import saved_tables

    return {name: _loaded(content).to_pandas() for name, content in saved_tables(Path(folder)).items()}


def _loaded(content: Any) -> Any:
    return content.to_table() if hasattr(content, "to_table") else content


def _names() -> list[str]:
    return [table.table for table in every_table()]
