from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import matplotlib
import pytest

from tests.report.folders import write_comparison, write_run
from twin.report import figures as plot

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", name="A town")


def test_every_view_returns_axes_that_name_their_run(folder: Path) -> None:
    for draw in (plot.headroom, plot.calendar, plot.queue, plot.cash_flow, plot.city_map, plot.supply):
        axes = draw(folder)
        texts = [text.get_text() for text in axes.figure.texts]
        assert texts == ["A town, 2026-01-01 to 2028-01-01. Source: twin 0.1.0"]


def test_units_and_losses_stand_on_the_figure(folder: Path) -> None:
    assert plot.supply(folder, "power").get_title(loc="left") == "Power: 900 MWh, electricity not served"
    assert "bn KZT" in plot.cash_flow(folder).get_ylabel()


def test_axes_may_be_given(folder: Path) -> None:
    import matplotlib.pyplot as plt

    _, axes = plt.subplots()
    assert plot.headroom(folder, axes) is axes


def test_what_is_not_there_is_said(folder: Path) -> None:
    with pytest.raises(ValueError, match="no water"):
        plot.supply(folder, "water")
    with pytest.raises(ValueError, match="outside the run"):
        plot.city_map(folder, "2031-01")
    (folder / "cashflow.csv").unlink()
    with pytest.raises(ValueError, match=r"no cashflow\.csv"):
        plot.cash_flow(folder)


def test_figures_are_files_and_svg_is_the_same_every_time(folder: Path) -> None:
    files = plot.write_figures(folder)
    names = {file.stem for file in files}
    assert names == {"headroom", "supply_power", "calendar", "queue", "cash_flow", "map"}
    first = (folder / "figures" / "calendar.svg").read_bytes()
    plot.write_figures(folder)
    assert (folder / "figures" / "calendar.svg").read_bytes() == first


def test_a_comparison_has_no_figures(tmp_path: Path) -> None:
    assert plot.write_figures(write_comparison(tmp_path / "plans")) == []


def test_strain_colours_darken_step_by_step() -> None:
    from twin.report.figures.style import STRAIN

    def grey(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    shades = [grey(colour) for colour in STRAIN]
    assert all(a - b > 20.0 for a, b in pairwise(shades))
