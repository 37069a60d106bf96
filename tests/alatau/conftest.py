"""Runs of Alatau that several tests read, each simulated once and read from its results folder."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from twin.results import run as results
from twin.results.summary import summary
from twin.scenario import load_scenario
from twin.simulation import clock as simulation

SCENARIO = Path(__file__).parents[2] / "scenarios" / "alatau"
ON_REQUEST = SCENARIO / "on_request.yaml"


@dataclass(frozen=True)
class Results:
    """A results folder, read back."""

    folder: Path
    summary: tuple[tuple[str, str], ...]

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    @cached_property
    def metrics(self) -> dict[str, float]:
        return json.loads((self.folder / "metrics.json").read_text(encoding="utf-8"))

    def commissioned(self) -> dict[str, str]:
        return {row["site"]: row["commissioned"] for row in self.table("sites")}

    def headroom(self, name: str) -> dict[str, dict[str, str]]:
        return {r["month"]: r for r in self.table("headroom") if r["capacity_name"] == name}

    def first_breach(self, name: str) -> str:
        months = [m for m, row in self.headroom(name).items() if row["first_breach"] == "yes"]
        return months[0] if months else "never"

    def short_months(self, name: str) -> list[str]:
        rows = self.headroom(name).items()
        return [month for month, row in rows if float(row["peak"]) > float(row["capacity"])]

    def causes(self, year: int) -> set[str]:
        return {v["cause"] for v in self.table("violations") if v["month"].startswith(str(year))}


@pytest.fixture(scope="session")
def simulate(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Results]:
    """Return a function that runs Alatau with overrides, on request unless said, and reads its results."""

    def run(*overrides: str, scenario: Path = ON_REQUEST) -> Results:
        folder = tmp_path_factory.mktemp("results") / "run"
        finished = simulation.run(load_scenario(scenario, overrides))
        return Results(results.save(finished, folder), tuple(summary(finished)))

    return run


@pytest.fixture(scope="session")
def on_time(simulate: Callable[..., Results]) -> Results:
    """Run the ten years on the roadmap's dates, with everybody connected on request."""
    return simulate()


@pytest.fixture(scope="session")
def demo(simulate: Callable[..., Results]) -> Results:
    """Run the ten years as `make demo` does: with crews, money and the queue."""
    return simulate(scenario=SCENARIO)
