"""WNTR's objects: models that become INP files, files that become models, results of instants."""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Vector

Sides = tuple[Sequence[str], Sequence[Mapping[str, Vector]]]
"""IDs, and at each instant the values by name."""


@contextmanager
def quiet() -> Iterator[None]:
    """Keep WNTR's remarks to its programmers off the user's terminal."""
    logger = logging.getLogger("wntr")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def read_model(path: Path) -> Any:
    """Return a file as WNTR's model.

    Raises
    ------
    InvalidInput
        If WNTR cannot hold it.
    """
    import wntr

    try:
        with quiet():
            return wntr.network.WaterNetworkModel(str(path))
    except Exception as error:  # a reader of foreign files raises whatever they lead it to
        text = " ".join(str(error).split())[:200]
        problem = f"WNTR cannot read this: {type(error).__name__}: {text}"
        raise InvalidInput([Mistake(path.name, 0, problem, "the file itself, in EPANET")]) from error


def results(seconds: Sequence[int], nodes: Sides, links: Sides) -> Any:
    """Return instants as WNTR's results: tables of times and IDs."""
    import pandas as pd
    from wntr.sim.results import SimulationResults

    made: Any = SimulationResults()
    made.network_name = ""
    times = pd.Index(list(seconds), dtype=np.int64)
    for side, (names, instants) in (("node", nodes), ("link", links)):
        tables = {
            quantity: pd.DataFrame(
                np.stack([one[quantity] for one in instants]), index=times, columns=list(names)
            )
            for quantity in instants[0]
        }
        setattr(made, side, tables)
    return made
