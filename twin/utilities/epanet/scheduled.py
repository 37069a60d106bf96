"""What networks on EPANET share: the days that their files know."""

from twin.utilities.epanet.hydraulics import Hydraulics


class Scheduled:
    """A network that goes by the controls, rules and patterns of an EPANET file."""

    _engine: Hydraulics

    def alike(self, day: int) -> int:
        """Return the earliest day since the opening that goes by the file like a day."""
        return self._engine.alike(day)

    def start_clock(self, day: int) -> None:
        """Let it be the midnight that begins a day, after a reset."""
        self._engine.start_clock(day)
