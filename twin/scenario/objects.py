"""A scenario around networks in memory."""

import json
import warnings
from collections.abc import Iterator, Mapping
from datetime import date
from os import PathLike
from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.scenario.loading import load_scenario
from twin.scenario.scaffold import begin, scaffolds
from twin.scenario.schema import Scenario
from twin.scratch import scratch
from twin.utilities.registry import utilities


def from_networks(*, folder: str | PathLike[str] | None = None, **networks_and_settings: object) -> Scenario:
    """Begin a scenario around networks, like `twin new`, and load it.

    Parameters
    ----------
    folder
        To be made; None: a temporary one, which goes with the process.
    networks_and_settings
        By the name of a utility its network: a pandapower net, a `wntr.network.WaterNetworkModel`, the path
        of a file. Everything else is a key of ``scenario.yaml``: ``start``, ``end``, or a mapping.

    Returns
    -------
    Scenario
        Checked and frozen. Its folder's ``README.md`` lists what was guessed.

    Raises
    ------
    InvalidInput
        With every mistake in a network or a setting.
    UserWarning
        As a warning, for what the files do not hold of the objects.
    """
    given = {
        name: Path(one) if isinstance(one, str | PathLike) else one
        for name, one in networks_and_settings.items()
        if name in utilities()
    }
    unknown = [name for name in given if name not in scaffolds()]
    if unknown:
        known = ", ".join(scaffolds())
        raise InvalidInput(
            [Mistake(name, 0, "cannot begin a scenario; add its file to a folder", known) for name in unknown]
        )
    settings = {name: value for name, value in networks_and_settings.items() if name not in given}
    place = Path(folder) if folder is not None else scratch("scenario") / "networks"
    begun = begin(place, given)
    for mistake in begun.lost:
        warnings.warn(str(mistake), stacklevel=2)
    return load_scenario(place, list(_overrides(settings)))


def _overrides(settings: Mapping[str, object], before: str = "") -> Iterator[str]:
    """Yield ``KEY=VALUE`` for each setting, those of mappings with their path."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _overrides(value, f"{before}{name}.")
        else:
            text = value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
            yield f"{before}{name}={text}"
