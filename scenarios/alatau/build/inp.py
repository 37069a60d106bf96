"""A small writer of EPANET networks: sections of rows, in the order they were added."""

from math import pi, sqrt
from pathlib import Path

Cell = str | float

_SECTIONS = (
    "JUNCTIONS",
    "RESERVOIRS",
    "TANKS",
    "PIPES",
    "PUMPS",
    "VALVES",
    "STATUS",
    "CURVES",
    "CONTROLS",
    "ENERGY",
    "TIMES",
    "OPTIONS",
    "COORDINATES",
    "VERTICES",
    "TAGS",
)
"""Nodes before the links that join them, and tags after both: EPANET reads a file once."""


class Inp:
    """An EPANET network under construction: flows in m3/h, lengths in m, diameters in mm.

    Parameters
    ----------
    title
        First line of the file.
    headloss
        H-W or C-M, which says what a pipe's roughness means.
    pump_efficiency_percent
        Efficiency of all pumps.
    """

    def __init__(self, title: str, headloss: str, pump_efficiency_percent: float) -> None:
        self._title = title
        self._rows: dict[str, list[str]] = {section: [] for section in _SECTIONS}
        self.add("ENERGY", "GLOBAL EFFICIENCY", pump_efficiency_percent)
        self.add("TIMES", "DURATION 24:00")
        self.add("TIMES", "HYDRAULIC TIMESTEP 1:00")
        self.add("OPTIONS", "UNITS CMH")
        self.add("OPTIONS", "HEADLOSS", headloss)
        self.add("OPTIONS", "ACCURACY 0.000001")
        self.add("OPTIONS", "TRIALS 200")

    def add(self, section: str, *cells: Cell) -> None:
        """Add a row to a section."""
        self._rows[section].append(" ".join(_text(cell) for cell in cells))

    def junction(self, name: str, elevation_m: float, x: float, y: float) -> None:
        """Add a junction without demand."""
        self.add("JUNCTIONS", name, elevation_m, 0)
        self.add("COORDINATES", name, x, y)

    def reservoir(self, name: str, head_m: float, x: float, y: float) -> None:
        """Add a source or outfall of fixed head."""
        self.add("RESERVOIRS", name, head_m)
        self.add("COORDINATES", name, x, y)

    def tank(
        self, name: str, bottom_m: float, level_m: float, depth_m: float, volume_m3: float, overflow: str
    ) -> None:
        """Add a cylinder of a volume; ``overflow`` is YES or NO."""
        diameter = round(sqrt(4.0 * volume_m3 / (pi * depth_m)), 4)
        self.add("TANKS", name, bottom_m, level_m, 0, depth_m, diameter, 0, "*", overflow)

    def pipe(
        self, name: str, a: str, b: str, length_m: float, diameter_mm: float, roughness: float, status: str
    ) -> None:
        """Add a pipe, OPEN or CLOSED."""
        self.add("PIPES", name, a, b, length_m, diameter_mm, roughness, 0, status)

    def pumps(self, key: str, count: int, a: str, b: str, flow_m3_per_h: float, head_m: float) -> list[str]:
        """Add equal pumps side by side, with one duty point; return their names."""
        names = [f"PU-{key}-{number}" for number in range(1, count + 1)]
        self.add("CURVES", f"C-{key}", flow_m3_per_h, head_m)
        for name in names:
            self.add("PUMPS", name, a, b, "HEAD", f"C-{key}")
        return names

    def write(self, path: Path) -> None:
        """Write the file."""
        parts = [f"[TITLE]\n{self._title}\n"]
        parts += [f"[{name}]\n" + "\n".join(rows) + "\n" for name, rows in self._rows.items() if rows]
        path.write_text("\n".join(parts) + "\n[END]\n", encoding="utf-8")


def _text(cell: Cell) -> str:
    return f"{cell:.8g}" if isinstance(cell, float) else str(cell)
