"""Pictures of a results folder, for print and notebooks: each function returns matplotlib axes."""

from twin.report.figures.files import write_figures
from twin.report.figures.pictures import calendar, cash_flow, city_map, headroom, queue, supply

__all__ = ["calendar", "cash_flow", "city_map", "headroom", "queue", "supply", "write_figures"]
