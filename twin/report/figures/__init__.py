"""Pictures of a results folder, for print and notebooks: axes of matplotlib, or a figure of several."""

from twin.report.figures.files import write_figures
from twin.report.figures.pictures import calendar, cash_flow, city_map, headroom, queue, supply
from twin.report.figures.series import recorded

__all__ = ["calendar", "cash_flow", "city_map", "headroom", "queue", "recorded", "supply", "write_figures"]
