"""All figures of a run as files."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from twin.files import whole
from twin.report import views
from twin.report.figures import pictures
from twin.report.figures.style import look
from twin.report.folder import Folder, kind_of
from twin.results.manifest import claim

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KINDS = ("png", "svg")
Draw = Callable[[], "Axes"]


def write_figures(folder: str | Path) -> list[Path]:
    """Write ``figures/*.png`` and ``*.svg`` into a results folder of a run; what has no data is left out.

    Returns
    -------
    list
        The files; none for a comparison or a sweep.

    Raises
    ------
    InvalidInput
        If matplotlib is not installed.
    """
    folder = Path(folder)
    if kind_of(folder) != "run":
        return []
    with look():
        from matplotlib.figure import Figure

        figures = folder / "figures"
        drawn = list(_figures(folder))
        claim(folder, [f"figures/{name}.{suffix}" for name, _ in drawn for suffix in _KINDS])
        figures.mkdir(exist_ok=True)
        files = []
        for name, draw in drawn:
            figure = draw().figure
            assert isinstance(figure, Figure)
            for suffix in _KINDS:
                files.append(figures / f"{name}.{suffix}")
                stamp = {"Date": None} if suffix == "svg" else None
                with whole(files[-1]) as beside:
                    figure.savefig(beside, format=suffix, bbox_inches="tight", metadata=stamp)
            _close(figure)
    return files


def _figures(folder: Path) -> Iterator[tuple[str, Draw]]:
    source = Folder(folder)
    if source.table("headroom"):
        yield "headroom", lambda: pictures.headroom(folder)
    for view in views.supply(source):
        utility = view["utility"]
        yield f"supply_{utility}", lambda utility=utility: pictures.supply(folder, utility)  # type: ignore[misc]
    if source.table("sites"):
        yield "calendar", lambda: pictures.calendar(folder)
    if source.table("developments"):
        yield "queue", lambda: pictures.queue(folder)
    if source.table("cashflow"):
        yield "cash_flow", lambda: pictures.cash_flow(folder)
    if source.table("assets"):
        yield "map", lambda: pictures.city_map(folder)


def _close(figure: object) -> None:
    import matplotlib.pyplot as plt

    plt.close(figure)  # type: ignore[arg-type]
