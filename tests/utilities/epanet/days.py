"""Random days of EPANET networks from a seed, and all that is told of each of their instants."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from twin.city.opening import open_networks
from twin.demand.growth import Growth
from twin.errors import Unsolved
from twin.scenario import load_scenario
from twin.utilities.base import Change
from twin.utilities.wastewater.network import WastewaterNetwork
from twin.utilities.water.network import WaterNetwork

Pipes = WaterNetwork | WastewaterNetwork


class Day:
    """What happens to a network in each hour, drawn from a seed: demand, changes, holds, power.

    Parameters
    ----------
    network
        Any that was opened from the same file.
    seed
        Of everything that is drawn.
    quiet
        Nothing is held, changed or without power.
    """

    def __init__(self, network: Pipes, seed: int, quiet: bool = False) -> None:
        self._rng = np.random.default_rng(seed)
        self._quiet, self._name = quiet, network.name
        engine = network._engine
        self._settable = [
            engine.links[i] for i in [*engine.pumps, *engine.valves] if engine._holds.settable(i)
        ]
        self._links, self._powered = engine.links, len(engine._powered)

    def hour(self, network: Pipes) -> None:
        """Set demand, and change what this hour changes."""
        rng = self._rng
        if isinstance(network, WaterNetwork):
            network.set_base(rng.uniform(0.0, 2e-3, network._base.shape))
            network.set_demand(rng.uniform(0.2, 1.8, network._classes), float(rng.uniform(0.3, 1.6)))
        else:
            network.set_input("arriving", rng.uniform(0.0, 0.03, len(network._manholes)))
        if self._quiet:
            return
        if self._powered and rng.random() < 0.3:
            plants = 0 if isinstance(network, WaterNetwork) else len(network._input_plants)
            network.set_input("running", (rng.random(self._powered + plants) < 0.7).astype(float))
        for _ in range(int(rng.integers(0, 3))):
            network.apply([self._change()])

    def _change(self) -> Change:
        rng = self._rng
        kind = str(rng.choice(["held", "open", "setting"])) if self._settable else "held"
        if kind == "setting":
            return Change(f"{self._name}/{rng.choice(self._settable)}", kind, float(rng.uniform(0.5, 1.2)))
        return Change(f"{self._name}/{rng.choice(self._links)}", kind, bool(rng.random() < 0.5))


def instants(network: Pipes, day: Day, hours: int) -> Iterator[bytes]:
    """Live through some hours and yield all that is told of each instant."""
    for _ in range(hours):
        day.hour(network)
        left = 3600
        while left > 0:
            try:
                network.solve()
            except Unsolved as reason:
                yield str(reason).encode()
            step = min(left, network.next_change_s())
            yield b"".join([network.read().tobytes(), network.active().tobytes(), str(step).encode()])
            network.advance(step)
            left -= step
            yield network.read_totals().tobytes() + repr(sorted(network.read_causes().items())).encode()
    yield repr(network.warnings).encode()


def alatau(name: str) -> Callable[[], Pipes]:
    """Return what opens one of Alatau's networks with its demand points."""
    scenario = load_scenario(Path(__file__).parents[3] / "scenarios" / "alatau")
    points = Growth(scenario).points

    def opened() -> Pipes:
        found = open_networks(scenario, points)[name]
        assert isinstance(found, Pipes)
        return found

    return opened
