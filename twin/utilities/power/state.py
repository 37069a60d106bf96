"""One switching state of a grid with everything that depends on it, and its matrices at tap positions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csc_matrix

from twin.utilities.base import Mask, Vector
from twin.utilities.power.compile import (
    Compiled,
    Ends,
    Fold,
    NoSource,
    Places,
    branch_places,
    compile_net,
    fold,
    in_service,
    loading_scales,
    no_source,
)
from twin.utilities.power.constant_power import Constants
from twin.utilities.power.elimination import Elimination, eliminate
from twin.utilities.power.measure import WHOLE, Layout
from twin.utilities.power.rules import Complex, Index
from twin.utilities.power.taps import TapChangers, TapPlaces, tap_places


@dataclass(frozen=True, slots=True)
class State:
    """One compiled switching state.

    Attributes
    ----------
    alive
        1 for each load in service at an energised bus, else 0.
    bus_of_load
        Internal bus of each load, -1 where dead.
    sources
        Buses whose supply comes out of the solution: slack buses, and those that share the slack.
    ext_slack
        Which source each external grid stands at; any where out of service or dead.
    ext_share
        Part of its bus's supply that each external grid takes, 0 where out of service or dead.
    ext_other
        What all else injects at the external grids' buses, MVA.
    layout
        What `power_measure.measure` takes.
    slack_entries
        Places of the sources' rows in the bus matrix: which source, column, entry.
    ends, others
        Internal buses of the branches' ends, all from, then all to; and of the ends opposite.
    scales
        Turns currents at these ends into loading in percent.
    active
        Per signal, whether its element is in service and energised.
    elimination
        For factors that are kept; None where a load flow obeys more than Kirchhoff's laws.
    """

    compiled: Compiled
    fold: Fold
    places: Places
    taps: TapPlaces
    alive: Vector
    bus_of_load: Index
    sources: Index
    ext_slack: Index
    ext_share: Vector
    ext_other: Complex
    layout: Layout
    slack_entries: tuple[Index, Index, Index]
    ends: Index
    others: Index
    scales: Vector
    active: Mask
    elimination: Elimination | None


@dataclass(frozen=True, slots=True)
class Matrices:
    """A state's admittances at tap positions.

    Attributes
    ----------
    newton
        Of the grid with one slack.
    own, mutual
        Of each branch end, on its own voltage and on the opposite end's.
    slack
        Rows of the sources, dense.
    data
        Entries of the bus matrix, in the order of the compiled one's.
    """

    newton: csc_matrix
    data: Complex
    own: Complex
    mutual: Complex
    slack: Complex


def build_state(net: Any, changers: TapChangers, constants: Constants, asked: Mask) -> State:
    """Compile the present switching state of a net; without any source, a blackout.

    Parameters
    ----------
    asked
        Which of the constants are built, so that they are missed when they are dead.
    """
    compiled, places, scales = _compile(net)
    load_bus, ext_bus = _bus_of(net, compiled, "load"), _bus_of(net, compiled, "ext_grid")
    sources = _sources(compiled)
    layout = _layout(net, compiled, places, scales, constants, asked)
    ext_other, live = np.zeros(len(ext_bus), dtype=np.complex128), ext_bus >= 0
    ext_other[live] = layout.ref_other[layout.ext_slack[live]]
    folded = fold(compiled)
    return State(
        compiled=compiled,
        fold=folded,
        places=places,
        taps=tap_places(changers, compiled),
        alive=(load_bus >= 0).astype(float),
        bus_of_load=load_bus,
        sources=sources,
        ext_slack=layout.ext_slack,
        ext_share=layout.ext_share,
        ext_other=ext_other,
        layout=layout,
        slack_entries=_slack_entries(compiled, sources),
        ends=layout.ends,
        others=layout.others,
        scales=layout.scales,
        active=_active(compiled, places, load_bus, ext_bus),
        elimination=None if compiled.rules else eliminate(folded),
    )


def _compile(net: Any) -> tuple[Compiled, Places, Ends]:
    """Compile a net with the places of its elements and what turns their currents into percent."""
    try:
        compiled = compile_net(net)
        return compiled, branch_places(net, compiled), loading_scales(net, compiled)
    except NoSource:
        none = np.zeros(0)
        dead = [np.full(n, -1, dtype=np.intp) for n in (len(net.line), len(net.trafo), 3 * len(net.trafo3w))]
        places = Places(dead[0], dead[1], dead[2].reshape(3, -1))
        return no_source(len(net.bus)), places, Ends(none, none)


def _layout(
    net: Any, compiled: Compiled, places: Places, scales: Ends, constants: Constants, asked: Mask
) -> Layout:
    """Return where quantities come from and go to; see `build_state`."""
    load_bus, ext_bus = _bus_of(net, compiled, "load"), _bus_of(net, compiled, "ext_grid")
    sources = _sources(compiled)
    ext_share, supplies, given_mw = _shares(net, compiled, ext_bus, sources)
    slack_of = [int((sources == bus).argmax()) if bus >= 0 else 0 for bus in ext_bus]
    flags = {table: in_service(net, table) for table in dict.fromkeys(constants.table)}
    return Layout(
        ends=np.concatenate([compiled.f, compiled.t]),
        others=np.concatenate([compiled.t, compiled.f]),
        scales=np.concatenate([scales.from_, scales.to]),
        gather=_gather(compiled, places, load_bus, len(ext_bus)),
        trafo3w=places.trafo3w,
        trafos=len(places.trafo),
        ref=sources,
        ref_other=compiled.fixed[sources] * compiled.base_mva,
        ref_drawn=compiled.rules.drawn[sources] * compiled.base_mva,
        ref_supplies=supplies,
        ext_slack=np.array(slack_of, dtype=np.intp),
        ext_share=ext_share,
        load_bus=load_bus,
        constant_bus=constants.places(compiled.bus, flags),
        constant_mw=constants.drawn_mw,
        constant_asked=asked,
        constant_follows=constants.follows,
        constant_link=constants.link,
        given_mw=given_mw,
        shunt=compiled.shunt,
        base_mva=compiled.base_mva,
    )


def _bus_of(net: Any, compiled: Compiled, table: str) -> Index:
    """Return the internal bus of each element of a table, -1 where dead or out of service."""
    return np.where(in_service(net, table), compiled.bus[bus_rows(net, table)], -1)


def _sources(compiled: Compiled) -> Index:
    """Return the slack buses, and those that share the slack: their supply comes out of the solution."""
    return np.union1d(compiled.ref, np.flatnonzero(compiled.rules.slack_weights)).astype(np.intp)


def _shares(net: Any, compiled: Compiled, ext_bus: Index, sources: Index) -> tuple[Vector, Vector, float]:
    """Return who makes up what a source's bus is short of, by the slack weights of its elements.

    Returns
    -------
    ext_share
        Part of its bus's that each external grid takes, 0 where out of service or dead.
    supplies
        Part of each source's that external grids and slack generators take.
    given_mw
        What slack generators are to give beside it.
    """
    gen_bus = _bus_of(net, compiled, "gen")
    slack = net.gen.slack.to_numpy(dtype=bool) if "slack" in net.gen else np.zeros(len(gen_bus), dtype=bool)
    weight = (
        net.gen.slack_weight.to_numpy(dtype=float) if "slack_weight" in net.gen else np.zeros(len(gen_bus))
    )
    takes = slack | ((weight != 0.0) if len(compiled.rules.slack_weights) else False)
    gen_bus = np.where(takes, gen_bus, -1)
    bus = np.concatenate([ext_bus, gen_bus]).astype(np.intp)
    weight = np.concatenate([net.ext_grid.slack_weight.to_numpy(dtype=float), weight])
    live = bus >= 0
    size = len(compiled.start)
    total, count = np.zeros(size), np.zeros(size)
    np.add.at(total, bus[live], weight[live])
    np.add.at(count, bus[live], 1.0)
    share = np.zeros(len(bus))
    with np.errstate(divide="ignore", invalid="ignore"):
        share[live] = np.where(
            total[bus[live]] > 0.0, weight[live] / total[bus[live]], 1.0 / count[bus[live]]
        )
    of_supply = np.concatenate([np.ones(len(ext_bus), dtype=bool), slack]) & live
    supplies = np.zeros(size)
    np.add.at(supplies, bus[of_supply], share[of_supply])
    p_mw = (net.gen.p_mw * net.gen.scaling).to_numpy(dtype=float)
    return share[: len(ext_bus)], supplies[sources], float(p_mw[slack & (gen_bus >= 0)].sum())


def rated_branches(
    state: State, names: Mapping[str, Sequence[str]], emergency_factor: float
) -> tuple[list[str], Vector]:
    """Return the address of each internal branch and what it may carry in an emergency, percent.

    Lines may carry their rating, transformers for some hours the factor over it.
    """
    places = state.places
    label = [""] * len(state.compiled.f)
    limit = np.full(len(label), np.inf)
    for table, rows, percent in (
        ("line", places.line[None, :], 100.0),
        ("trafo", places.trafo[None, :], 100.0 * emergency_factor),
        ("trafo3w", places.trafo3w, 100.0 * emergency_factor),
    ):
        for row in rows:
            for name, place in zip(names[table], row, strict=True):
                if place >= 0:
                    label[place], limit[place] = f"power/{name}", percent
    return label, limit


def bus_rows(net: Any, table: str) -> Index:
    """Return, per element of a table, the position of its bus in the bus table."""
    return np.asarray(net.bus.index.get_indexer(net[table].bus.to_numpy()), dtype=np.intp)


def matrices(state: State, changers: TapChangers, position: Index) -> Matrices:
    """Return the admittances of a state with its taps at a position."""
    net = state.compiled
    data, ends = net.ybus.data, np.stack([net.yff, net.yft, net.ytf, net.ytt], axis=-1)
    inner = state.taps.inner
    if len(inner):
        step = np.arange(len(changers)), position - changers.lowest
        now = changers.table[step].reshape(-1, 4)[state.taps.pick]
        data = data.copy()
        np.add.at(data, state.taps.entries.ravel(), (now - ends[inner]).ravel())
        ends[inner] = now
    slack = np.zeros((len(state.sources), len(net.start)), dtype=np.complex128)
    at, column, entry = state.slack_entries
    slack[at, column] = data[entry]
    return Matrices(
        newton=state.fold.matrix(data),
        data=data,
        own=np.concatenate([ends[:, 0], ends[:, 3]]),
        mutual=np.concatenate([ends[:, 1], ends[:, 2]]),
        slack=slack,
    )


def _slack_entries(net: Compiled, sources: Index) -> tuple[Index, Index, Index]:
    """Return which source, column and entry the sources' rows of the bus matrix have."""
    column = np.repeat(np.arange(net.ybus.shape[1]), np.diff(net.ybus.indptr))
    row_of = np.full(net.ybus.shape[0], -1, dtype=np.intp)
    row_of[sources] = np.arange(len(sources))
    entry = np.flatnonzero(row_of[net.ybus.indices] >= 0)
    return row_of[net.ybus.indices[entry]], column[entry], entry


def _gather(compiled: Compiled, places: Places, load_bus: Index, externals: int) -> Index:
    """Return where each reading stands in the pool, in the order of the signals.

    The pool is bus voltage, branch loading, power into and out of branches, and a zero, at which
    everything dead stands and what `measure` writes itself.
    """
    buses, branches = compiled.ybus.shape[0], len(compiled.f)
    zero = buses + 3 * branches

    def at(place: Index, start: int) -> Index:
        return np.where(place >= 0, place + start, zero)

    loading, into, out = buses, buses + branches, buses + 2 * branches
    asked = len(places.trafo) + places.trafo3w.shape[1] + externals
    own = np.full(2 * places.trafo3w.shape[1] + 2 * externals, zero, dtype=np.intp)
    return np.concatenate(
        [
            at(compiled.bus, 0),
            at(places.line, loading),
            at(places.line, into),
            at(places.trafo, loading),
            at(places.trafo, out),
            own,
            at(load_bus, 0),
            np.full(len(load_bus) + asked + WHOLE, zero, dtype=np.intp),
        ]
    )


def _active(compiled: Compiled, places: Places, load_bus: Index, ext_bus: Index) -> Mask:
    return np.concatenate(
        [
            compiled.bus >= 0,
            np.tile(places.line >= 0, 2),
            np.tile(places.trafo >= 0, 2),
            np.tile((places.trafo3w >= 0).all(axis=0), 2),
            np.tile(ext_bus >= 0, 2),
            np.tile(load_bus >= 0, 2),
            places.trafo >= 0,
            (places.trafo3w >= 0).all(axis=0),
            ext_bus >= 0,
            np.ones(WHOLE, dtype=bool),
        ]
    )
