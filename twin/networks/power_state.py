"""One switching state of a grid with everything that depends on it, and its matrices at tap positions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csc_matrix

from twin.networks.base import Mask, Vector
from twin.networks.power_compile import (
    Compiled,
    Complex,
    Ends,
    Fold,
    Index,
    Places,
    branch_places,
    bus_rows,
    compile_net,
    fold,
    in_service,
    loading_scales,
)
from twin.networks.power_elements import CONSUMERS, WHOLE
from twin.networks.power_feeds import Feeds, fed_in
from twin.networks.power_measure import Layout
from twin.networks.power_taps import TapChangers, TapPlaces, tap_places


@dataclass(frozen=True, slots=True)
class State:
    """One compiled switching state.

    Attributes
    ----------
    alive
        1 for each load in service at an energised bus, else 0.
    bus_of_load
        Internal bus of each load, -1 where dead.
    ext_slack
        Which slack bus each external grid stands at; any where out of service or dead.
    ext_share
        Part of its bus's supply that each external grid takes, 0 where out of service or dead.
    ext_other
        What else is injected at the external grids' buses, MVA.
    layout
        What `power_measure.measure` takes.
    slack_entries
        Places of the slack buses' rows in the bus matrix: which slack bus, column, entry.
    ends, others
        Internal buses of the branches' ends, all from, then all to; and of the ends opposite.
    scales
        Turns currents at these ends into loading in percent.
    active
        Per signal, whether its element is in service and energised.
    """

    compiled: Compiled
    fold: Fold
    places: Places
    taps: TapPlaces
    alive: Vector
    bus_of_load: Index
    ext_slack: Index
    ext_share: Vector
    ext_other: Complex
    layout: Layout
    slack_entries: tuple[Index, Index, Index]
    ends: Index
    others: Index
    scales: Vector
    active: Mask


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
        Rows of the slack buses, dense.
    data
        Entries of the bus matrix, in the order of the compiled one's.
    """

    newton: csc_matrix
    data: Complex
    own: Complex
    mutual: Complex
    slack: Complex


def build_state(net: Any, changers: TapChangers) -> State:
    """Compile the present switching state of a net."""
    compiled = compile_net(net)
    load_bus = np.concatenate([_live_buses(net, table, compiled) for table in CONSUMERS])
    ext_bus = _live_buses(net, "ext_grid", compiled)
    places = branch_places(net, compiled)
    scales: Ends = loading_scales(net, compiled)
    feeds = fed_in(net, compiled)
    layout = Layout(
        ends=np.concatenate([compiled.f, compiled.t]),
        others=np.concatenate([compiled.t, compiled.f]),
        scales=np.concatenate([scales.from_, scales.to]),
        gather=_gather(compiled, places, load_bus, len(ext_bus)),
        trafo3w=places.trafo3w,
        trafos=len(places.trafo),
        ref=compiled.ref,
        ext_slack=np.array([_place(compiled.ref, bus) for bus in ext_bus], dtype=np.intp),
        ext_share=_ext_shares(net, ext_bus, feeds),
        ext_other=np.where(ext_bus >= 0, _at(compiled.fixed, ext_bus) * compiled.base_mva, 0.0),
        ref_other=compiled.fixed[compiled.ref] * compiled.base_mva - feeds.slack_mw[compiled.ref],
        alive=(load_bus >= 0).astype(float),
        shunt=compiled.shunt,
        base_mva=compiled.base_mva,
        fed_mw=feeds.fed_mw,
        drawn_mw=feeds.drawn_mw,
        lost_mw=feeds.lost_mw,
    )
    return State(
        compiled=compiled,
        fold=fold(compiled),
        places=places,
        taps=tap_places(changers, compiled),
        alive=layout.alive,
        bus_of_load=load_bus,
        ext_slack=layout.ext_slack,
        ext_share=layout.ext_share,
        ext_other=layout.ext_other,
        layout=layout,
        slack_entries=_slack_entries(compiled),
        ends=layout.ends,
        others=layout.others,
        scales=layout.scales,
        active=_active(compiled, places, load_bus, ext_bus, scales),
    )


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
    slack = np.zeros((len(net.ref), len(net.start)), dtype=np.complex128)
    at, column, entry = state.slack_entries
    slack[at, column] = data[entry]
    return Matrices(
        newton=state.fold.matrix(data),
        data=data,
        own=np.concatenate([ends[:, 0], ends[:, 3]]),
        mutual=np.concatenate([ends[:, 1], ends[:, 2]]),
        slack=slack,
    )


def _slack_entries(net: Compiled) -> tuple[Index, Index, Index]:
    """Return which slack bus, column and entry the slack buses' rows of the bus matrix have."""
    column = np.repeat(np.arange(net.ybus.shape[1]), np.diff(net.ybus.indptr))
    row_of = np.full(net.ybus.shape[0], -1, dtype=np.intp)
    row_of[net.ref] = np.arange(len(net.ref))
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


def _active(compiled: Compiled, places: Places, load_bus: Index, ext_bus: Index, scales: Ends) -> Mask:
    rated = np.append(scales.from_ > 0.0, False)[places.line]  # the last for those out of service
    return np.concatenate(
        [
            compiled.bus >= 0,
            rated,
            places.line >= 0,
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


def _live_buses(net: Any, table: str, compiled: Compiled) -> Index:
    """Return the internal bus of each row of a table, -1 where out of service or dead."""
    return np.where(in_service(net, table), compiled.bus[bus_rows(net, table)], -1)


def _place(ref: Index, bus: int) -> int:
    """Return which slack bus a bus is; any for none."""
    return int((ref == bus).argmax()) if len(ref) else 0


def _at(values: Complex, buses: Index) -> Complex:
    return values[buses] if len(values) else np.zeros(len(buses), dtype=np.complex128)


def _ext_shares(net: Any, ext_bus: Index, feeds: Feeds) -> Vector:
    """Return what part of its bus's supply each external grid takes, slack generators beside it included."""
    weight = net.ext_grid.slack_weight.to_numpy(dtype=float)
    shares = np.zeros(len(ext_bus))
    for i, bus in enumerate(ext_bus):
        if bus >= 0:
            whole = weight[ext_bus == bus].sum() + feeds.slack_weight[bus]
            count = np.count_nonzero(ext_bus == bus) + feeds.slack_count[bus]
            shares[i] = weight[i] / whole if whole > 0.0 else 1.0 / count
    return shares
