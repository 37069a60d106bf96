"""Repayment of borrowed money: equal principal and annuity."""

from typing import Literal, NamedTuple

import numpy as np

from twin.networks.base import Vector


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
