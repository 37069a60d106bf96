"""Figures as people read them: on the terminal, in the README and on the page, rounded once and alike."""

from decimal import ROUND_HALF_UP, Context, Decimal

NOT_COMPUTED = "not computed"
"""What is told where a figure would stand that there is none of."""
_EXACT = Context(prec=400)
"""Room for the largest float and its decimals."""


def fixed(value: float, decimals: int = 0) -> str:
    """Return a number with so many digits after the point; halves go up, as browsers do it."""
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EXACT)
    return f"{rounded if rounded else abs(rounded):,}"


def amount(value: float, decimals: int = 0) -> str:
    """Return an amount as people say it: what a reader compares, not what a machine sums."""
    if abs(value) >= 1e9:
        return f"{fixed(value / 1e9, 2)} billion"
    return f"{fixed(value / 1e6, 2)} million" if abs(value) >= 1e6 else fixed(value, decimals)
