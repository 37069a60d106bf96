"""The lattice of streets that water mains and sewers of a district share."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

Cell = tuple[int, int]

METRES_PER_DEGREE_LATITUDE = 111_000.0
METRES_PER_DEGREE_LONGITUDE = 80_500.0


@dataclass(frozen=True)
class Zone:
    """A district's street lattice, `rows` x `columns` junctions; its middle row is the spine.

    Attributes
    ----------
    inlet
        Column of the spine where water enters; sewage leaves at the last column.
    elevation_m, fall_m
        Mean ground level, and how far the ground falls from the first column to the last.
    water_km3, sewage_km3
        What the mains are laid out for: end of 2035, maximum day and average day, thousand m3.
    """

    district: str
    rows: int
    columns: int
    inlet: int
    spacing_m: float
    elevation_m: float
    fall_m: float
    latitude: float
    longitude: float
    water_km3: float
    sewage_km3: float

    @cached_property
    def spine(self) -> int:
        """Row of the spine."""
        return self.rows // 2

    def cells(self) -> Iterator[Cell]:
        """All junctions, row by row."""
        return ((row, column) for row in range(self.rows) for column in range(self.columns))

    def name(self, prefix: str, cell: Cell) -> str:
        """Return the name of what stands at a junction, such as J-GATE-01."""
        return f"{prefix}-{self.district.upper()}-{cell[0] * self.columns + cell[1] + 1:02d}"

    def ground_m(self, cell: Cell) -> float:
        """Return the ground level, highest at the first column and beside the spine."""
        along = 0.5 - cell[1] / (self.columns - 1)
        beside = 0.1 * abs(cell[0] - self.spine)
        return round(self.elevation_m + self.fall_m * (along + beside), 2)

    def place(self, cell: Cell) -> tuple[float, float]:
        """Return longitude and latitude on the map."""
        east = (cell[1] - (self.columns - 1) / 2) * self.spacing_m / METRES_PER_DEGREE_LONGITUDE
        south = (cell[0] - (self.rows - 1) / 2) * self.spacing_m / METRES_PER_DEGREE_LATITUDE
        return round(self.longitude + east, 5), round(self.latitude - south, 5)

    def weight(self, cell: Cell) -> float:
        """Return a junction's share of the district's demand: the spine is built up more densely."""
        return 1.5 if cell[0] == self.spine else 1.0

    def towards(self, cell: Cell, column: int) -> Cell | None:
        """Return the next junction on the way to a column of the spine: along the rib, then the spine."""
        row, own = cell
        if row != self.spine:
            return row + (1 if row < self.spine else -1), own
        if own != column:
            return row, own + (1 if own < column else -1)
        return None

    def carried(self, column: int) -> dict[Cell, float]:
        """Return the share of the district's demand that passes from each junction towards a column."""
        total = sum(self.weight(cell) for cell in self.cells())
        shares = dict.fromkeys(self.cells(), 0.0)
        for cell in self.cells():
            at: Cell | None = cell
            while at is not None:
                shares[at] += self.weight(cell) / total
                at = self.towards(at, column)
        return shares


ZONES = (
    Zone("Gate", 3, 5, 2, 1000.0, 650.0, 5.0, 43.42, 77.00, 47.0, 25.0),
    Zone("Golden", 3, 4, 1, 1200.0, 570.0, 6.0, 43.55, 76.95, 31.0, 16.0),
    Zone("Growing", 3, 5, 0, 1500.0, 518.0, 8.0, 43.68, 77.12, 54.0, 29.0),
    Zone("Green", 2, 5, 0, 1500.0, 490.0, 8.0, 43.84, 77.06, 18.0, 10.5),
    Zone("SEZ", 2, 5, 0, 1500.0, 540.0, 6.0, 43.62, 77.30, 18.0, 12.0),
)
