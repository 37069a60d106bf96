"""A results folder as it lies on disk: tables that may be missing, nothing simulated."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.errors import InvalidInput, Mistake
from twin.results.cells import read_csv
from twin.results.folders import regular
from twin.results.solved import NETWORK_OF

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, str]
_NETWORK: dict[str, Callable[[Row], str]] = {
    "headroom": lambda row: NETWORK_OF.get(row["kind"], ""),
    "unserved": lambda row: row["network"],
}
"""Of tables with rows of several networks, which one a row is of."""

_LARGEST = 2**30

NOTHING = 1e-6
"""Below this a metric is only the rounding of a sum, and shown as 0."""


@dataclass(frozen=True)
class Folder:
    """One saved run.

    Parameters
    ----------
    path
        The folder with ``run.json``.
    """

    path: Path

    @cached_property
    def run(self) -> dict[str, Any]:
        """Return ``run.json``."""
        return read_object(self.path / "run.json")

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Return ``metrics.json``."""
        return read_object(self.path / "metrics.json")

    @cached_property
    def scenario(self) -> dict[str, Any]:
        """Return the resolved scenario."""
        from ruamel.yaml import YAML

        file = own(self.path / "scenario.yaml")
        content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8")) if file else {}
        return dict(content or {})

    def table(self, name: str) -> list[Row]:
        """Return the rows of ``<name>.csv``, none if there is no such table.

        What a network that was mostly unsolved has there is no figure, and left out.
        """
        rows = read_table(self.path / f"{name}.csv")
        network = _NETWORK.get(name)
        if network is None or not self.left_out:
            return rows
        return [row for row in rows if network(row) not in self.left_out]

    @cached_property
    def left_out(self) -> set[str]:
        """Return the networks that were mostly unsolved; of a run that ended early what it has is shown."""
        return set() if self.run.get("ended_early") else set(self.run.get("not_computed", ()))

    @cached_property
    def monthly(self) -> "pa.Table | None":
        """Return ``monthly.parquet`` with a dictionary for each text column, None if there is none."""
        import pyarrow.parquet as pq

        file = own(self.path / "monthly.parquet")
        if file is None:
            return None
        return pq.read_table(file, read_dictionary=["month", "network", "asset", "quantity", "unit"])

    @cached_property
    def months(self) -> list[str]:
        """Return the months of the horizon, ``2026-01`` and on."""
        return list(_months(self.run["start"], self.run["end"]))

    @cached_property
    def last_month(self) -> str:
        """Return the last month that was simulated, empty if none was."""
        return "" if self.monthly is None else max(self.monthly["month"].unique().to_pylist(), default="")

    @property
    def name(self) -> str:
        """Return what the scenario is called."""
        return str(self.run.get("name", self.path.name))


def number(cell: str | None) -> float | None:
    """Return a cell's number, None if the cell is empty; it is rounded where it is told."""
    return float(cell) if cell not in (None, "") else None


def kind_of(path: Path) -> str:
    """Return what a folder holds: ``run``, ``comparison`` or ``sweep``; empty if none of these."""
    for kind in ("comparison", "sweep", "run"):
        if os.path.lexists(path / f"{kind}.json"):
            return kind
    return ""


def own(path: Path) -> Path | None:
    """Return a file of a results folder, None if there is none; what could lead elsewhere is refused.

    Raises
    ------
    InvalidInput
        If it is a link, a folder, a pipe or a device, or larger than any table is.
    """
    if not os.path.lexists(path):
        return None
    if not regular(path):
        raise InvalidInput([Mistake(str(path), 0, "is a link or no file, and is not read")])
    if path.stat().st_size > _LARGEST:
        raise InvalidInput([Mistake(str(path), 0, f"is larger than {_LARGEST // 2**20} MiB")])
    return path


def read_table(path: Path) -> list[Row]:
    """Return the rows of a table of a results folder, none if there is no such table."""
    file = own(path)
    return read_csv(file) if file else []


def read_object(path: Path) -> dict[str, Any]:
    """Return what a JSON file of a results folder holds, nothing if there is none."""
    file = own(path)
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file else {}


def _months(start: str, end: str) -> Iterator[str]:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    year, month = first.year, first.month
    while date(year, month, 1) < last:
        yield f"{year}-{month:02}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
