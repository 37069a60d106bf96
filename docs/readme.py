"""Put the real output of `make demo`, and every figure told about it, into README.md: `make readme`.

A figure stands between two comments, ``<!-- name -->27,327<!-- . -->``, which no reader sees.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from twin.columns import columns
from twin.figures import fixed
from twin.results.run import Run
from twin.results.summary import summary
from twin.results.tables import Headroom
from twin.scenario import load_scenario
from twin.scenario.schema import Scenario
from twin.simulation import clock as simulation

ROOT = Path(__file__).parents[1]
SCENARIO = ROOT / "scenarios" / "alatau"
SLIP = 14.4
LATE = (f"sites.SS01.slip_months={SLIP}", "end=2029-05-01")
"""The run of the first 220 kV station that comes late, up to a month after it stands."""
_TABLE = re.compile(r"```\nstatus .*?```", re.DOTALL)
_FIGURE = re.compile(r"<!-- ([\w ]+) -->(.*?)<!-- \. -->", re.DOTALL)

Rows = Iterable[Mapping[str, Any]]


def table(lines: Sequence[tuple[str, str]]) -> str:
    """Return the table that ends a run, without the speed, which is another every time."""
    width = max(len(name) for name, _ in lines)
    block = "\n".join(f"{name:<{width}}  {value}" for name, value in lines if name != "speed")
    return f"```\n{block}\n```"


def figures(
    scenario: Scenario, on_time: Rows, late: Rows, late_metrics: Mapping[str, float]
) -> dict[str, str]:
    """Return each figure that the README tells by its name.

    Parameters
    ----------
    on_time, late
        Rows of ``headroom.csv`` of the two runs.
    """
    first = str(scenario.start.year)
    people = sum(
        rows[min(rows, key=lambda year: abs(int(year) - int(first)))].population_k
        for rows in scenario.population.values()
    )
    before = list(on_time)
    return {
        "people at the start": fixed(people),
        "sites": fixed(len(scenario.sites)),
        "treatment again": _again(before, "Wastewater treatment"),
        "sources again": _again(before, "Water sources"),
        "slip": fixed(SLIP, 1),
        "import short": _in_words(_short(late, "Infeed")[0]),
        "shed": fixed(late_metrics["unserved_energy_mwh"]),
    }


def fill(text: str, block: str, told: Mapping[str, str]) -> str:
    """Return the README with its table and figures put in anew."""
    text = _TABLE.sub(lambda _: block, text)
    return _FIGURE.sub(lambda own: f"<!-- {own[1]} -->{told[own[1]]}<!-- . -->", text)


def main() -> None:
    """Run Alatau twice and fill the README."""
    scenario = load_scenario(SCENARIO)
    run, late = simulation.run(scenario), simulation.run(load_scenario(SCENARIO, LATE))
    readme = ROOT / "README.md"
    told = figures(scenario, _rows(run), _rows(late), late.metrics)
    readme.write_text(fill(readme.read_text(encoding="utf-8"), table(summary(run)), told), encoding="utf-8")


def _rows(run: Run) -> Rows:
    """Return the rows of ``headroom.csv``."""
    return [{c.name: getattr(row, c.field) for c in columns(Headroom)} for row in run.rows(Headroom)]


def _short(rows: Rows, capacity: str) -> list[str]:
    return [
        str(row["month"])
        for row in rows
        if row["capacity_name"] == capacity and float(row["peak"]) > float(row["capacity"])
    ]


def _again(rows: Rows, capacity: str) -> str:
    """Return the first month of the next shortage that comes a year or more after the one before."""
    months = _short(rows, capacity)
    positions = [int(month[:4]) * 12 + int(month[5:]) for month in months]
    return next(
        _in_words(month)
        for month, now, before in zip(months[1:], positions[1:], positions, strict=False)
        if now - before >= 10
    )


def _in_words(month: str) -> str:
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


if __name__ == "__main__":
    main()
