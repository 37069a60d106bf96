"""Headroom by year: of each capacity its tightest month, in the columns that network operators publish."""

import re
from collections.abc import Iterator
from typing import Any

from twin.report.exports.places import Places
from twin.report.folder import Folder, Row, number

Record = dict[str, Any]
Columns = dict[str, type]

_AMOUNTS = {
    "firm_capacity": "capacity",
    "intact_capacity": "intact_capacity",
    "peak_demand": "peak",
    "demand_headroom": "firm_headroom_in_month",
    "committed_headroom": "committed_headroom_in_month",
}
"""Published amount to the column of `headroom.csv`: a month's own peak, so that each row adds up."""
_PUBLISHED = ("firm_capacity", "peak_demand", "demand_headroom", "committed_headroom")


def tightest(folder: Folder) -> list[Row]:
    """Return the month of least headroom of each capacity in each year, in the order of the table."""
    found: dict[tuple[str, str, str], Row] = {}
    for row in folder.table("headroom"):
        key = row["network"], row["capacity_name"], row["month"][:4]
        if key not in found or _room(row) < _room(found[key]):
            found[key] = row
    return list(found.values())


def amounts(row: Row, names: tuple[str, ...] = tuple(_AMOUNTS)) -> Record:
    """Return a row's amounts, each with its unit in its name."""
    unit = in_a_name(row["unit"])
    return {f"{name}_{unit}": number(row[_AMOUNTS[name]]) for name in names}


def amount_columns(folder: Folder, names: tuple[str, ...] = tuple(_AMOUNTS)) -> Columns:
    """Return the columns of amounts of all units that a run has capacities in."""
    units = dict.fromkeys(in_a_name(row["unit"]) for row in folder.table("headroom"))
    return {f"{name}_{unit}": float for unit in units for name in names}


def in_a_name(unit: str) -> str:
    """Return a unit as the end of a column's name: ``m3/day`` becomes ``m3_per_day``."""
    plain = unit.lower().replace("/", "_per_").replace("%", "percent")
    return re.sub(r"[^0-9a-z]+", "_", plain).strip("_")


def published(folder: Folder, places: Places) -> tuple[Columns, Iterator[Record]]:
    """Return the columns and rows that network operators publish.

    The names are those of UK Power Networks' Network Scenario Headroom Report and SP Energy Networks' NDP
    part 2 (docs/maps-and-tables.md).

    Parameters
    ----------
    places
        In degrees.
    """
    texts = ("substation_name", "network", "substation_type")
    columns: Columns = {
        **dict.fromkeys(texts, str),
        "voltage_kv": float,
        "scenario": str,
        "year": int,
        **amount_columns(folder, _PUBLISHED),
        "latitude": float,
        "longitude": float,
    }
    return columns, (_published(row, folder.name, places) for row in tightest(folder))


def _published(row: Row, scenario: str, places: Places) -> Record:
    longitude, latitude = places.capacity(row["capacity_name"]) or (None, None)
    return {
        "substation_name": row["capacity_name"],
        "network": row["network"],
        "substation_type": row["kind"],
        "voltage_kv": places.highest_level(row["capacity_name"], "kV"),
        "scenario": scenario,
        "year": int(row["month"][:4]),
        **amounts(row, _PUBLISHED),
        "latitude": latitude,
        "longitude": longitude,
    }


def _room(row: Row) -> float:
    return float(row["firm_headroom_in_month"])
