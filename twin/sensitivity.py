"""Which uncertainty drives which metric, and which region of futures fails."""

from collections.abc import Sequence
from typing import Any

from twin.extras import needs


def salib(module: str) -> Any:
    """Import a module of SALib."""
    return needs(f"SALib.{module}", "sensitivity")


def problem(variables: Sequence[str]) -> dict[str, Any]:
    """Return the unit cube of some variables as SALib describes it."""
    return {"num_vars": len(variables), "names": list(variables), "bounds": [[0.0, 1.0]] * len(variables)}
