"""How far a run was solved and balanced, and what follows for its status and its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

UNSOLVED_SHARE = 0.01
"""Of a network's hours; beyond it, what was computed in the others is no figure of the whole."""
OPEN_WARNED, OPEN_FAILED = 1e-6, 1e-3
"""Relative to what passed through a network: told, and no result any more."""
BALANCE = "balance_error_"


@dataclass(frozen=True, slots=True)
class Gap:
    """Hours in which a network had no solution.

    Attributes
    ----------
    hours, of
        Hours without a solution, and hours in all; both weighted, of counted days.
    reason
        Why the first of them had none.
    """

    network: str
    hours: float
    of: float
    reason: str

    @property
    def mostly(self) -> bool:
        """Return whether so much is missing that the network's metrics are none."""
        return self.hours > UNSOLVED_SHARE * self.of

    @property
    def share(self) -> str:
        """Return how much is missing: ``16 of 24 hours unsolved``."""
        return f"{tell_hours(self.hours)} of {tell_hours(self.of)} hours unsolved"

    def __str__(self) -> str:
        return f"{self.network}: {self.share}: {self.reason}"


def tell_hours(hours: float) -> str:
    """Return hours as people read them; what is there is never told as none."""
    return f"{hours:,.1f}".removesuffix(".0") if hours >= 0.05 or not hours else f"{hours:.1g}"


def open_balances(metrics: Mapping[str, float], limit: float) -> dict[str, float]:
    """Return the networks whose balance is open by more than a limit, and by how much."""
    errors = {
        name.removeprefix(BALANCE): error for name, error in metrics.items() if name.startswith(BALANCE)
    }
    return {network: error for network, error in errors.items() if not error <= limit}


def status_of(ended: str, gaps: Sequence[Gap], metrics: Mapping[str, float]) -> tuple[str, str]:
    """Return a run's status and why it is not ``complete``.

    An open balance comes before hours without a solution: those a check may accept, a balance none.

    Parameters
    ----------
    ended
        Why the run ended before its time, empty if it did not.
    """
    gapped = [ended] if ended else [str(gap) for gap in gaps if gap.mostly]
    opened = open_balances(metrics, OPEN_FAILED)
    told = [f"{name}: balance open by {error:.2g} of what passed" for name, error in opened.items()]
    status = "unbalanced" if told else "unsolved" if gapped else "complete"
    return status, "; ".join([*told, *gapped])
