"""Links at tanks that are empty or full: EPANET opens and closes them by itself, and not always well."""

import numpy as np
from epanet import toolkit as en

from twin.utilities.base import Mask
from twin.utilities.epanet.held_links import HeldLinks
from twin.utilities.epanet.project import Index, Project
from twin.utilities.epanet.rounding import at_rest
from twin.utilities.epanet.tanks import Tanks
from twin.utilities.epanet.topology import Topology

_HEAD_TOLERANCE = 1e-3


class TankPipes:
    """The pipes that EPANET closes at empty and full tanks, and links held closed in its place.

    Parameters
    ----------
    topology, project, tanks, holds
        The network, ready to solve.
    may_run
        Links that nothing holds closed; others change it.

    Attributes
    ----------
    shut
        The links that are held closed because of tanks at their limits.
    """

    def __init__(
        self, topology: Topology, project: Project, tanks: Tanks, holds: HeldLinks, may_run: Mask
    ) -> None:
        self._project, self._tanks, self._holds, self._may_run = project, tanks, holds, may_run
        self._nodes, self._ends = topology.tanks, topology.ends
        pipes = topology.pipes
        at_tanks = np.isin(self._ends[pipes], self._nodes).any(axis=1)
        check_valves = [int(pipe) for pipe in pipes if holds.has_check_valve(int(pipe))]
        self._pipes: Index = np.setdiff1d(pipes[at_tanks], [*holds.acted_on, *check_valves])
        elevation = project.node_values(en.ELEVATION) * project.length_unit
        self._still = at_rest(len(topology.links), elevation).still / project.flow_unit
        self.shut: list[int] = []

    def that_may_run(self) -> Index:
        """Return those that nothing but EPANET may hold closed."""
        return self._pipes[self._may_run[self._pipes]]

    def open(self) -> None:
        """Open those that EPANET may have closed."""
        for pipe in self.that_may_run().tolist():
            en.setlinkvalue(self._project.handle, pipe + 1, en.STATUS, 1)

    def shut_at_limits(self) -> bool:
        """Hold links closed that drain empty tanks or fill full ones; return whether there are any."""
        wrong = [link for link in self._against_limits() if link not in self._holds]
        for link in wrong:
            self._holds.hold(link)
        self.shut += wrong
        return bool(wrong)

    def release(self) -> None:
        """Give back the links that are held closed because of tanks at their limits."""
        for link in self.shut:
            if self._may_run[link] and link in self._holds:
                self._holds.give_back(link)
        self.shut.clear()

    def keeps_out(self) -> bool:
        """Return whether a pipe was left closed though its head would fill the tank it leads to."""
        pipes, nodes, tanks = self.that_may_run(), self._nodes, self._tanks
        shut = pipes[self._project.link_values(en.STATUS)[pipes] == 0]
        heads = self._project.node_values(en.HEAD)[self._ends[shut]]
        at_tank = np.isin(self._ends[shut], nodes)
        full = tanks.volume >= tanks.max_volume - 1e-9
        at_full = np.isin(self._ends[shut], nodes[full]).any(axis=1)
        drop = np.where(at_tank[:, 0], heads[:, 1] - heads[:, 0], heads[:, 0] - heads[:, 1])
        return bool((drop[~at_full] > _HEAD_TOLERANCE).any())

    def _against_limits(self) -> list[int]:
        """Return the links, without check valves, that drain an empty tank or fill a full one."""
        tanks, flow = self._tanks, self._project.link_values(en.FLOW)
        from_, to = self._ends[:, 0], self._ends[:, 1]
        empty, full = self._nodes[tanks.empty], self._nodes[tanks.full]
        drains = np.where(flow > 0.0, np.isin(from_, empty), np.isin(to, empty))
        fills = np.where(flow > 0.0, np.isin(to, full), np.isin(from_, full))
        links = np.flatnonzero((drains | fills) & (np.abs(flow) > self._still)).tolist()
        return [link for link in links if not self._holds.has_check_valve(link)]
