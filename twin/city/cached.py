"""One network of a city, solved only when something it depends on has moved."""

from twin.errors import Unsolved
from twin.utilities.base import Network, Vector


class CachedNetwork:
    """A network, when it must be solved again, and the time that has passed since it was.

    Between two solutions time is only counted; the network lets it pass in one step before anything
    of it moves. So a wastewater network does not pay for every pump switch of the water network.

    Parameters
    ----------
    network
        The opened network.

    Attributes
    ----------
    stale
        Something has moved since the last solution.
    unsolved
        Why the last solution failed, if it did.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.forget()

    def forget(self) -> None:
        """Return to what holds for a network that was just opened or reset."""
        self.stale = True
        self.unsolved: Unsolved | None = None
        self._elapsed = 0
        self._horizon = 0
        self._inputs: dict[str, bytes] = {}

    def touch(self) -> Network:
        """Let the counted time pass and return the network, which is about to be changed."""
        if self._elapsed:
            self.network.advance(self._elapsed)
            self._elapsed = 0
        self.stale = True
        return self.network

    def take_input(self, port: str, values: Vector) -> None:
        """Hand over what links carry through a port, if it has moved."""
        handed = values.tobytes()
        if handed != self._inputs.get(port):
            self.touch().set_input(port, values)
            self._inputs[port] = handed

    def solve(self) -> None:
        """Solve now and note for how long the solution holds; a failure is kept in `unsolved`."""
        network = self.touch()
        try:
            network.solve()
        except Unsolved as unsolved:
            self.unsolved = unsolved
            return
        self.unsolved, self.stale = None, False
        self._horizon = network.next_change_s()

    def next_change_s(self) -> int:
        """Return the seconds until the network changes by itself; without a solution, very many."""
        return self._horizon - self._elapsed if self.unsolved is None else 1 << 60

    def advance(self, seconds: int) -> None:
        """Count time that passes at the last solution."""
        self._elapsed += seconds
        self.stale |= self._elapsed >= self._horizon
