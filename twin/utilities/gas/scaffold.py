"""How a scenario is begun around a pandapipes JSON file."""

from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.utilities.gas.names import read_names
from twin.utilities.names import AssetNames
from twin.utilities.scaffold import Guess, Scaffold


class GasScaffold(Scaffold):
    """Copies the file as it is."""

    about = "pandapipes network of a gas (JSON)."
    file = "gas.json"
    section = """\
  gas:
    file: gas.json              # a copy of yours
    required_pressure_bar: 0.02 # a sink's demand is met in full from here on; a guess
    max_velocity_m_per_s: 20    # highest velocity allowed in a pipe; a guess
"""
    guesses = (
        Guess(
            "gas pressures",
            "0.02 bar at every sink",
            "set `required_pressures_bar` where more is needed",
            60.0,
        ),
        Guess("gas velocities", "20 m/s", "set `max_velocity_m_per_s`", 20.0),
    )

    def read(self, path: Path) -> AssetNames:
        """Return the names of a gas network's elements."""
        names = read_names(path)
        if not names.of("ext_grid"):
            raise InvalidInput([Mistake(path.name, 0, "has no source", "a row of ext_grid")])
        return names
