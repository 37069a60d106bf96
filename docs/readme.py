"""Put the real output of `make demo`, and every figure told about it, into README.md: `make readme`.

A figure stands between two comments, ``<!-- name -->27,327<!-- . -->``, which no reader sees. In Alatau's own
README it fills the tables that set the default beside the city on request, below ``<!-- table: name -->``.
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
from twin.results.tables import DevelopmentRow, Headroom, SiteRow
from twin.scenario import load_scenario
from twin.scenario.schema import Scenario
from twin.simulation import clock as simulation

ROOT = Path(__file__).parents[1]
SCENARIO = ROOT / "scenarios" / "alatau"
ON_REQUEST = SCENARIO / "on_request.yaml"
SLIP = 14.4
LATE = (f"sites.SS01.slip_months={SLIP}", "end=2029-05-01")
"""The run of the first 220 kV station that comes late, up to a month after it stands."""
_TABLE = re.compile(r"```\nstatus .*?```", re.DOTALL)
_BELOW = re.compile(r"<!-- table: (\w+) -->\n(?:\|.*\n)*")
_TABLES = (Headroom, SiteRow, DevelopmentRow)
_BESIDE = (
    ("service_cost_bn_kzt", "service not given, present value, bn KZT", 1),
    ("service_cost_jobs_bn_kzt", "of it delayed jobs", 1),
    ("jobs_delayed_job_months", "jobs delayed, job-months", 0),
    ("connection_delay_months_p90", "nine of ten projects wait at most, months", 0),
    ("sewage_spilled_m3", "sewage spilled, m3", 0),
    ("unserved_water_m3", "water not served, m3", 0),
    ("person_hours_lost", "hours lost on roads, person h", 0),
    ("peak_power_mw", "peak power, MW", 1),
    ("peak_debt_service_bn_kzt_per_year", "most debt service in a year, bn KZT", 1),
)
"""Metrics that Alatau's README sets side by side: name, words, decimals."""
_FIGURE = re.compile(r"<!-- ([\w ]+) -->(.*?)<!-- \. -->", re.DOTALL)

Rows = Iterable[Mapping[str, Any]]
Metrics = Mapping[str, float]


def table(lines: Sequence[tuple[str, str]]) -> str:
    """Return the table that ends a run, without the speed, which is another every time."""
    width = max(len(name) for name, _ in lines)
    block = "\n".join(f"{name:<{width}}  {value}" for name, value in lines if name != "speed")
    return f"```\n{block}\n```"


def figures(
    scenario: Scenario, demo: tuple[Mapping[str, Rows], Metrics], on_time: Rows, late: tuple[Rows, Metrics]
) -> dict[str, str]:
    """Return each figure that the README tells by its name.

    Parameters
    ----------
    demo
        Tables by name, and metrics, of what `make demo` runs.
    on_time, late
        Rows of ``headroom.csv`` of two runs on request; metrics of the second.
    """
    first = str(scenario.start.year)
    people = sum(
        rows[min(rows, key=lambda year: abs(int(year) - int(first)))].population_k
        for rows in scenario.population.values()
    )
    before = list(on_time)
    tables, metrics = demo
    first_investor, waiting = _investors(tables["developments"])
    stood = {str(row["site"]): row for row in tables["sites"]}
    return {
        "waiting costs": fixed(metrics["service_cost_jobs_bn_kzt"], 1),
        "all costs": fixed(metrics["service_cost_bn_kzt"], 1),
        "first waits": fixed(first_investor["waited_months"]),
        "first misses": str(first_investor["missing_sites"]).replace(";", ", "),
        "plant awaited": fixed(len(waiting)),
        "longest wait": fixed(max(float(row["waited_months"]) for row in waiting)),
        "late sites": fixed(sum(str(row["commissioned"]) > str(row["planned"]) for row in stood.values())),
        "station stands": _in_words(str(stood["SS01"]["commissioned"])[:7]),
        "station planned": _in_words(str(stood["SS01"]["planned"])[:7]),
        "people at the start": fixed(people),
        "sites": fixed(len(scenario.sites)),
        "treatment again": _again(before, "Wastewater treatment"),
        "sources again": _again(before, "Water sources"),
        "slip": fixed(SLIP, 1),
        "import short": _in_words(_short(late[0], "Infeed")[0]),
        "shed": fixed(late[1]["unserved_energy_mwh"]),
    }


def beside(demo: tuple[Mapping[str, Rows], Metrics], on_request: Metrics) -> dict[str, str]:
    """Return the tables of Alatau's own README by name, as Markdown."""
    tables, metrics = demo
    late = [row for row in tables["sites"] if str(row["commissioned"]) > str(row["planned"])]
    dates = ["| site | roadmap | as built | waited for |", "|---|---|---|---|"]
    dates += [
        f"| {row['site']} {row['name']} | {row['planned']} | {row['commissioned']} | {_waits(row)} |"
        for row in late
    ]
    told = ["| | default | on request |", "|---|---|---|"]
    told += [
        f"| {words} | {fixed(metrics[name], decimals)} | {fixed(on_request[name], decimals)} |"
        for name, words, decimals in _BESIDE
    ]
    return {"dates": "\n".join(dates), "beside": "\n".join(told)}


def fill_tables(text: str, tables: Mapping[str, str]) -> str:
    """Return Alatau's README with its tables put in anew."""
    return _BELOW.sub(lambda own: f"<!-- table: {own[1]} -->\n{tables[own[1]]}\n", text)


def fill(text: str, block: str, told: Mapping[str, str]) -> str:
    """Return the README with its table and figures put in anew."""
    text = _TABLE.sub(lambda _: block, text)
    return _FIGURE.sub(lambda own: f"<!-- {own[1]} -->{told[own[1]]}<!-- . -->", text)


def main() -> None:
    """Run Alatau as `make demo` does, on request, and on request with a late station; fill both READMEs."""
    scenario = load_scenario(SCENARIO)
    run, on_time = simulation.run(scenario), simulation.run(load_scenario(ON_REQUEST))
    late = simulation.run(load_scenario(ON_REQUEST, LATE))
    readme, own = ROOT / "README.md", SCENARIO / "README.md"
    demo = tables(run), run.metrics
    told = figures(scenario, demo, tables(on_time)["headroom"], (tables(late)["headroom"], late.metrics))
    readme.write_text(fill(readme.read_text(encoding="utf-8"), table(summary(run)), told), encoding="utf-8")
    text = fill_tables(own.read_text(encoding="utf-8"), beside(demo, on_time.metrics))
    own.write_text(text, encoding="utf-8")


def tables(run: Run) -> dict[str, Rows]:
    """Return the tables of a run that are told of, by name."""
    return {
        kind.table: [{c.name: getattr(row, c.field) for c in columns(kind)} for row in run.rows(kind)]
        for kind in _TABLES
    }


def _investors(developments: Rows) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Return the investor that asks first, and all that wait for the large treatment plant."""
    rows = list(developments)
    waiting = [row for row in rows if "S04" in str(row["missing_sites"]).split(";")]
    return min(rows, key=lambda row: (str(row["requested"]), str(row["development"]))), waiting


def _waits(site: Mapping[str, Any]) -> str:
    """Return what a site waited for, in words."""
    words = {"crew": "crews:", "money": "money:", "site": "site"}
    parts = [part.split(" ", 1) for part in str(site["waited_for"]).split(";")]
    return "; ".join(f"{words[kind]} {name.replace('_', ' ')}" for kind, name in parts)


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
