"""The nodes and links of an EPANET project by kind, and what leads where."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from epanet import toolkit as en
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Mask
from twin.utilities.epanet.project import VALVES, Index, Project
from twin.utilities.epanet.structures import Ways


class Topology:
    """What a project consists of, which no change alters, and what is connected, which changes do.

    Parameters
    ----------
    path, name
        The network's file, and the first part of its assets' addresses.
    project
        The file, opened.

    Attributes
    ----------
    nodes, links
        IDs in EPANET's order.
    node_at, link_at
        Where an address stands there.
    ends
        Nodes at both ends of each link.
    connected
        Which nodes reach a reservoir over links that are commissioned.
    ways
        From each node, such links and the nodes at their other ends.
    """

    def __init__(self, path: Path, name: str, project: Project) -> None:
        self.path, self.name = path, name
        handle = project.handle
        self.nodes = [en.getnodeid(handle, i + 1) for i in range(project.node_count)]
        self.links = [en.getlinkid(handle, i + 1) for i in range(project.link_count)]
        self.node_at = {f"{name}/{node}": i for i, node in enumerate(self.nodes)}
        self.link_at = {f"{name}/{link}": i for i, link in enumerate(self.links)}
        node_type = np.array([en.getnodetype(handle, i + 1) for i in range(len(self.nodes))])
        link_type = np.array([en.getlinktype(handle, i + 1) for i in range(len(self.links))])
        self.is_junction, self.is_reservoir = node_type == en.JUNCTION, node_type == en.RESERVOIR
        self.junctions = np.flatnonzero(self.is_junction)
        self.reservoirs = np.flatnonzero(self.is_reservoir)
        self.tanks = np.flatnonzero(node_type == en.TANK)
        self.pipes = np.flatnonzero((link_type == en.PIPE) | (link_type == en.CVPIPE))
        self.pumps = np.flatnonzero(link_type == en.PUMP)
        self.valves = np.flatnonzero(np.isin(link_type, VALVES))
        self.flow_control_valves = np.flatnonzero(link_type == en.FCV)
        ends = [en.getlinknodes(handle, i + 1) for i in range(len(self.links))]
        self.ends: Index = np.array(ends, dtype=np.intp).reshape(-1, 2) - 1

    def reconnect(self, standing: Mask) -> None:
        """Find anew what leads where over links that are commissioned."""
        open_ = np.flatnonzero(standing)
        ends = self.ends[open_]
        shape = (len(self.nodes), len(self.nodes))
        graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=shape)
        _, label = connected_components(graph, directed=False)
        self.connected: Mask = np.isin(label, label[self.reservoirs])
        at, other = ends.ravel(), ends[:, ::-1].ravel()
        order = np.argsort(at, kind="stable")
        end = np.cumsum(np.bincount(at, minlength=len(self.nodes)))
        self.ways = Ways(end, np.repeat(open_, 2)[order], other[order])

    def links_of(self, addresses: Sequence[str]) -> Index:
        """Return where links stand, by their addresses."""
        wrong = [a for a in addresses if a not in self.link_at]
        if wrong:
            raise InvalidInput([Mistake(self.path.name, 0, f"{a} is not a link") for a in wrong])
        return np.array([self.link_at[a] for a in addresses], dtype=np.intp)
