"""How a scenario is begun around an EPANET file of sewers."""

from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.utilities.epanet.model_inp import is_model, write_model
from twin.utilities.epanet.names import read_names
from twin.utilities.names import AssetNames
from twin.utilities.scaffold import Guess, Scaffold, Taken, Written

_CAPACITY_M3_PER_DAY = 10_000


class WastewaterScaffold(Scaffold):
    """Copies the file; each of its reservoirs is a plant."""

    about = "EPANET network of sewers (INP); inflows are negative demands."
    file = "wastewater.inp"
    section = """\
  wastewater:
    file: wastewater.inp      # a copy of yours
    max_filling_percent: 100  # highest flow of a gravity reach over its full-pipe capacity; a guess
"""
    guesses = (
        Guess(
            "sewers",
            "fed by the file's own inflows, negative demands",
            "rows of kind `sewage` in links.csv lead used water from junctions to manholes",
        ),
        Guess("lift stations", "pumps obey the file's controls", "lift_stations.csv: they follow wet wells"),
    )

    def take(self, given: object, folder: Path) -> Taken:
        """Return a file; a `wntr.network.WaterNetworkModel` is written as one."""
        if not is_model(given):
            return super().take(given, folder)
        path = folder / self.file
        return Taken(path, tuple(write_model(given, path)))

    def read(self, path: Path) -> AssetNames:
        """Return the IDs in an INP file.

        Raises
        ------
        InvalidInput
            If sewage would end nowhere.
        """
        names = read_names(path, "wastewater")
        if not names.of("reservoir"):
            problem = "has no reservoir: sewage would end nowhere"
            raise InvalidInput([Mistake(path.name, 0, problem, "a reservoir for each plant or outfall")])
        return names

    def write(self, source: Path, folder: Path, others: AssetNames) -> Written:
        """Copy the file; each reservoir is a plant."""
        written = super().write(source, folder, others)
        plants = sorted(name.split("/", 1)[1] for name in self.read(source).of("reservoir"))
        rows: list[dict[str, object]] = [
            {"plant": f"PLANT-{node}", "node": node, "capacity_m3_per_day": _CAPACITY_M3_PER_DAY}
            for node in plants
        ]
        guess = Guess(
            "treatment plants",
            f"{', '.join(plants)}, {_CAPACITY_M3_PER_DAY:,} m3 a day each",
            "treatment.csv; without its row a reservoir is an outfall, where sewage is lost",
        )
        return Written([*written.guesses, guess], {"treatment": rows})
