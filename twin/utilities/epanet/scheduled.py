"""What networks on EPANET share: the days that their files know, and their instants as files."""

from twin.errors import Mistake
from twin.utilities.base import Snapshot
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.snapshot import take_snapshot


class Scheduled:
    """A network that goes by the controls, rules and patterns of an EPANET file.

    Attributes
    ----------
    not_in_file
        What of an instant no INP file can say.
    """

    _engine: Hydraulics
    not_in_file: tuple[str, ...] = ()

    def alike(self, day: int) -> int:
        """Return the earliest day since the opening that goes by the file like a day."""
        return self._engine.alike(day)

    def start_clock(self, day: int) -> None:
        """Let it be the midnight that begins a day, after a reset."""
        self._engine.start_clock(day)

    def snapshot(self) -> Snapshot:
        """Return the last solution as an INP file of its instant, and as WNTR's objects."""
        return take_snapshot(
            self._engine, [Mistake(self._engine.path.name, 0, told) for told in self.not_in_file]
        )
