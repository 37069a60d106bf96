"""MV Oberrhein after the loss of a line: the search serves as much as any switching of its six open points.

The reference closes each of the 64 sets of open points and opens up to one switch of each loop, in all ways,
and looks no further once all is served that any set reaches: nothing can be better. `python -m
tests.utilities.power.restoration.test_oberrhein` compares all lines, and takes minutes.
"""

import random
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import pandapower as pp
import pandapower.networks as pn
import pytest

from tests.utilities.power.restoration.test_restoration import opened
from twin.utilities.base import Change
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.restoration.restorer import Restorer
from twin.utilities.power.restoration.switched_grid import SwitchedGrid, relaxed
from twin.utilities.power.restoration.ways import IN, OUT, Way
from twin.utilities.power.rules import Index
from twin.utilities.power.settings import PowerSettings


class Exhaustive:
    """Tries every switching after the loss of a line, over one solved instant."""

    def __init__(self, restorer: Restorer) -> None:
        self._meshed, self._bounds = restorer._meshed, restorer._bounds
        self._grid: SwitchedGrid = restorer._grid(self._meshed.state.compiled.ref)
        self._way = {way.branch: way for way in self._meshed.ways}

    def most_mw(self, line: int, most_closed: int = 6) -> float:
        """Return the most load that is served again within all limits."""
        stands = self._meshed.branches()
        alive = self._grid.alive(stands)
        stands[self._meshed.state.places.line[line]] = OUT
        self._dead = alive & ~self._grid.alive(stands)
        before = self._grid.solve(stands)
        assert before is not None
        self._within = relaxed(self._bounds, before)
        ties = [way for way in self._meshed.ways if way.open_rows]
        everything = stands.copy()
        everything[[tie.branch for tie in ties]] = IN
        bound, best = self._mw(everything) - 1e-9, 0.0
        for shorter in (False, True):
            for count in range(1, most_closed + 1):
                for closed in combinations(ties, count):
                    if best >= bound:
                        return best
                    best = self._most_of(self._each(stands, closed, closed, shorter), best, bound)
        return best

    def _most_of(self, switchings: Iterable[Index], best: float, bound: float) -> float:
        for switched in switchings:
            served = self._mw(switched)
            if served > best + 1e-9:
                judged = self._grid.solve(switched)
                best = served if judged is not None and judged.worst(self._within) <= 1.0 else best
            if best >= bound:
                break
        return best

    def _each(
        self, stands: Index, left: tuple[Way, ...], closed: tuple[Way, ...], shorter: bool
    ) -> Iterator[Index]:
        """Yield what comes of closing ways, each loop opened at each of its switches; or one more open."""
        if not left:
            yield from self._cut(stands, closed) if shorter else [stands]
            return
        now = stands.copy()
        now[left[0].branch] = IN
        loop = self._grid.loop(stands, left[0].branch).tolist()
        if not loop:
            yield from self._each(now, left[1:], closed, shorter)
        for way in (self._way[branch] for branch in loop if branch in self._way):
            if way not in closed:
                yield from self._each(opening(now, way), left[1:], closed, shorter)

    def _cut(self, stands: Index, closed: tuple[Way, ...]) -> Iterator[Index]:
        for way in self._way.values():
            if stands[way.branch] == IN and way not in closed and self._grid.touches(way.branch, self._dead):
                yield opening(stands, way)

    def _mw(self, stands: Index) -> float:
        return float(self._grid.wanted_mw[self._dead & self._grid.alive(stands)].sum())


def opening(stands: Index, way: Way) -> Index:
    now = stands.copy()
    now[way.branch] = way.opened
    return now


def solved(net: pp.pandapowerNet, folder: Path) -> tuple[PowerNetwork, Restorer]:
    network = opened(net, folder)
    restorer = network.gear.restorer(network.solution())
    assert restorer is not None
    return network, restorer


@pytest.fixture(scope="module")
def oberrhein(tmp_path_factory: pytest.TempPathFactory) -> tuple[PowerNetwork, Restorer]:
    return solved(pn.mv_oberrhein(), tmp_path_factory.mktemp("oberrhein"))


@pytest.mark.parametrize("line", random.Random(7).sample(range(181), 12))
def test_as_much_is_restored_as_by_any_switching(line: int, oberrhein: tuple[PowerNetwork, Restorer]) -> None:
    network, restorer = oberrhein
    found = restorer.after(f"power/{network.names['line'][line]}")
    assert found.restored_mw == pytest.approx(Exhaustive(restorer).most_mw(line), abs=1e-9)


@pytest.mark.parametrize("line", ["Line 27", "Line 165", "Line 193", "Line 5"])
def test_pandapower_serves_the_same_within_all_limits(
    line: str, oberrhein: tuple[PowerNetwork, Restorer]
) -> None:
    _, restorer = oberrhein
    found = restorer.after(f"power/{line}")
    net = pn.mv_oberrhein()
    net.line.loc[net.line.name == line, "in_service"] = False
    pp.runpp(net, lightsim2grid=False)
    before = float(net.res_load.p_mw.sum())
    net.switch.iloc[list(found.closed), net.switch.columns.get_loc("closed")] = True
    net.switch.iloc[list(found.opened), net.switch.columns.get_loc("closed")] = False
    pp.runpp(net, lightsim2grid=False)
    assert net.res_load.p_mw.sum() - before == pytest.approx(found.restored_mw, abs=1e-9)
    assert net.res_line.loading_percent.max() <= 100.0
    assert net.res_trafo.loading_percent.max() <= 140.0
    worst = max(net.res_line.loading_percent.max() / 100.0, net.res_trafo.loading_percent.max() / 140.0)
    assert worst == pytest.approx(found.worst, rel=1e-6)
    assert net.res_bus.vm_pu.min() >= 0.9
    graph = pp.topology.create_nxgraph(net, multi=True)
    graph.add_edges_from((net.ext_grid.bus.iloc[0], bus) for bus in net.ext_grid.bus.iloc[1:])
    assert nx.number_of_edges(graph) == len(graph) - nx.number_connected_components(graph)  # no loop


def test_in_a_run_the_same_is_served_again(tmp_path: Path, oberrhein: tuple[PowerNetwork, Restorer]) -> None:
    found = oberrhein[1].after("power/Line 193")
    network = opened(pn.mv_oberrhein(), tmp_path, PowerSettings(restoration=True))
    network.advance(3600)
    network.apply([Change("power/Line 193", "held", True)])
    network.solve()
    assert network.read()[-1] == pytest.approx(found.cut_off_mw)
    network.advance(3600)
    network.solve()
    assert network.read()[-1] == pytest.approx(found.cut_off_mw - found.restored_mw)


def main() -> None:
    """Compare all lines, those that nothing restores whole over switchings that close two points at most."""
    with TemporaryDirectory() as folder:
        network, restorer = solved(pn.mv_oberrhein(), Path(folder))
        reference = Exhaustive(restorer)
        for line, name in enumerate(network.names["line"]):
            found = restorer.after(f"power/{name}")
            whole = not found.reachable or found.restored_mw >= found.cut_off_mw - 1e-9
            most = reference.most_mw(line, 6 if whole else 2)
            print(
                f"{name}: {found.restored_mw:.3f} of {found.cut_off_mw:.3f} MW, reference {most:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
