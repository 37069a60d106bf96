"""What a day depends on, as a digest."""

import platform
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from inspect import getsourcefile
from pathlib import Path
from typing import Any

from twin.city.city import DayDemand
from twin.program import processor, program
from twin.simulation.day import Posted
from twin.simulation.standing import Standing
from twin.utilities.base import Change
from twin.utilities.registry import utilities

_BYTES = 20


@cache
def _everything() -> str:
    """Return a digest of what all days depend on: the program, utilities from outside, the processor."""
    digest = blake2b(f"{program()} {processor()} {platform.python_version()}".encode(), digest_size=_BYTES)
    for own in utilities().values():
        folder = Path(getsourcefile(type(own)) or __file__).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def digest_of(opening: str, standing: Standing) -> str:
    """Return a digest of all that a day depends on.

    Parameters
    ----------
    opening
        Of the networks as opened: `twin.city.opening.opening_key`.
    """
    digest = blake2b(digest_size=_BYTES)
    _update(digest, _everything(), opening, *_changes(standing.changes))
    _demand(digest, standing.demand)
    for name, posted in (("before", standing.before), ("posted", standing.posted)):
        _update(digest, name, len(posted))
        for one in posted:
            _posted(digest, one)
    _update(digest, *((name, utility, *sorted(assets)) for name, (utility, assets) in standing.asked.items()))
    _update(digest, *sorted(standing.clock.items()))
    return digest.hexdigest()


def _posted(digest: Any, one: Posted) -> None:
    _update(digest, one.second, *_changes(one.changes))
    _demand(digest, one.demand)


def _demand(digest: Any, demand: DayDemand) -> None:
    for name, own in demand.items():
        for array in (own.base, own.factors, own.native, own.given):
            _update(digest, name, array.dtype.str, array.shape)
            digest.update(array.tobytes())


def _changes(changes: Iterable[Change]) -> Iterable[tuple[str, str, str]]:
    return ((change.asset, change.field, repr(change.value)) for change in changes)


def _update(digest: Any, *parts: object) -> None:
    digest.update(repr(parts).encode())
