"""Money of the works: what a site earns its builder month by month, who pays it, and what is owed.

Months are counted as ``12 * year + month - 1``; a fraction is the part of the month that has passed.
All cash of a month flows at its end. The page that users read is ``docs/orders.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import ceil, inf
from typing import Literal, NamedTuple

import numpy as np

from twin.scenario.works import Instrument
from twin.utilities.base import Vector

_MONTHS = 12


class Schedule(NamedTuple):
    """Payments of a loan by period; `principal + interest` is what is paid, `balance` what stays."""

    principal: Vector
    interest: Vector
    balance: Vector


def repayment(
    loan: float, rate: float, payments: int, kind: Literal["equal principal", "annuity"], grace: int = 0
) -> Schedule:
    """Return the repayment of a loan.

    Parameters
    ----------
    loan
        Borrowed amount.
    rate
        Interest per period.
    payments
        Periods, grace included.
    grace
        First periods in which interest alone is paid.
    """
    repaying = payments - grace
    if kind == "equal principal" or rate == 0.0:
        parts = np.full(repaying, loan / repaying)
    else:
        # annuity: principal grows by the rate from payment to payment
        first = loan * rate / ((1.0 + rate) ** repaying - 1.0)
        parts = first * (1.0 + rate) ** np.arange(repaying)
    principal = np.concatenate([np.zeros(grace), parts])
    balance = loan - np.cumsum(principal)
    before = np.concatenate([[loan], balance[:-1]])
    return Schedule(principal, before * rate, balance)


def earned(share_of_time: Vector) -> Vector:
    """Return the share of a price that is earned: an S-curve, slow at both ends, ``3 t^2 - 2 t^3``."""
    t = np.clip(share_of_time, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def works_by_month(price: float, signed: float, ready: float) -> Vector:
    """Return what is earned in each month from that of the contract to that of readiness."""
    first = int(signed)
    edges = np.arange(first, max(first + 1, ceil(ready)) + 1, dtype=float)
    if ready <= signed:
        return np.array([price])
    return np.asarray(price * np.diff(earned((edges - signed) / (ready - signed))))


@dataclass(frozen=True, slots=True)
class Contract:
    """One site's works; times in months, amounts in any one unit.

    Attributes
    ----------
    price
        In money of the contract's date.
    signed, ready
        Works run from one to the other.
    planned_ready
        When the contract says.
    commissioned
        `inf` if it is not known.
    """

    price: float
    signed: float
    ready: float
    planned_ready: float
    commissioned: float


@dataclass(frozen=True, slots=True)
class Flows:
    """Cash by month from `first` on.

    Attributes
    ----------
    works
        What the contractor earns.
    own
        What is paid at once: own budget, grant, gas company, advance.
    drawn
        Borrowed or financed by the contractor, interest before the anchor included.
    interest, principal, fees
        Paid.
    damages
        Received from the contractor.
    liability
        Owed at the month's end: everything drawn less all principal paid.
    """

    first: int
    works: Vector
    own: Vector
    drawn: Vector
    interest: Vector
    principal: Vector
    fees: Vector
    damages: Vector
    liability: Vector

    @property
    def paid(self) -> Vector:
        """Return all that leaves the public purse, less damages."""
        return np.asarray(self.own + self.interest + self.principal + self.fees - self.damages)

    @property
    def debt_service(self) -> Vector:
        """Return interest, principal and fees."""
        return np.asarray(self.interest + self.principal + self.fees)

    def scaled(self, factors: Vector) -> "Flows":
        """Return the flows times a factor by month."""
        amounts = [getattr(self, f.name) * factors for f in fields(self) if f.name != "first"]
        return Flows(self.first, *amounts)


def flows(terms: Instrument | None, contract: Contract, until: int) -> Flows:
    """Return a site's cash flows.

    Parameters
    ----------
    terms
        None: own budget.
    until
        The month after the last that is wanted; where commissioning is known, flows go on until
        nothing is owed, if that is sooner.
    """
    first = int(contract.signed)
    earning = works_by_month(contract.price, contract.signed, contract.ready)
    borrowed = terms is not None and terms.kind not in ("own", "grant")
    last: float = first + len(earning)
    if terms is not None and borrowed:
        last = max(last, _last_payment(terms, contract))
    count = int(max(1, min(last, until) - first))
    works = np.zeros(count)
    works[: len(earning)] = earning[:count]
    zeros = np.zeros(count)
    if terms is None or not borrowed:
        return Flows(first, works, works.copy(), zeros, zeros, zeros, zeros, zeros, zeros)
    advance = terms.advance_percent / 100.0
    own = zeros.copy()
    own[0] = advance * contract.price
    financed = (1.0 - advance) * works
    if terms.kind == "bond":
        financed = zeros.copy()
        financed[0] = (1.0 - advance) * contract.price
    drawn, interest, principal, liability = _service(terms, financed, first, _anchor(terms, contract))
    undrawn = (1.0 - advance) * contract.price - np.cumsum(financed)
    under_way = np.arange(first, first + count) < contract.ready
    fees = np.maximum(undrawn, 0.0) * under_way * terms.commitment_fee_percent / 100.0 / _MONTHS
    damages = zeros.copy()
    if int(contract.ready) - first < count:
        damages[int(contract.ready) - first] = _damages(terms, contract)
    return Flows(first, works, own, drawn, interest, principal, fees, damages, liability)


def all_in_rate_percent(all_flows: Sequence[Flows]) -> float:
    """Return the yearly rate at which what is paid is worth what is earned: the price of not paying cash.

    It is 0 where nothing is paid later than it is earned. Found by bisection; monthly rate compounded.
    """
    first = min(f.first for f in all_flows)
    last = max(f.first + len(f.works) for f in all_flows)
    net = np.zeros(last - first)
    for f in all_flows:
        place = slice(f.first - first, f.first - first + len(f.works))
        net[place] += f.works - f.paid
    months = np.arange(len(net))

    def worth(rate: float) -> float:
        return float(net @ (1.0 + rate) ** -months)

    low, high = 0.0, 0.1
    # owing nothing, there is no rate; a rate above 10 % a month is not looked for
    if abs(net).sum() < 1e-12 or worth(low) >= 0.0 or worth(high) <= 0.0:
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if worth(middle) < 0.0 else (low, middle)
    return 100.0 * float((1.0 + low) ** _MONTHS - 1.0)


def present_value(amounts: Vector, first: int, start: int, rate_percent: float) -> float:
    """Return amounts at the ends of months `first`, ... as worth at the beginning of month `start`."""
    months = first + 1 + np.arange(len(amounts)) - start
    return float(amounts @ (1.0 + rate_percent / 100.0) ** (-months / _MONTHS))


def _anchor(terms: Instrument, contract: Contract) -> float:
    """Return the first whole month of the term."""
    anchor = contract.commissioned if terms.anchor == "commissioning" else contract.signed
    return anchor if anchor == inf else ceil(anchor)


def _last_payment(terms: Instrument, contract: Contract) -> float:
    anchor = _anchor(terms, contract)
    return anchor if anchor == inf else anchor + round(terms.term_years * _MONTHS)


def _damages(terms: Instrument, contract: Contract) -> float:
    late = max(0.0, contract.ready - contract.planned_ready)
    share = min(late * terms.damages_percent_per_month, terms.damages_cap_percent)
    return contract.price * share / 100.0


def _service(
    terms: Instrument, financed: Vector, first: int, anchor: float
) -> tuple[Vector, Vector, Vector, Vector]:
    """Return what is drawn, interest and principal paid, and what is owed, month by month.

    A payment repays its part of what is then owed, so that later draws join the schedule; what is drawn
    after the last payment is repaid at once.
    """
    step = _MONTHS // terms.payments_per_year
    payments = round(terms.term_years * terms.payments_per_year)
    grace = round(terms.grace_years * terms.payments_per_year)
    rate = terms.rate_percent / 100.0 / _MONTHS
    # lists: single numbers of an array are slow
    drawn, interest = financed.tolist(), [0.0] * len(financed)
    principal, liability = [0.0] * len(financed), [0.0] * len(financed)
    owed, accrued = 0.0, 0.0
    for i in range(len(financed)):
        month = first + i
        if month < anchor:
            drawn[i] += owed * rate
        else:
            accrued += owed * rate
        owed += drawn[i]
        number, between = divmod(month - anchor + 1, step) if month >= anchor else (0, 1)
        if between == 0:
            left = payments - int(number) + 1
            interest[i], accrued = accrued, 0.0
            principal[i] = _instalment(terms, owed, left, rate * step) if number > grace else 0.0
        if month - anchor + 1 >= payments * step:
            principal[i] = owed
        owed -= principal[i]
        liability[i] = owed
    return np.array(drawn), np.array(interest), np.array(principal), np.array(liability)


def _instalment(terms: Instrument, owed: float, left: int, rate: float) -> float:
    """Return the principal of one payment while so many are left, this one included."""
    if left <= 1:
        return owed
    match terms.repayment:
        case "bullet":
            return 0.0
        case "annuity" if rate > 0.0:
            return owed * rate / ((1.0 + rate) ** left - 1.0)
    return owed / left
