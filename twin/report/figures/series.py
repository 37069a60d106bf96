"""A picture of what a run has recorded of an asset: its course and its duration curve."""

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.files import whole
from twin.report.figures.style import INK, QUIET, SERIES, STRAIN, look, sign
from twin.report.folder import Folder
from twin.report.recorded import Shown, recordings
from twin.visible import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FEW = 31
"""Up to so many days each interval is drawn, beyond it each day's range."""


def recorded(folder: str | Path, asset: str, quantity: str = "") -> "Figure":
    """Draw what a run has recorded of an asset: a row for each quantity, its course and duration curve.

    Parameters
    ----------
    folder
        Of a saved run.
    quantity
        One of those recorded; empty: all.

    Raises
    ------
    InvalidInput
        If nothing of it was recorded.
    """
    every = recordings(Path(folder), asset, quantity)
    with look():
        import matplotlib.pyplot as plt

        figure, rows = plt.subplots(
            len(every),
            2,
            figsize=(9.0, 2.8 * len(every)),
            width_ratios=(3, 1),
            squeeze=False,
            sharey="row",
            layout="constrained",
        )
        for one, (course, duration) in zip(every, rows, strict=True):
            _course(course, one)
            _duration(duration, one)
            for axes in (course, duration):
                for bound in filter(isfinite, one.limits):
                    axes.axhline(bound, color=STRAIN[3], linestyle="--", linewidth=1.2)
        sign(rows[-1][0], Folder(Path(folder)))
        return figure


def write_recorded(folder: Path, asset: str, quantity: str, file: Path) -> Path:
    """Draw what a run has recorded of an asset and write the picture, whole or not at all."""
    import matplotlib.pyplot as plt

    figure = recorded(folder, asset, quantity)
    with look(), whole(file) as beside:
        figure.savefig(beside, format="png", bbox_inches="tight")
    plt.close(figure)
    return file


def _course(axes: "Axes", shown: Shown) -> None:
    series = shown.series
    if shown.days > _FEW:
        bins = shown.by_day()
        days: Any = bins.times.astype("datetime64[D]")
        axes.fill_between(days, bins.lowest, bins.highest, color=STRAIN[1], linewidth=0, label="day's range")
        axes.plot(days, bins.mean, color=INK, linewidth=1.2, label="day's mean")
        axes.legend(loc="best", fontsize=7)
    else:
        _side_by_side(axes, shown)
    axes.set_ylabel(short(f"{series.quantity} [{series.unit}]"))
    axes.set_title(f"{short(series.asset)}: {shown.kept}", fontsize=9)
    axes.tick_params(axis="x", labelsize=7)


def _side_by_side(axes: "Axes", shown: Shown) -> None:
    """Draw recorded days beside each other, whatever lies between them; nothing where there is no value."""
    series = shown.series
    days, place = np.unique(series.times.astype("datetime64[D]"), return_inverse=True)
    begins = place + (series.times - days[place]) / np.timedelta64(1, "D")
    ends = begins + series.hours / 24.0
    after = np.flatnonzero(np.append(begins[1:] > ends[:-1] + 1e-9, True))
    times = np.insert(begins, after + 1, ends[after])
    axes.step(
        times, np.insert(series.values, after + 1, np.nan), where="post", color=SERIES[0], linewidth=1.2
    )
    named = range(0, len(days), 1 + len(days) // 8)
    axes.set_xticks(list(named), [f"{days[i]}" for i in named])
    for apart in np.flatnonzero(np.diff(days) > np.timedelta64(1, "D")) + 1:
        axes.axvline(float(apart), color=QUIET, linewidth=0.8)


def _duration(axes: "Axes", shown: Shown) -> None:
    values, reached = shown.duration()
    axes.step(100.0 * np.append(0.0, reached), np.append(values[0], values), where="pre", color=SERIES[0])
    axes.set_xlabel(f"% of {shown.weights.sum():,.0f} h", color=QUIET)
    axes.set_title("so long at or above", fontsize=9)
    axes.set_xlim(0, 100)
