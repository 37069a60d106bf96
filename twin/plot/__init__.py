"""Pictures of a results folder, for print and notebooks: each function returns matplotlib axes."""

from twin.plot.figures import write_figures
from twin.plot.pictures import calendar, cash_flow, city_map, headroom, queue, supply

__all__ = ["calendar", "cash_flow", "city_map", "headroom", "queue", "supply", "write_figures"]
