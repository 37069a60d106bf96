"""Pictures of a results folder, for print and notebooks."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.networks.base import Vector

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#e8f1f8", "#a6c8e4", "#4a90c4", "#f2a33a", "#b5301f")
_STEPS = (0.0, 0.5, 0.8, 1.0, 1.2, 10.0)
_WORDS = ("below 50 %", "50 to 80 %", "80 to 100 %", "up to 20 % short", "more than 20 % short")


def headroom(folder: Path, axes: "Axes | None" = None) -> "Axes":
    """Draw each capacity's peak over what can be relied on, month by month.

    Parameters
    ----------
    folder
        A results folder.
    axes
        Where to draw; a new figure if None.

    Returns
    -------
    Axes
        Of matplotlib.
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.patches import Patch

    names, months, use = _utilisation(folder)
    if axes is None:
        _, axes = plt.subplots(figsize=(10.0, 0.32 * len(names) + 1.6), layout="constrained")
    norm = BoundaryNorm(_STEPS, len(_COLOURS))
    axes.pcolormesh(use, cmap=ListedColormap(_COLOURS), norm=norm, edgecolors="white", linewidth=0.15)
    axes.set_yticks(np.arange(len(names)) + 0.5, names, fontsize=8)
    januaries = [i for i, month in enumerate(months) if month.endswith("-01")]
    axes.set_xticks(januaries, [months[i][:4] for i in januaries], fontsize=8)
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title("Peak of the month over firm capacity; white: not standing", fontsize=9, loc="left")
    handles = [Patch(color=c, label=w) for c, w in zip(_COLOURS, _WORDS, strict=True)]
    axes.legend(
        handles=handles, ncols=5, fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(0, -0.06)
    )
    return axes


def _utilisation(folder: Path) -> tuple[list[str], list[str], Vector]:
    """Return names, months and peak over capacity, NaN where a capacity does not stand."""
    with (folder / "headroom.csv").open(newline="", encoding="utf-8") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    names = list(dict.fromkeys(row["capacity_name"] for row in rows))
    months = sorted({row["month"] for row in rows})
    use = np.full((len(names), len(months)), np.nan)
    for row in rows:
        place = names.index(row["capacity_name"]), months.index(row["month"])
        use[place] = float(row["peak"]) / max(float(row["capacity"]), 1e-9)
    return names, months, use
