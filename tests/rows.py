"""Rows of result tables for tests, with the numbers that matter to them."""

from dataclasses import replace

from twin.results.tables import Headroom


def headroom(
    name: str, kind: str, capacity: float, peak: float, intact: float = 0.0, **cells: object
) -> Headroom:
    """Return a month of a capacity whose peak is the highest of its twelve months."""
    network = {"substation": "power", "supply": "power", "treatment": "wastewater"}.get(kind, "water")
    whole = intact or capacity
    row = Headroom(
        month="2026-01",
        name=name,
        network=network,
        kind=kind,
        unit="MW" if network == "power" else "m3/day",
        capacity=capacity,
        intact_capacity=whole,
        peak=peak,
        peak_12_months=peak,
        intact_headroom=whole - peak,
        firm_headroom=capacity - peak,
        committed_headroom=capacity - peak,
        intact_headroom_in_month=whole - peak,
        firm_headroom_in_month=capacity - peak,
        committed_headroom_in_month=capacity - peak,
        worst_outage="",
        first_breach=False,
    )
    return replace(row, **cells)  # type: ignore[arg-type]
