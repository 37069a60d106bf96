"""`twin show`: what a run has recorded of an asset, on the terminal or as a picture."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.terminal import exit_codes, print_lines, print_table, say
from twin.visible import visible

if TYPE_CHECKING:
    import numpy as np

    from twin.report.recorded import Shown

app = typer.Typer()
_NARROWEST, _WIDEST = 40, 120


@app.command()
def show(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="The results folder of a run.")],
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="Its address, such as power/T-SS01-1.")],
    quantity: Annotated[str, typer.Argument(metavar="[QUANTITY]", help="One of those recorded.")] = "",
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw a picture instead.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback for an internal error.")] = False,
) -> None:
    """Draw what a run has recorded of an asset: over time, by duration, its worst hours."""
    with exit_codes(debug):
        from twin.results.folders import settled

        folder = settled(results)
        if png is not None:
            from twin.report.figures.series import write_recorded

            say(f"picture: {write_recorded(folder, asset, quantity, png)}")
            return
        from twin.report.recorded import recordings

        for number, shown in enumerate(recordings(folder, asset, quantity)):
            if number:
                say("")
            _print(shown)


def _print(shown: "Shown") -> None:
    """Print a signal: its figures, its course, its duration curve and its worst intervals."""
    from twin.report.recorded import Bins

    series, unit = shown.series, shown.series.unit
    say(f"{series.asset} {series.quantity}")
    print_table(_figures(shown))
    width = min(max(shutil.get_terminal_size((80, 24)).columns, _NARROWEST), _WIDEST)
    room = width - 14
    days = [f"{time.astype('datetime64[D]')}" for time in series.times[[0, len(series.times) // 2, -1]]]
    of = "the mean as a dot, from the lowest to the highest as a bar"
    _draw(f"{unit}, as recorded: {of}", shown.bins(room), shown, width, days)
    values, reached = shown.duration()
    places = [(i + 0.5) / room for i in range(room)]
    held = values[[int(i) for i in reached.searchsorted(places)]]
    hours = f"100 % of {shown.weights.sum():,.0f} h"
    curve = Bins(series.times[:room], held, held, held)
    _draw(f"{unit}, so long at or above", curve, shown, width, ["0 %", "50 %", hours])
    _print_worst(shown)


def _draw(title: str, bins: Any, shown: "Shown", width: int, bottom: list[str]) -> None:
    """Print a chart below its title."""
    from twin.cli.chart import chart

    say("")
    say(title)
    lines = chart(bins, shown.limits, width, bottom, plain=not _has_lines())
    if not sys.stdout.isatty():
        for line in lines:
            say(line.plain.rstrip())
        return
    from rich.console import Console

    console = Console(highlight=False)
    for line in lines:
        console.print(line, no_wrap=True, overflow="crop")


def _figures(shown: "Shown") -> list[tuple[str, str]]:
    """Return what is told of a signal in numbers."""
    series, unit = shown.series, shown.series.unit
    low, high = int(series.values.argmin()), int(series.values.argmax())
    first, last = series.times[0].astype("datetime64[D]"), series.times[-1].astype("datetime64[D]")
    rows = [
        ("recorded", f"{shown.kept}; {shown.days} days from {first} to {last}"),
        ("highest", f"{_told(series.values[high])} {unit} at {_when(series.times[high])}"),
        ("mean", f"{_told(shown.mean)} {unit} over {shown.weights.sum():,.0f} h"),
        ("lowest", f"{_told(series.values[low])} {unit} at {_when(series.times[low])}"),
    ]
    bounds = zip(("at least", "at most"), shown.limits, strict=True)
    told = [f"{side} {_told(bound)} {unit}" for side, bound in bounds if abs(bound) != float("inf")]
    if told:
        rows.append(("limit", f"{', '.join(told)}; beyond it {shown.hours_beyond:,.0f} h"))
    return [(name, visible(value)) for name, value in rows]


def _print_worst(shown: "Shown") -> None:
    worst, unit = shown.worst(), shown.series.unit
    title = "worst" if worst[0].limit is not None else "highest (it has no limit)"
    lines: list[tuple[str, ...]] = [("when", unit, "limit", "days it stands for")]
    for one in worst:
        limit = "" if one.limit is None else _told(one.limit)
        lines.append((_when(one.time), _told(one.value), limit, f"{one.days:g}"))
    print_lines(title, lines)


def _has_lines() -> bool:
    """Tell whether the terminal's letters have lines among them."""
    try:
        "│●╌┤".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _told(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _when(time: "np.datetime64") -> str:
    return f"{time.astype('datetime64[m]')}".replace("T", " ")
