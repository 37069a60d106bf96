"""Write docs/performance.md from what was measured."""

import json
import platform
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.cases import ROOT
from benchmarks.days import Comparison
from benchmarks.growth import exponent
from benchmarks.kept import CORES, FIRST
from twin.figures import amount

PAGE = ROOT / "docs" / "performance.md"
NOTES = ROOT / "docs" / "performance-notes.md"
_PROFILE = "## Where a coupled hour of Alatau goes"
BEFORE = ROOT / "benchmarks" / "before.json"
"""The profile of the program whose every call of EPANET went through Python, on the same machine."""
COLUMNS = (
    "case",
    "twin ms/h",
    "tape ms/h",
    "twin/tape",
    "alone ms/h",
    "twin/alone",
    "solutions/h",
    "alone",
    "naive ms/h",
    "naive/twin",
    "pandapower series ms/h",
    "coupled hours/s",
)
_PACKAGES = ("pandapower", "lightsim2grid", "owa-epanet", "wntr", "numpy", "numba", "simpy")


def cells(name: str, m: Mapping[str, float | None]) -> tuple[str, ...]:
    """Return a case's row; what could not be measured is a dash."""
    twin, naive = m["twin"], m["naive"]
    assert twin is not None
    return (
        name,
        _ms(twin),
        _ms(m["floor"]),
        _number(m["over_floor"], 2),
        _ms(m["alone"]),
        _number(m["over_alone"], 2),
        _number(m["solutions"], 1),
        _number(m["solutions_alone"], 1),
        _number(naive, 0),
        _number(naive / twin if naive else None, 0),
        _number(m["series"], 1),
        _number(1e3 / twin, 0),
    )


def printed(rows: list[tuple[str, ...]]) -> None:
    """Print rows of the table of cases."""
    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*row)
    Console(width=160).print(table)


def write(results: Mapping[str, Any]) -> None:
    """Write the page: numbers from here, words from docs/performance-notes.md."""
    notes = NOTES.read_text(encoding="utf-8")
    PAGE.write_text("\n".join([*_page(results), notes.rstrip(), ""]), encoding="utf-8")


def replace(section: list[str]) -> None:
    """Put a section of the page in the place of that of the same heading; a new one before the notes."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    headings = [i for i, line in enumerate(lines) if line.startswith("## ")]
    own = [i for i in headings if lines[i] == section[0]]
    begin = own[0] if own else lines.index(_PROFILE)
    end = next((i for i in headings if i > begin), len(lines)) if own else begin
    PAGE.write_text("\n".join([*lines[:begin], *section, *lines[end:], ""]), encoding="utf-8")


def _page(results: Mapping[str, Any]) -> list[str]:
    days, n1, size, horizon = results["days"], results["n1"], results["size"], results["horizon"]
    start = results["startup"]
    base = start["python -c 'import pandapower'"]
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    by_size = {n: t.ms_per_hour for n, t in size.items()}
    every = days.every
    return [
        "# Performance: beside the solvers underneath",
        f"Made by `make bench` on {date.today()}: {_machine()}, Python {platform.python_version()},",
        f"{versions}.",
        "",
        "Processor time of one thread; *tape* and *alone* are the two floors (how they are made: below);",
        "a dash: the naive loop or the series finds no solution, or cannot read the file.",
        "",
        *_table(COLUMNS, [cells(name, m) for name, m in results["cases"].items()]),
        "",
        f"**N-1 of Alatau**: {n1['outages']:.0f} outages in {n1['all_ms']:.1f} ms, "
        f"{n1['own_ms']:.1f} ms of it Newton; "
        f"the rest is {n1['ratio']:.1f} intact load flows of {n1['intact_ms']:.2f} ms.",
        "",
        f"**Ten years, every hour of every day**: {every.hours_per_s:,.0f} coupled hours/s; memory "
        f"{every.memory_mb[0]:.0f} MB after the first year, {every.memory_mb[1]:.0f} MB at the end.",
        "",
        "## Growth of cost",
        "![Cost against size and horizon, double logarithmic](pictures/growth.svg)",
        "",
        *_table(
            ("Alataus", "ms/h", "first day s", "memory MB"),
            [
                (str(n), f"{t.ms_per_hour:.2f}", f"{t.first_day_s:.1f}", f"{t.memory_mb[1]:.0f}")
                for n, t in size.items()
            ],
        ),
        "",
        f"Exponent against size {exponent(by_size):.2f}; against the horizon {exponent(horizon):.2f} "
        f"({', '.join(f'{n} years {s:.1f} s' for n, s in horizon.items())}).",
        "",
        "## Start-up",
        *_table(
            ("command", "s", "of importing pandapower"),
            [(f"`{name}`", f"{s:.2f}", f"{s / base:.2f}") for name, s in start.items()],
        ),
        "",
        *days_section(days),
        *kept_section(results["kept"]),
        *series_section(results["series"], results["loading"]),
        _PROFILE,
        *_table(("part, by itself", "before, us/h", "now, us/h"), _profile(results["profile"])),
        "",
    ]


def days_section(days: Comparison) -> list[str]:
    """Return the lines that set representative days beside every day."""
    return [
        "## Representative days beside every day",
        *_table(
            ("ten years' total", "every", "representative", "difference"),
            [
                (name, amount(every, 2), amount(chosen, 2), f"{100 * (chosen / every - 1):+.2f} %")
                for name, (every, chosen) in days.totals.items()
            ],
        ),
        "",
        *_table(
            ("annual peak of", "largest difference"),
            [(name, f"{100 * peak:.2f} %") for name, peak in sorted(days.peaks.items())],
        ),
        "",
        *_table(
            ("water begins to be short", "representative", "every"),
            [(month, *map(_worst, both)) for month, both in days.shortages.items()],
        ),
        "",
        *_table(("first breach of", "representative", "every"), [(n, *b) for n, b in days.breaches.items()]),
        "",
    ]


def kept_section(kept: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return the lines that tell what runs take with days that are kept."""
    rows = [
        (plan, name, f"{seconds:.2f}", _beside(name, seconds, took[FIRST]))
        for plan, took in kept.items()
        for name, seconds in took.items()
    ]
    return [
        "## Days that are kept",
        *_table(("ten years of Alatau", "run", "s", "beside the first"), rows),
        "",
    ]


def series_section(series: Mapping[str, Any], loading: Mapping[str, float]) -> list[str]:
    """Return the lines that tell what time series take."""
    steps = series["steps"]
    rows = [
        (name, f"{seconds:.1f}", f"{1e6 * seconds / steps:,.0f}")
        for name, seconds in (("twin", series["twin_s"]), ("pandapower", series["pandapower_s"]))
    ]
    apart = ", ".join(f"{name} {value:.1e}" for name, value in series["apart"].items())
    return [
        "## Time series",
        f"SimBench's {series['grid']} by its own profiles, {steps:,} quarters, beside `run_timeseries`:",
        "",
        *_table(("load flows of", "processor s", "us a step"), rows),
        "",
        f"Largest differences: {apart}. The twin opens the grid in {series['open_s']:.1f} s.",
        "",
        f"**Loading** a year of quarters for {loading['series']:,.0f} assets, {loading['gb']:.1f} GB of "
        f"Parquet: {loading['processor_s']:.0f} s of processor time, {loading['wall_s']:.0f} s in all; "
        f"a day then takes {loading['day_ms']:.0f} ms. Its values lie in a file that is mapped.",
        "",
    ]


def _worst(percent: float) -> str:
    """Return how short the worst month of a shortage is."""
    return f"{percent:.1f} % at worst" if percent else "no"


def _beside(name: str, seconds: float, first: float) -> str:
    """Return what a run takes beside the first: how many times as fast, or its share."""
    return f"{first / seconds:.2f} times as fast" if name == CORES else f"{100 * seconds / first:.0f} %"


def _profile(now: Mapping[str, float]) -> list[tuple[str, ...]]:
    """Return the rows of the profile, largest first, and their sum, beside those of the slower program."""
    before = json.loads(BEFORE.read_text(encoding="utf-8"))
    rows = sorted(now, key=lambda part: -now[part])
    parts = [(part, _number(before.get(part), 0), f"{now[part]:.0f}") for part in rows]
    return [*parts, ("sum", f"{sum(before.values()):.0f}", f"{sum(now.values()):.0f}")]


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (header, tuple("---" for _ in header), *rows)]


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if value < 10.0 else f"{value:.1f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} cores of {names[0]}" if names else platform.machine()
