"""A finished run: its tables, its folder, what differs between two."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["read"]


def read(folder: "str | Path") -> "dict[str, pd.DataFrame]":
    """Return the tables of a saved run as data frames, by name; `metrics` is one row.

    Raises
    ------
    InvalidInput
        If the folder holds no run of this format, or a table is damaged.
    """
    from twin.results import frames

    return frames.read(folder)
