"""A pandapower net, compiled once per switching state into the vectors a load flow needs.

pandapower builds the admittances (with its own accuracy: fused buses, open line switches, islands);
everything after that is NumPy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from twin.utilities.base import Mask, Vector
from twin.utilities.power.internal_tables import has_source, internal, quiet
from twin.utilities.power.rules import NO_RULES, Complex, Index, Rules, read_rules

BRANCH_TABLES = ("line", "trafo", "trafo3w")


class NoSource(Exception):
    """No external grid and no generator that holds the frequency is in service: a blackout."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One switching state.

    Attributes
    ----------
    ybus
        Bus admittances, pu, at the tap positions of `pandapower` when it was compiled.
    fixed
        Injections that are not loads, pu.
    branch
        Rows of pandapower's branch table in service, by row of the internal one.
    f, t, yff, yft, ytf, ytt
        Ends and admittances of the internal branches.
    bus
        Internal bus of each bus of the net, -1 where dead.
    start
        Where Newton starts; voltages that are held as they are held.
    shunt, susceptance
        Shunt conductance and susceptance of each internal bus, pu.
    rules
        Reactive limits, loads that depend on voltage and shares of the slack, where the file has any.
    """

    base_mva: float
    ybus: csc_matrix
    fixed: Complex
    ref: Index
    pv: Index
    pq: Index
    branch: Index
    f: Index
    t: Index
    yff: Complex
    yft: Complex
    ytf: Complex
    ytt: Complex
    base_kv: Vector
    bus: Index
    start: Complex
    shunt: Vector
    susceptance: Vector
    rules: Rules


def compile_net(net: Any) -> Compiled:
    """Let pandapower build the admittances of the present switching state; nothing is solved.

    Raises
    ------
    NoSource
        If nothing that is in service holds the frequency.
    """
    from pandapower.pypower.bustypes import bustypes
    from pandapower.pypower.idx_brch import F_BUS, T_BUS
    from pandapower.pypower.idx_bus import BASE_KV, BS, GS, PD, QD
    from pandapower.pypower.makeSbus import makeSbus
    from pandapower.pypower.makeYbus import branch_vectors, makeYbus

    if not has_source(net):
        raise NoSource
    loads = net.load[["p_mw", "q_mvar"]].copy()
    net.load[["p_mw", "q_mvar"]] = 0.0
    try:
        inner = internal(net)[1]
    except UserWarning as error:
        if "No reference bus" in str(error):
            raise NoSource from error
        raise
    finally:
        net.load[["p_mw", "q_mvar"]] = loads
    base, bus, gen = float(inner["baseMVA"]), inner["bus"], inner["gen"]
    branch = np.real(inner["branch"])
    buses = _bus_index(net, len(bus))
    with quiet():
        ytt, yff, yft, ytf = branch_vectors(inner["branch"], len(branch))
        ybus = _summed(makeYbus(base, bus, inner["branch"])[0])
        fixed = np.asarray(makeSbus(base, bus, gen), dtype=np.complex128)
    ref, pv, pq = (np.asarray(kind, dtype=np.intp) for kind in bustypes(bus, gen))
    drawn = bus[:, PD] + 1j * bus[:, QD]
    return Compiled(
        base_mva=base,
        ybus=ybus,
        fixed=fixed,
        ref=ref,
        pv=pv,
        pq=pq,
        branch=np.flatnonzero(inner["internal"]["branch_is"]),
        f=branch[:, F_BUS].astype(np.intp),
        t=branch[:, T_BUS].astype(np.intp),
        yff=yff.astype(np.complex128),
        yft=yft.astype(np.complex128),
        ytf=ytf.astype(np.complex128),
        ytt=ytt.astype(np.complex128),
        base_kv=np.real(bus[:, BASE_KV]).copy(),
        bus=buses,
        start=_start(net, inner, loads, buses),
        shunt=np.real(bus[:, GS]) / base,
        susceptance=np.real(bus[:, BS]) / base,
        rules=read_rules(net, inner, drawn),
    )


def no_source(buses: int) -> Compiled:
    """Return the compiled net of a blackout: no bus is energised."""
    none, nowhere, zero = np.zeros(0), np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.complex128)
    return Compiled(
        base_mva=1.0,
        ybus=csc_matrix((0, 0), dtype=np.complex128),
        fixed=zero,
        ref=nowhere,
        pv=nowhere,
        pq=nowhere,
        branch=nowhere,
        f=nowhere,
        t=nowhere,
        yff=zero,
        yft=zero,
        ytf=zero,
        ytt=zero,
        base_kv=none,
        bus=np.full(buses, -1, dtype=np.intp),
        start=zero,
        shunt=none,
        susceptance=none,
        rules=NO_RULES,
    )


def _start(net: Any, inner: dict[str, Any], loads: Any, buses: Index) -> Complex:
    """Return where `runpp` would start: voltages held, elsewhere their mean, angles of the DC flow."""
    from pandapower.pf.run_dc_pf import _run_dc_pf
    from pandapower.pypower.idx_bus import PD, VA, VM
    from pandapower.pypower.idx_gen import GEN_BUS, VG

    tables = {**inner, "bus": inner["bus"].copy(), "gen": inner["gen"].copy()}
    at = buses[net.bus.index.get_indexer(net.load.bus.to_numpy())]
    mw = (loads.p_mw * net.load.scaling * net.load.in_service).to_numpy(dtype=float)
    np.add.at(tables["bus"][:, PD], at[at >= 0], mw[at >= 0])
    with quiet():
        angles = _run_dc_pf(tables, None)["bus"][:, VA]
    angles = np.where(np.isfinite(angles), angles, inner["bus"][:, VA])
    v: Complex = inner["bus"][:, VM] * np.exp(1j * np.deg2rad(angles))
    held = inner["gen"][:, GEN_BUS].astype(np.intp)
    v[held] *= inner["gen"][:, VG] / np.abs(v[held])
    return v


def _summed(matrix: Any) -> csc_matrix:
    out = csc_matrix(matrix, dtype=np.complex128)
    out.sum_duplicates()
    out.sort_indices()
    return out


def _bus_index(net: Any, count: int) -> Index:
    lookup = net._pd2ppc_lookups["bus"][net.bus.index.to_numpy()]
    alive = in_service(net, "bus") & (lookup >= 0) & (lookup < count)
    return np.where(alive, lookup, -1).astype(np.intp)


@dataclass(frozen=True, slots=True)
class Fold:
    """Reduces a grid with several slack buses to one with a single slack, exactly.

    A known slack voltage is a constant: ``Y[:, r0] += (V_k / V_r0) Y[:, k]``, then row and column k go.
    """

    operator: csr_matrix
    indices: Index
    indptr: Index
    keep: Index
    weights: Vector
    ref: NDArray[np.int32]
    pv: NDArray[np.int32]
    pq: NDArray[np.int32]

    def matrix(self, data: Complex) -> csc_matrix:
        """Return the reduced admittances for the entries of the full ones."""
        size = len(self.keep)
        return csc_matrix((self.operator @ data, self.indices, self.indptr), shape=(size, size))


def fold(net: Compiled, dead: Index | None = None) -> Fold:
    """Prepare the reduction of a compiled net, without buses that are dead.

    Where the slack is shared, nothing is reduced: one bus holds the angle, all that share hold their voltage.
    """
    size = net.ybus.shape[0]
    if not size:
        none, no = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.intp)
        return Fold(csr_matrix((0, 0)), no, np.zeros(1, dtype=np.intp), no, np.zeros(0), none, none, none)
    shared = len(net.rules.slack_weights) > 0
    first, others = net.ref[0], net.ref[1:][: 0 if shared else None]
    gone = others if dead is None else np.concatenate([others, dead])
    kept = np.ones(size, dtype=bool)
    kept[gone] = False
    keep = np.flatnonzero(kept)
    new = np.full(size, -1, dtype=np.intp)
    new[keep] = np.arange(len(keep))
    columns = np.repeat(np.arange(size), np.diff(net.ybus.indptr))
    rows = net.ybus.indices
    factor = np.ones(len(rows), dtype=np.complex128)
    other = np.zeros(size, dtype=bool)
    other[others] = True
    is_other = other[columns]
    factor[is_other] = net.start[columns[is_other]] / net.start[first]
    target_column = np.where(is_other, new[first], new[columns])
    used = (new[rows] >= 0) & (target_column >= 0)
    slots = target_column[used] * len(keep) + new[rows[used]]
    distinct, slot = np.unique(slots, return_inverse=True)
    entries = np.flatnonzero(used)
    order = np.argsort(slot, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(slot, minlength=len(distinct)))])
    operator = csr_matrix((factor[entries][order], entries[order], starts), shape=(len(distinct), len(rows)))
    counts = np.bincount(distinct // len(keep), minlength=len(keep))
    pv, pq = new[net.pv], new[net.pq]
    weights, ref = (keep == first).astype(float), new[[first]]
    if shared:
        weights = net.rules.slack_weights[keep]
        sharing = np.flatnonzero(net.rules.slack_weights > 0.0)
        ref = new[np.concatenate([[first], sharing[sharing != first]])]
        ref = ref[ref >= 0]
        pv = np.setdiff1d(np.concatenate([pv, new[net.ref]]), ref)
        pq = np.setdiff1d(pq, ref)
    return Fold(
        operator,
        (distinct % len(keep)).astype(np.int32),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        keep,
        weights,
        ref.astype(np.int32),
        pv[pv >= 0].astype(np.int32),
        pq[pq >= 0].astype(np.int32),
    )


@dataclass(frozen=True, slots=True)
class Ends:
    """Scales branch currents to loading in percent of rating, per internal branch.

    ``loading = max(|i_from| from_, |i_to| to)`` per branch; a three-winding transformer's loading is the
    largest of its three.
    """

    from_: Vector
    to: Vector


def loading_scales(net: Any, compiled: Compiled) -> Ends:
    """Return what turns per-unit branch currents into loading, as pandapower defines it."""
    lookup = net._pd2ppc_lookups["branch"]
    total = int(compiled.branch.max(initial=-1)) + 1
    total = max([total, *(stop for _, stop in lookup.values())])
    from_, to = np.zeros(total), np.zeros(total)
    if "line" in lookup:
        rows = slice(*lookup["line"])
        rated = net.line.max_i_ka * net.line.df * net.line.parallel
        from_[rows] = to[rows] = _over(100.0 / np.sqrt(3.0), rated)
    if "trafo" in lookup:
        rows = slice(*lookup["trafo"])
        rated = net.trafo.sn_mva * net.trafo.df * net.trafo.parallel
        from_[rows] = _over(100.0 * net.trafo.vn_hv_kv, rated)
        to[rows] = _over(100.0 * net.trafo.vn_lv_kv, rated)
    if "trafo3w" in lookup:
        start, count, table = lookup["trafo3w"][0], len(net.trafo3w), net.trafo3w
        for i, side in enumerate(("hv", "mv", "lv")):
            rows = slice(start + i * count, start + (i + 1) * count)
            scale = _over(100.0 * table[f"vn_{side}_kv"], table[f"sn_{side}_mva"])
            (from_ if side == "hv" else to)[rows] = scale
    amps = compiled.base_mva / compiled.base_kv
    return Ends(from_[compiled.branch] * amps[compiled.f], to[compiled.branch] * amps[compiled.t])


def _over(volts: Any, rated: Any) -> Vector:
    """Return what currents are scaled by; 0 where there is no rating, so that no loading is told."""
    rating = rated.to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(rating > 0.0, np.asarray(volts, dtype=float) / rating, 0.0))


@dataclass(frozen=True, slots=True)
class Places:
    """Where each element's branches stand among the internal ones, -1 where out of service."""

    line: Index
    trafo: Index
    trafo3w: NDArray[np.intp]


def branch_places(net: Any, compiled: Compiled) -> Places:
    """Return the internal branches of lines, transformers and the three windings, shape (3, n)."""
    lookup: Mapping[str, Sequence[int]] = net._pd2ppc_lookups["branch"]
    inner = {row: i for i, row in enumerate(compiled.branch)}

    def places(table: str, count: int) -> Index:
        start = lookup.get(table, (0, 0))[0]
        return np.array([inner.get(start + i, -1) for i in range(count)], dtype=np.intp)

    return Places(
        places("line", len(net.line)),
        places("trafo", len(net.trafo)),
        places("trafo3w", 3 * len(net.trafo3w)).reshape(3, -1),
    )


def in_service(net: Any, table: str) -> Mask:
    """Return the in-service flags of a table."""
    return np.asarray(net[table].in_service.to_numpy(), dtype=bool)
