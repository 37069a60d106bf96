"""A pandapower net, compiled once per switching state into the vectors a load flow needs.

pandapower builds the admittances (with its own accuracy: fused buses, open line switches, islands);
everything after that is NumPy.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from twin.networks.base import Mask, Vector
from twin.networks.power_convert import convert, has_source
from twin.networks.power_elements import CONSUMERS, consumer_powers

Complex = NDArray[np.complex128]
Index = NDArray[np.intp]

BRANCH_TABLES = ("line", "trafo", "trafo3w")
TABLES = ("bus", *BRANCH_TABLES, *CONSUMERS, "gen", "sgen", "asymmetric_sgen", "ext_grid", "switch")


def asset_names(net: Any) -> dict[str, list[str]]:
    """Return each element's name by table: its own if it is unique, ``load-3`` otherwise."""
    given = [str(name) for table in TABLES for name in net[table].get("name", ()) if _named(name)]
    once = {name for name, times in Counter(given).items() if times == 1}
    return {
        table: [
            str(name) if _named(name) and str(name) in once else f"{table}-{index}"
            for index, name in zip(
                net[table].index, net[table].get("name", [None] * len(net[table])), strict=True
            )
        ]
        for table in TABLES
    }


def _named(name: object) -> bool:
    return name is not None and name == name and str(name) not in ("", "None")


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
        A solution without load, to start from.
    shunt, susceptance
        Shunt conductance and susceptance of each internal bus, pu.
    beside
        Whether a generator that is no slack stands at each internal bus.
    least_mvar, most_mvar
        What generators at each internal bus may give; empty where limits are not enforced.
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
    beside: Mask
    least_mvar: Vector
    most_mvar: Vector


def compile_net(net: Any) -> Compiled:
    """Let pandapower build the admittances of the present switching state, without any consumer.

    Where no source is left, nothing is energised: no internal bus.
    """
    if not has_source(net):
        return _blackout(net)
    from pandapower.pypower.bustypes import bustypes
    from pandapower.pypower.idx_brch import F_BUS, T_BUS
    from pandapower.pypower.idx_bus import BASE_KV, BS, GS
    from pandapower.pypower.makeSbus import makeSbus
    from pandapower.pypower.makeYbus import branch_vectors, makeYbus

    _, inner = convert(net)
    base, branch = float(inner["baseMVA"]), np.real(inner["branch"])
    ytt, yff, yft, ytf = branch_vectors(inner["branch"], len(branch))
    ybus = makeYbus(base, inner["bus"], inner["branch"])[0]
    fixed = np.asarray(makeSbus(base, inner["bus"], inner["gen"]), dtype=np.complex128).copy()
    ref, pv, pq = bustypes(inner["bus"], inner["gen"])
    bus = _bus_index(net, len(inner["bus"]))
    least, most = _reactive_limits(net, inner)
    return Compiled(
        base_mva=base,
        ybus=_summed(ybus),
        fixed=fixed,
        ref=np.asarray(ref, dtype=np.intp),
        pv=np.asarray(pv, dtype=np.intp),
        pq=np.asarray(pq, dtype=np.intp),
        branch=np.flatnonzero(inner["internal"]["branch_is"]),
        f=branch[:, F_BUS].astype(np.intp),
        t=branch[:, T_BUS].astype(np.intp),
        yff=yff.astype(np.complex128),
        yft=yft.astype(np.complex128),
        ytf=ytf.astype(np.complex128),
        ytt=ytt.astype(np.complex128),
        base_kv=np.real(inner["bus"][:, BASE_KV]).copy(),
        bus=bus,
        start=_start(net, inner, bus),
        shunt=np.real(inner["bus"][:, GS]) / base,
        susceptance=np.real(inner["bus"][:, BS]) / base,
        beside=_beside(inner),
        least_mvar=least,
        most_mvar=most,
    )


def _beside(inner: dict[str, Any]) -> Mask:
    """Return whether a generator that is no slack stands at each bus."""
    from pandapower.pypower.idx_gen import GEN_BUS

    others = np.delete(inner["gen"], inner["internal"]["ref_gens"], axis=0)
    stands = np.zeros(len(inner["bus"]), dtype=bool)
    stands[others[:, GEN_BUS].astype(np.intp)] = True
    return stands


def _reactive_limits(net: Any, inner: dict[str, Any]) -> tuple[Vector, Vector]:
    """Return the least and the most Mvar that generators at each bus give together, if that is enforced."""
    from pandapower.pypower.idx_gen import GEN_BUS, QMAX, QMIN

    if not net._options["enforce_q_lims"]:
        return np.zeros(0), np.zeros(0)
    least, most = np.zeros((2, len(inner["bus"])))
    at = inner["gen"][:, GEN_BUS].astype(np.intp)
    np.add.at(least, at, inner["gen"][:, QMIN])
    np.add.at(most, at, inner["gen"][:, QMAX])
    return least, most


def _start(net: Any, inner: dict[str, Any], bus: Index) -> Complex:
    """Return where pandapower would start: its setpoints, angles by DC load flow at the file's own loads.

    A grid in which nothing but its supplies feeds starts from its solution without load.
    """
    from pandapower.pf.ppci_variables import _get_pf_variables_from_ppci
    from pandapower.pf.run_dc_pf import _run_dc_pf
    from pandapower.pypower.idx_bus import BUS_TYPE, PD, PV, QD

    table = inner["bus"]
    if not table[:, [PD, QD]].any() and not (table[:, BUS_TYPE] == PV).any():
        unloaded = _without_load(net, inner)
        if unloaded is not None:
            return unloaded
    if net._options["init_va_degree"] == "dc":
        for consumers in CONSUMERS:
            at = bus[bus_rows(net, consumers)]
            drawn = np.maximum(consumer_powers(net, consumers)[0], 0.0) * in_service(net, consumers)
            np.add.at(table[:, PD], at[at >= 0], drawn[at >= 0])
        inner = _run_dc_pf(inner)
    *_, start, _ = _get_pf_variables_from_ppci(inner)
    return np.asarray(start, dtype=np.complex128).copy()


def _without_load(net: Any, inner: dict[str, Any]) -> Complex | None:
    """Return the solution of a grid without any load or generator, if it has one."""
    from pandapower.pf.run_dc_pf import _run_dc_pf
    from pandapower.pf.run_newton_raphson_pf import _run_ac_pf_without_qlims_enforced
    from pandapower.pypower.idx_bus import BUS_TYPE, PQ, VM

    inner = deepcopy(inner)
    free = inner["bus"][:, BUS_TYPE] == PQ
    if not free.any():
        return None
    inner["bus"][free, VM] = 1.0
    solved, success, _ = _run_ac_pf_without_qlims_enforced(_run_dc_pf(inner), net._options)
    return np.asarray(solved["internal"]["V"], dtype=np.complex128).copy() if success else None


def _blackout(net: Any) -> Compiled:
    none, zero = np.zeros(0, dtype=np.intp), np.zeros(0)
    power = zero.astype(np.complex128)
    return Compiled(
        base_mva=1.0,
        ybus=csc_matrix((0, 0), dtype=np.complex128),
        fixed=power,
        ref=none,
        pv=none,
        pq=none,
        branch=none,
        f=none,
        t=none,
        yff=power,
        yft=power,
        ytf=power,
        ytt=power,
        base_kv=zero,
        bus=np.full(len(net.bus), -1, dtype=np.intp),
        start=power,
        shunt=zero,
        susceptance=zero,
        beside=np.zeros(0, dtype=bool),
        least_mvar=zero,
        most_mvar=zero,
    )


def _summed(matrix: Any) -> csc_matrix:
    out = csc_matrix(matrix, dtype=np.complex128)
    out.sum_duplicates()
    out.sort_indices()
    return out


def _bus_index(net: Any, energised: int) -> Index:
    """Return the internal bus of each bus; those that are not energised come after those that are."""
    lookup = net._pd2ppc_lookups["bus"][net.bus.index.to_numpy()]
    alive = (lookup >= 0) & (lookup < energised) & in_service(net, "bus")
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
    """Prepare the reduction of a compiled net, without buses that are dead."""
    size = net.ybus.shape[0]
    if not len(net.ref):
        return _folded_nothing()
    first, others = net.ref[0], net.ref[1:]
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
    return Fold(
        operator,
        (distinct % len(keep)).astype(np.int32),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        keep,
        (keep == first).astype(float),
        new[[first]].astype(np.int32),
        pv[pv >= 0].astype(np.int32),
        pq[pq >= 0].astype(np.int32),
    )


def _folded_nothing() -> Fold:
    none, few = np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.int32)
    operator = csr_matrix((0, 0), dtype=np.complex128)
    return Fold(operator, none, np.zeros(1, dtype=np.intp), none, np.zeros(0), few, few, few)


@dataclass(frozen=True, slots=True)
class Ends:
    """Scales branch currents to loading in percent of rating, per internal branch; 0 without a rating.

    ``loading = max(|i_from| from_, |i_to| to)`` per branch; a three-winding transformer's loading is the
    largest of its three.
    """

    from_: Vector
    to: Vector


def loading_scales(net: Any, compiled: Compiled) -> Ends:
    """Return what turns per-unit branch currents into loading, as pandapower defines it."""
    lookup = net._pd2ppc_lookups["branch"] if len(compiled.branch) else {}
    total = int(compiled.branch.max(initial=-1)) + 1
    total = max([total, *(stop for _, stop in lookup.values())])
    from_, to = np.zeros(total), np.zeros(total)
    if "line" in lookup:
        rows = slice(*lookup["line"])
        rated = net.line.max_i_ka * net.line.df * net.line.parallel
        from_[rows] = to[rows] = 100.0 / (np.sqrt(3.0) * _rating(rated))
    if "trafo" in lookup:
        rows = slice(*lookup["trafo"])
        rated = _rating(net.trafo.sn_mva * net.trafo.df * net.trafo.parallel)
        from_[rows] = 100.0 * net.trafo.vn_hv_kv.to_numpy() / rated
        to[rows] = 100.0 * net.trafo.vn_lv_kv.to_numpy() / rated
    if "trafo3w" in lookup:
        start, count, table = lookup["trafo3w"][0], len(net.trafo3w), net.trafo3w
        for i, side in enumerate(("hv", "mv", "lv")):
            rows = slice(start + i * count, start + (i + 1) * count)
            scale = 100.0 * table[f"vn_{side}_kv"].to_numpy() / _rating(table[f"sn_{side}_mva"])
            (from_ if side == "hv" else to)[rows] = scale
    amps = compiled.base_mva / compiled.base_kv
    return Ends(from_[compiled.branch] * amps[compiled.f], to[compiled.branch] * amps[compiled.t])


def _rating(column: Any) -> Vector:
    """Return ratings, infinite where there is none."""
    values = column.to_numpy(dtype=float)
    return np.where(np.isfinite(values) & (values > 0.0), values, np.inf)


@dataclass(frozen=True, slots=True)
class Places:
    """Where each element's branches stand among the internal ones, -1 where out of service."""

    line: Index
    trafo: Index
    trafo3w: NDArray[np.intp]


def branch_places(net: Any, compiled: Compiled) -> Places:
    """Return the internal branches of lines, transformers and the three windings, shape (3, n)."""
    lookup: Mapping[str, Sequence[int]] = net._pd2ppc_lookups["branch"] if len(compiled.branch) else {}
    inner = {row: i for i, row in enumerate(compiled.branch)}

    def places(table: str, count: int) -> Index:
        start = lookup.get(table, (0, 0))[0]
        return np.array([inner.get(start + i, -1) for i in range(count)], dtype=np.intp)

    return Places(
        places("line", len(net.line)),
        places("trafo", len(net.trafo)),
        places("trafo3w", 3 * len(net.trafo3w)).reshape(3, -1),
    )


def bus_rows(net: Any, table: str) -> Index:
    """Return, per element of a table, the position of its bus in the bus table."""
    return np.asarray(net.bus.index.get_indexer(net[table].bus.to_numpy()), dtype=np.intp)


def in_service(net: Any, table: str) -> Mask:
    """Return the in-service flags of a table."""
    return np.asarray(net[table].in_service.to_numpy(), dtype=bool)
