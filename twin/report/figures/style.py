"""One look for all figures: colours that differ in lightness too, and a line that names the run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from twin.extras import needs
from twin.visible import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from twin.report.folder import Folder

STRAIN = ("#d9e8f4", "#9cc3e4", "#4d8ec6", "#b84f08", "#7d1313")
"""Pale blue to dark red: each step darker than the one before, so that a grey print keeps the order."""
SERIES = ("#0072b2", "#d55e00", "#009e73", "#56b4e9", "#cc79a7", "#e69f00")
"""Okabe and Ito's palette for colour-blind readers."""
INK, QUIET, FREE = "#17212b", "#53606d", "#c3cad2"

_LOOK: dict[str, Any] = {
    "font.size": 9.0,
    "text.parse_math": False,  # a name with dollar signs is shown as it is
    "axes.titlesize": 11.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dfe4ea",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.dpi": 110,
    "savefig.dpi": 200,
    "svg.hashsalt": "twin",
}


@contextmanager
def look() -> Iterator[None]:
    """Draw in the project's style.

    Raises
    ------
    InvalidInput
        If matplotlib is not installed.
    """
    # a notebook's backend sets defaults of its own when it is first used; they must outlive this style
    needs("matplotlib.pyplot", "report").draw_if_interactive()
    with needs("matplotlib", "report").rc_context(_LOOK):
        yield


def new_axes(axes: "Axes | None", width: float, height: float) -> "Axes":
    """Return the axes given, or new ones of a size in inches."""
    import matplotlib.pyplot as plt

    if axes is not None:
        return axes
    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def sign(axes: "Axes", folder: "Folder") -> "Axes":
    """Say on the figure which run it shows."""
    run = folder.run
    early = "" if run.get("status") == "complete" else ", ended early"
    name = short(folder.name)
    text = f"{name}, {run['start']} to {run['end']}{early}. Source: twin {run['versions']['twin']}"
    axes.figure.text(0.995, -0.02, text, ha="right", va="top", fontsize=7, color=QUIET)
    return axes
