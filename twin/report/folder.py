"""A results folder as it lies on disk: tables that may be missing, nothing simulated."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from twin.bounds import MOST_RESULT_CELLS, MOST_RESULT_VALUES
from twin.dates import months_between
from twin.errors import InvalidInput, Mistake
from twin.results.formats import kind_of as kind_of
from twin.results.formats import own, read_about, read_own
from twin.results.formats import read_object as read_object
from twin.results.formats import read_table as read_table
from twin.results.parquet import opened_parquet
from twin.results.tables import Headroom, Unserved
from twin.scenario.currency import ACCOUNT, known, known_keys, stated, within
from twin.scenario.markup import NotYaml, load_value
from twin.scenario.schema import Scenario

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, str]
_BY_NETWORK = frozenset({Headroom.table, Unserved.table})
"""Tables whose rows are figures of one network each."""
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
        """Return ``run.json``.

        Raises
        ------
        InvalidInput
            If there is none, or it is of another format.
        """
        return read_about(self.path, "run")

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Return ``metrics.json``."""
        return known_keys(read_object(self.path / "metrics.json"), self.currency)

    @cached_property
    def currency(self) -> str:
        """Return the currency of the run; names here are those that the program knows."""
        return stated(self.run)

    @property
    def told(self) -> dict[str, Any]:
        """Return what the run tells of its metrics."""
        return {
            known(name, self.currency): own | {"unit": own.get("unit", "").replace(self.currency, ACCOUNT)}
            for name, own in self.run.get("metrics", {}).items()
        }

    @cached_property
    def scenario(self) -> Scenario:
        """Return the resolved scenario, which holds its defaults.

        Raises
        ------
        InvalidInput
            If there is none, or none of this version.
        """
        try:
            text = read_own(self.path / "scenario.yaml")
            content = within(load_value(text, MOST_RESULT_VALUES), known, self.currency)
            return Scenario.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            why = f"{'.'.join(map(str, first['loc']))} {first['msg']}".strip()
        except NotYaml as error:
            why = str(error)
        problem = f"no scenario of this version: {why}"
        raise InvalidInput([Mistake(str(self.path / "scenario.yaml"), 0, problem, "run the scenario again")])

    @cached_property
    def utilities(self) -> dict[str, dict[str, Any]]:
        """Return what the run's utilities have declared of themselves, by name and in their order."""
        return {own["name"]: own | {"losses": self._priced(own)} for own in self.run.get("utilities", ())}

    def _priced(self, utility: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            loss | {"price": known(loss["price"], self.currency)} if "price" in loss else loss
            for loss in utility["losses"]
        ]

    @cached_property
    def losses(self) -> dict[str, dict[str, Any]]:
        """Return the losses of service that utilities have declared, by quantity, each with its `utility`."""
        return {
            loss["quantity"]: loss | {"utility": name}
            for name, own in self.utilities.items()
            for loss in own["losses"]
        }

    def table(self, name: str) -> list[Row]:
        """Return the rows of ``<name>.csv``, none if there is no such table.

        What a network that was mostly unsolved has there is no figure, and left out.
        """
        if name not in self._tables:
            self._tables[name] = self._read(name)
        return self._tables[name]

    @cached_property
    def _tables(self) -> dict[str, list[Row]]:
        return {}

    def _read(self, name: str) -> list[Row]:
        rows = read_table(self.path / f"{name}.csv")
        if self.currency != ACCOUNT:
            rows = [known_keys(row, self.currency) for row in rows]
        if name not in _BY_NETWORK:
            return rows
        return [row for row in rows if row["network"] not in self.left_out]

    @cached_property
    def left_out(self) -> set[str]:
        """Return the networks that were mostly unsolved; of a run that ended early what it has is shown."""
        return set() if self.run.get("ended_early") else set(self.run.get("not_computed", ()))

    @cached_property
    def monthly(self) -> "pa.Table | None":
        """Return ``monthly.parquet`` with a dictionary for each text column, None if there is none."""
        path = own(self.path / "monthly.parquet")
        if path is None:
            return None
        with opened_parquet(path, "run it again", MOST_RESULT_CELLS) as file:
            return file.read()

    @cached_property
    def months(self) -> list[str]:
        """Return the months of the horizon, ``2026-01`` and on."""
        return months_between(date.fromisoformat(self.run["start"]), date.fromisoformat(self.run["end"]))

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
