"""What a load flow obeys beside Kirchhoff's laws: reactive limits, loads that follow voltage, a shared slack.

All three as pandapower defines them. Grids without them, the common case, pay nothing for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from twin.utilities.base import Vector

Complex = NDArray[np.complex128]
Index = NDArray[np.intp]
AnyIndex = NDArray[np.signedinteger]
Newton = Callable[[csc_matrix, Complex, AnyIndex, AnyIndex], Complex | None]

_ROUNDS = 200
_STILL_PU = 1e-10
_NO_RULE: Vector = np.zeros((0, 0))


class Balance(NamedTuple):
    """What a load flow has to balance.

    Attributes
    ----------
    matrix, keep, pv, pq
        Admittances of the kept buses; which these are; which of them hold their voltage and which do not.
    fixed, load
        What is injected and what loads draw at 1 pu at all buses, pu.
    """

    matrix: csc_matrix
    keep: Index
    pv: AnyIndex
    pq: AnyIndex
    fixed: Complex
    load: Complex


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one switching state; an empty array is a rule that the file does not have.

    Attributes
    ----------
    q_limits
        Least and most reactive power of the generators at each internal bus, pu, shape (2, buses).
    one_by_one
        Whether only the worst generator beyond its limits is fixed at a time.
    follow
        Parts of MW (then of Mvar) at each internal bus that go with the voltage and with its square,
        shape (4, buses).
    drawn
        Power of what is no load of the file's load table at each internal bus, pu; it follows too.
    slack_weights
        Share of the mismatch that each internal bus takes.
    """

    q_limits: Vector
    one_by_one: bool
    follow: Vector
    drawn: Complex
    slack_weights: Vector

    def __bool__(self) -> bool:
        return bool(self.q_limits.size or self.follow.size)

    def factors(self, magnitude: Vector) -> Vector:
        """Return what MW and Mvar at each bus are multiplied by at some voltages, shape (2, buses)."""
        if not self.follow.size:
            return np.ones((2, len(magnitude)))
        return np.asarray(self.injected(magnitude) + self.follow[[1, 3]] * magnitude**2)

    def injected(self, magnitude: Vector) -> Vector:
        """Return the factors without what goes with the square, which admittances take exactly."""
        if not self.follow.size:
            return np.ones((2, len(magnitude)))
        linear, square = self.follow[[0, 2]], self.follow[[1, 3]]
        return np.asarray(1.0 - linear - square + linear * magnitude)

    def with_impedances(self, matrix: csc_matrix, power: Complex) -> csc_matrix:
        """Return bus admittances with the part of power at 1 pu that goes with the square of the voltage."""
        if not self.follow.size:
            return matrix
        whole = matrix.copy()
        whole.setdiag(matrix.diagonal() + np.conj(power))
        return whole

    def beyond_limits(self, made: Vector, at: Index) -> tuple[Index, Vector]:
        """Return which generators at some buses are beyond what they can make, and what they are held at."""
        if not self.q_limits.size or not len(at):
            return np.zeros(0, dtype=np.intp), np.zeros(0)
        least, most = self.q_limits[:, at]
        over = np.maximum(made - most, least - made)
        wrong = np.flatnonzero(over > 0.0)
        if self.one_by_one and len(wrong):
            wrong = wrong[[over[wrong].argmax()]]
        return wrong, np.clip(made, least, most)[wrong]


NO_RULES = Rules(_NO_RULE, False, _NO_RULE, np.zeros(0, dtype=np.complex128), np.zeros(0))


def read_rules(net: Any, inner: dict[str, Any], drawn_mva: Complex) -> Rules:
    """Read the rules of a net whose internal tables were just built."""
    from pandapower.pypower.idx_bus import CID_P, CID_Q, CZD_P, CZD_Q, SL_FAC
    from pandapower.pypower.idx_gen import GEN_BUS, QMAX, QMIN

    options, bus, gen, base = net._options, inner["bus"], inner["gen"], float(inner["baseMVA"])
    limits, follow, weights = _NO_RULE, _NO_RULE, np.zeros(0)
    if options["enforce_q_lims"]:
        limits = np.zeros((2, len(bus)))
        at = gen[:, GEN_BUS].astype(np.intp)
        for limit, column in zip(limits, (QMIN, QMAX), strict=True):
            np.add.at(limit, at, gen[:, column] / base)
    if options["voltage_depend_loads"]:
        follow = np.ascontiguousarray(bus[:, [CID_P, CZD_P, CID_Q, CZD_Q]].T)
    if options["distributed_slack"]:
        weights = bus[:, SL_FAC].copy()
    return Rules(limits, bool(options["enforce_q_lims"] == 2), follow, drawn_mva / base, weights)


def obey(rules: Rules, newton: Newton, balance: Balance, magnitude: Vector) -> tuple[Complex | None, Vector]:
    """Solve until loads fit their voltages and generators keep within their reactive limits.

    A generator beyond a limit is held at it and no longer holds its voltage, for this solution.

    Parameters
    ----------
    newton
        Solves for admittances of and injections at the kept buses; None if there is no solution.
    magnitude
        Voltages to begin with, at all buses.

    Returns
    -------
    found, factors
        Voltages at the kept buses; what loads are multiplied by at all buses.
    """
    matrix, keep, pv, pq, fixed, load = balance
    factors, magnitude = rules.injected(magnitude), magnitude.copy()
    reactive = np.zeros(len(fixed))
    drawn = rules.drawn if rules.follow.size else np.zeros(len(fixed), dtype=np.complex128)
    square = rules.follow[[1, 3]] if rules.follow.size else factors
    matrix = rules.with_impedances(matrix, times(load + drawn, square)[keep])
    for _ in range(_ROUNDS):
        power = fixed + drawn - times(load + drawn, factors) + 1j * reactive
        found = newton(matrix, power[keep], pv, pq)
        if found is None:
            return None, factors
        magnitude[keep] = np.abs(found)
        before, factors = factors, rules.injected(magnitude)
        if np.abs(times(load + drawn, factors - before)).max(initial=0.0) > _STILL_PU:
            continue
        injected, at = (found * np.conj(matrix @ found))[pv].imag, keep[pv]
        wrong, limit = rules.beyond_limits(injected - (power[at].imag - reactive[at]), at)
        if not len(wrong):
            return found, rules.factors(magnitude)
        reactive[at[wrong]] = limit
        pq = np.concatenate([pq, pv[wrong]])
        pv = np.delete(pv, wrong)
    return None, factors


def times(power: Complex, factors: Vector) -> Complex:
    """Return power with its MW and Mvar multiplied by factors of shape (2, buses)."""
    return np.asarray(power.real * factors[0] + 1j * power.imag * factors[1])
