"""A small writer of EPANET networks: sections of rows, in the order they were added."""

from collections.abc import Sequence
from pathlib import Path

Row = dict[str, str | float]

_SECTIONS = (
    "JUNCTIONS",
    "RESERVOIRS",
    "TANKS",
    "PIPES",
    "PUMPS",
    "VALVES",
    "STATUS",
    "CURVES",
    "TAGS",
    "COORDINATES",
)


class Inp:
    """An EPANET network under construction: flows in m3/day, lengths in m, diameters in mm.

    Parameters
    ----------
    title
        First line of the file.
    headloss
        H-W or C-M, which says what a pipe's roughness means.
    roughness
        Roughness of pipes that do not state their own.
    pump_efficiency_percent
        Efficiency of all pumps.
    """

    def __init__(self, title: str, headloss: str, roughness: float, pump_efficiency_percent: float) -> None:
        self._title, self._headloss = title, headloss
        self._roughness, self._efficiency = roughness, pump_efficiency_percent
        self._rows: dict[str, list[str]] = {section: [] for section in _SECTIONS}

    def _add(self, section: str, *cells: str | float) -> None:
        self._rows[section].append(" ".join(str(cell) for cell in cells))

    def junction(self, name: str, elevation_m: float, place: tuple[float, float]) -> None:
        """Add a junction without demand."""
        self._add("JUNCTIONS", name, round(elevation_m, 2), 0)
        self._add("COORDINATES", name, *place)

    def reservoir(self, name: str, head_m: float, place: tuple[float, float]) -> None:
        """Add a source or outfall of fixed head."""
        self._add("RESERVOIRS", name, head_m)
        self._add("COORDINATES", name, *place)

    def tank(
        self,
        name: str,
        bottom_m: float,
        levels_m: tuple[float, float, float],
        diameter_m: float,
        place: tuple[float, float],
        overflow: bool = False,
    ) -> None:
        """Add a cylindrical tank; levels are initial, lowest and highest."""
        self._add(
            "TANKS", name, round(bottom_m, 2), *levels_m, diameter_m, 0, "*", "YES" if overflow else "NO"
        )
        self._add("COORDINATES", name, *place)

    def pipe(
        self,
        name: str,
        ends: tuple[str, str],
        length_m: float,
        diameter_mm: float,
        opened: bool = True,
        roughness: float | None = None,
        tag: str = "",
    ) -> None:
        """Add a pipe; not `opened`: closed until its site is commissioned."""
        rough = self._roughness if roughness is None else roughness
        self._add("PIPES", name, *ends, length_m, diameter_mm, rough, 0, "OPEN" if opened else "CLOSED")
        if tag:
            self._add("TAGS", "LINK", name, tag)

    def pump(self, name: str, ends: tuple[str, str], curve: str, opened: bool = True) -> None:
        """Add a pump with a head curve."""
        self._add("PUMPS", name, *ends, "HEAD", curve)
        if not opened:
            self._add("STATUS", name, "CLOSED")

    def curve(self, name: str, points: Sequence[tuple[float, float]]) -> None:
        """Add a head curve: m3/day and m."""
        for flow, head in points:
            self._add("CURVES", name, flow, head)

    def valve(
        self,
        name: str,
        ends: tuple[str, str],
        diameter_mm: float,
        kind: str,
        setting: float,
        opened: bool = True,
    ) -> None:
        """Add a valve: PRV and PSV are set in m, FCV in m3/day."""
        self._add("VALVES", name, *ends, diameter_mm, kind, setting, 0)
        if not opened:
            self._add("STATUS", name, "CLOSED")

    def write(self, path: Path) -> None:
        """Write the file, the same bytes every time."""
        parts = [f"[TITLE]\n{self._title}\n"]
        parts += [f"[{name}]\n" + "\n".join(rows) + "\n" for name, rows in self._rows.items()]
        parts += [
            f"[ENERGY]\nGLOBAL EFFICIENCY {self._efficiency}\n",
            "[OPTIONS]\nUNITS CMD\n"
            f"HEADLOSS {self._headloss}\nTRIALS 200\nACCURACY 0.0001\nUNBALANCED CONTINUE 10\n"
            "DEMAND MODEL PDA\nMINIMUM PRESSURE 0\nREQUIRED PRESSURE 20\nPRESSURE EXPONENT 0.5\n",
            "[TIMES]\nDURATION 0\nHYDRAULIC TIMESTEP 1:00\n",
            "[END]\n",
        ]
        path.write_text("\n".join(parts), encoding="utf-8")


def change(site: str, asset: str, field: str, value: str | float) -> Row:
    """Return a row of site_changes."""
    return {"site": site, "asset": asset, "field": field, "value": value}


def power_link(kind: str, asset: str, load: str, kwh_per_m3: float | str = "", source: str = "A") -> Row:
    """Return a row of links for something that draws power."""
    return {
        "kind": kind,
        "asset": asset,
        "to": f"power/{load}",
        "power_factor": 0.86,
        "kwh_per_m3": kwh_per_m3,
        "source": source,
    }


def capacity(
    name: str, asset: str, kind: str, rating: float, sites: tuple[str, str] = ("", ""), source: str = "A"
) -> Row:
    """Return a row of capacities, m3/day; `sites` open and end it."""
    return {
        "capacity": name,
        "asset": asset,
        "kind": kind,
        "rating": rating,
        "unit": "m3/day",
        "from_site": sites[0],
        "until_site": sites[1],
        "source": source,
    }
