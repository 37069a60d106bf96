"""How a scenario is begun around an EPANET file."""

from pathlib import Path

from twin.utilities.epanet.duty import duty_kw
from twin.utilities.epanet.model_inp import is_model, write_model
from twin.utilities.epanet.names import read_names
from twin.utilities.names import AssetNames
from twin.utilities.scaffold import Guess, Scaffold, Taken


class WaterScaffold(Scaffold):
    """Copies the file as it is."""

    about = "EPANET network (INP)."
    file = "water.inp"
    section = """\
  water:
    file: water.inp           # a copy of yours
    required_pressure_m: 20   # demand is met in full from here on; a guess
    min_pressure_m: 0         # nothing is delivered here; a guess
    max_pressure_m: 60        # highest pressure allowed at demand points of districts alone; a guess
    max_velocity_m_per_s: 2.5 # highest velocity allowed in a pipe; a guess
"""
    guesses = (
        Guess("pressures", "0 m and 20 m", "demand falls with the root of pressure between them", 60.0),
        Guess(
            "water limits",
            "2.5 m/s in every pipe; 60 m at demand points of districts alone, of which there are none",
            "set `max_velocity_m_per_s`; demand_points.csv says where `max_pressure_m` is judged",
            30.0,
        ),
    )

    def take(self, given: object, folder: Path) -> Taken:
        """Return a file; a `wntr.network.WaterNetworkModel` is written as one."""
        if not is_model(given):
            return super().take(given, folder)
        path = folder / self.file
        return Taken(path, tuple(write_model(given, path)))

    def read(self, path: Path) -> AssetNames:
        """Return the IDs in an INP file, and what its pumps draw."""
        names = read_names(path, "water")
        names.draws_kw = {f"water/{pump}": kw for pump, kw in duty_kw(path).items()}
        return names
