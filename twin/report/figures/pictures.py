"""The key views of a run as matplotlib pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twin.report import views
from twin.report.figures.style import FREE, INK, QUIET, SERIES, STRAIN, look, new_axes, sign
from twin.report.folder import Folder
from twin.report.map import atlas
from twin.report.page import words
from twin.report.usage import STEPS, read_signals
from twin.visible import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Dates = NDArray[np.datetime64]

_STEPS = (0.0, *STEPS, 10.0)
_WORDS = ("below 50 %", "50 to 80 %", "80 to 100 %", "up to 20 % short", "more than 20 % short")


def headroom(folder: str | Path, axes: "Axes | None" = None) -> "Axes":
    """Draw each capacity's peak over what can be relied on, month by month.

    Parameters
    ----------
    folder
        A results folder of a run.
    axes
        Where to draw; a new figure if None.

    Returns
    -------
    Axes
        Of matplotlib.
    """
    source = Folder(Path(folder))
    rows = views.headroom(source)["rows"]
    use = np.array([[_ratio(p, c) for p, c in zip(r["peak"], r["capacity"], strict=True)] for r in rows])
    with look():
        from matplotlib.colors import BoundaryNorm, ListedColormap
        from matplotlib.patches import Patch

        axes = new_axes(axes, 10.0, 0.3 * len(rows) + 1.6)
        norm = BoundaryNorm(_STEPS, len(STRAIN))
        axes.pcolormesh(use, cmap=ListedColormap(STRAIN), norm=norm, edgecolors="white", linewidth=0.15)
        axes.set_yticks(np.arange(len(rows)) + 0.5, [short(row["name"]) for row in rows], fontsize=8)
        _years_as_columns(axes, source.months)
        axes.invert_yaxis()
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title("Peak of the month over what can be relied on; white: not standing")
        handles = [Patch(color=colour, label=word) for colour, word in zip(STRAIN, _WORDS, strict=True)]
        axes.legend(handles=handles, ncols=5, fontsize=8, loc="upper left", bbox_to_anchor=(0, -0.06))
        return sign(axes, source)


def supply(folder: str | Path, utility: str = "", axes: "Axes | None" = None) -> "Axes":
    """Draw a utility's peak demand against what its sources can be relied on, and the months with losses.

    Parameters
    ----------
    folder, axes
        As in `headroom`.
    utility
        One of the run's; empty: its first.

    Raises
    ------
    ValueError
        If the run has no such utility.
    """
    source = Folder(Path(folder))
    own = next((view for view in views.supply(source) if utility in ("", view["utility"])), None)
    if own is None:
        raise ValueError(f"no {utility or 'utility'} in {folder}")
    utility = own["utility"]
    with look():
        axes = new_axes(axes, 7.0, 3.2)
        days = _days(source.months)
        capacity, peak = _numbers(own["capacity"]), _numbers(own["peak"])
        axes.step(days, capacity, where="post", color=SERIES[2], linewidth=2.0, label="can be relied on")
        axes.plot(days, peak, color=SERIES[1], linewidth=1.6, label="peak demand")
        axes.fill_between(
            days,
            capacity,
            peak,
            where=peak > capacity,
            color=STRAIN[4],
            alpha=0.35,
            label="short",
            linewidth=0,
        )
        lost = _numbers(own["lost"])
        total = float(np.nansum(lost))
        said = words()["en"]
        what = said.get(f"supply.lost_{utility}", "not served")
        axes.set_title(
            f"{said.get(f'network.{utility}', utility)}: {_amount(total)} {_unit(own['lost_unit'])}, {what}"
        )
        axes.set_ylabel(_unit(own["unit"]))
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.legend(loc="upper left", fontsize=8)
        return sign(axes, source)


def calendar(folder: str | Path, axes: "Axes | None" = None) -> "Axes":
    """Draw each site as planned (outline) and as it came (bar)."""
    source = Folder(Path(folder))
    sites = sorted(views.calendar(source), key=lambda site: (site["planned_start"], site["site"]))
    end = str(source.run["end"])
    with look():
        axes = new_axes(axes, 8.0, 0.2 * len(sites) + 1.2)
        for row, site in enumerate(sites):
            if site["planned"]:
                _bar(
                    axes, row, site["planned_start"], site["planned"], 0.8, edgecolor=QUIET, facecolor="none"
                )
            if site["started"]:
                done = bool(site["commissioned"])
                colour = SERIES[0] if done else STRAIN[3]
                building = site["building"] or site["started"]
                _bar(axes, row, site["started"], building, 0.45, facecolor=STRAIN[1])
                _bar(axes, row, building, site["commissioned"] or end, 0.45, facecolor=colour)
        axes.set_yticks(range(len(sites)), [short(site["site"]) for site in sites], fontsize=7)
        axes.invert_yaxis()
        axes.xaxis_date()
        axes.set_title(
            "Sites as planned (outline), in preparation (pale) and in building (orange: unfinished)"
        )
        return sign(axes, source)


def queue(folder: str | Path, axes: "Axes | None" = None) -> "Axes":
    """Draw how many developments asked for service and how many are connected."""
    source = Folder(Path(folder))
    view = views.queue(source)
    rows = view["developments"] if view else []
    with look():
        axes = new_axes(axes, 7.0, 3.0)
        days = _days(source.months)
        for key, colour, label, style in (
            ("requested", QUIET, "asked for service", "--"),
            ("connected", SERIES[2], "connected", "-"),
        ):
            count = [sum(bool(r[key]) and r[key][:7] <= month for r in rows) for month in source.months]
            axes.step(days, count, where="post", color=colour, linestyle=style, linewidth=1.8, label=label)
        axes.set_ylabel("developments")
        axes.set_ylim(bottom=0)
        axes.set_title("Connection queue")
        axes.legend(loc="upper left", fontsize=8)
        return sign(axes, source)


def cash_flow(folder: str | Path, axes: "Axes | None" = None) -> "Axes":
    """Draw the works by who pays, per year, and what is owed.

    Raises
    ------
    ValueError
        If the run has no ``cashflow.csv``.
    """
    source = Folder(Path(folder))
    view = views.cash_flow(source)
    if view is None:
        raise ValueError(f"no cashflow.csv in {folder}")
    years = sorted({month[:4] for month in source.months})
    with look():
        axes = new_axes(axes, 7.0, 3.2)
        bottom = np.zeros(len(years))
        for colour, (name, values) in zip(SERIES * 2, view["works"].items(), strict=False):
            heights = np.array([_of_year(values, source.months, year) for year in years])
            if not heights.any():
                continue
            axes.bar(
                years, heights, bottom=bottom, color=colour, label=short(name.replace("_", " ")), width=0.7
            )
            bottom += heights
        owed = [_last_of_year(view["liability"], source.months, year) for year in years]
        axes.plot(years, owed, color=INK, marker="o", markersize=3, linewidth=1.6, label="owed at year's end")
        axes.set_ylabel(f"bn {source.currency} a year; owed: bn {source.currency}")
        axes.set_title("Works by who pays, and debt")
        axes.legend(loc="upper right", fontsize=8)
        return sign(axes, source)


def city_map(folder: str | Path, month: str = "", axes: "Axes | None" = None) -> "Axes":
    """Draw the networks, coloured by the share of its limit that each asset uses in a month.

    Parameters
    ----------
    folder, axes
        As in `headroom`.
    month
        ``2028-07``; empty: the last month.

    Raises
    ------
    ValueError
        If the run has no ``assets.csv`` or the month lies outside it.
    """
    source = Folder(Path(folder))
    view = atlas(source, read_signals(source))
    chosen = month or source.months[-1]
    if view is None or chosen not in source.months:
        raise ValueError(f"no assets.csv in {folder}, or {chosen} lies outside the run")
    with look():
        axes = new_axes(axes, 6.0, 7.5)
        _draw_assets(axes, view, source.months.index(chosen))
        for district in view["districts"]:
            x, y, radius = district["x"], district["y"], district["radius"]
            axes.add_patch(_circle(x, y, radius))
            axes.annotate(short(district["name"]), (x, y + radius), ha="center", va="top", fontweight="bold")
        axes.set_aspect("equal")
        axes.set_axis_off()
        axes.set_title(f"Share of its limit that each asset uses, {chosen}")
        from matplotlib.patches import Patch

        handles = [Patch(color=colour, label=word) for colour, word in zip(STRAIN, _WORDS, strict=True)]
        axes.legend(
            handles=handles, fontsize=7, loc="lower right", title="share of the limit", title_fontsize=7
        )
        return sign(axes, source)


def _draw_assets(axes: "Axes", view: dict[str, Any], month: int) -> None:
    from matplotlib.collections import LineCollection

    x, y = np.array(view["x"]), np.array(view["y"])
    letters = np.array([classes[month] for classes in view["classes"]])
    start, end, size = np.array(view["from"]), np.array(view["to"]), np.array(view["size"])
    standing = letters != "."
    links = np.flatnonzero(standing & (start >= 0) & (start != end))
    colours = np.array([STRAIN[int(c)] if c.isdigit() else FREE for c in letters])
    pairs = np.stack([np.column_stack([x[start], y[start]]), np.column_stack([x[end], y[end]])], axis=1)
    widths = 0.8 + 2.2 * np.sqrt(size)
    for grow, tints in ((1.2, [QUIET] * len(links)), (0.0, list(colours[links]))):
        axes.add_collection(
            LineCollection(list(pairs[links]), colors=tints, linewidths=list(widths[links] + grow))
        )
    marks = np.flatnonzero(
        standing & ~((start >= 0) & (start != end)) | standing & np.isin(view["kind"], _MARKS)
    )
    marks = marks[np.argsort(letters[marks])]
    area = 4.0 + 60.0 * np.where(np.isin(view["kind"], _MARKS), size, 0.0)
    axes.scatter(
        x[marks], y[marks], s=area[marks], c=list(colours[marks]), edgecolors=INK, linewidths=0.4, zorder=3
    )


_MARKS = ("trafo", "trafo3w", "tank", "plant", "ext_grid", "pump")


def _circle(x: float, y: float, radius: float) -> Any:
    from matplotlib.patches import Circle

    return Circle((x, y), radius, facecolor=SERIES[0], alpha=0.06, edgecolor="none", zorder=0)


def _bar(axes: "Axes", row: int, start: str, end: str, height: float, **look_of: Any) -> None:
    left, right = (np.datetime64(day) for day in (start, end))
    axes.barh(row, right - left, left=left, height=height, linewidth=0.8, **look_of)


def _years_as_columns(axes: "Axes", months: list[str]) -> None:
    januaries = [i for i, month in enumerate(months) if month.endswith("-01")] or [0]
    axes.set_xticks(januaries, [months[i][:4] for i in januaries], fontsize=8)


def _days(months: list[str]) -> "Dates":
    return np.array([f"{month}-01" for month in months], dtype="datetime64[D]")


def _numbers(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _ratio(peak: float | None, capacity: float | None) -> float:
    return np.nan if peak is None or capacity is None else peak / max(capacity, 1e-9)


def _of_year(values: list[float | None], months: list[str], year: str) -> float:
    return sum(value or 0.0 for value, month in zip(values, months, strict=True) if month[:4] == year)


def _last_of_year(values: list[float | None], months: list[str], year: str) -> float:
    return [value or 0.0 for value, month in zip(values, months, strict=True) if month[:4] == year][-1]


def _unit(name: str) -> str:
    return words()["en"].get(f"unit.{name}", name)


def _amount(value: float) -> str:
    return f"{value / 1e6:,.2f} million" if value >= 1e6 else f"{value:,.0f}"
