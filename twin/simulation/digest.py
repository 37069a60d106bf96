"""What a day depends on, as a digest."""

import platform
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from inspect import getsourcefile
from pathlib import Path
from typing import Any

from twin.city.city import DayDemand
from twin.simulation.day import Posted
from twin.simulation.standing import Standing
from twin.utilities.base import Change
from twin.utilities.registry import utilities

_ENGINES = ("lightsim2grid", "numba", "numpy", "owa-epanet", "pandapower", "pandas", "scipy")
_BYTES = 20


@cache
def program_digest() -> str:
    """Return a digest of the program: its source, that of utilities from outside, engines, processor."""
    digest = blake2b(digest_size=_BYTES)
    outside = {Path(getsourcefile(type(own)) or __file__).parent for own in utilities().values()}
    folders = sorted({Path(__file__).parents[1], *outside})
    for path in sorted({path for folder in folders for path in folder.rglob("*.py")}):
        digest.update(str(path.name).encode() + b"\0" + path.read_bytes())
    for engine in _ENGINES:
        digest.update(f"{engine} {version(engine)}\n".encode())
    digest.update(f"{platform.python_version()} {platform.machine()} {_processor()}".encode())
    return digest.hexdigest()


def digest_of(opening: str, standing: Standing) -> str:
    """Return a digest of all that a day depends on.

    Parameters
    ----------
    opening
        Of the networks as opened: `twin.city.opening.opening_key`.
    """
    digest = blake2b(digest_size=_BYTES)
    _update(digest, program_digest(), opening, *_changes(standing.changes))
    _demand(digest, standing.demand)
    for name, posted in (("before", standing.before), ("posted", standing.posted)):
        _update(digest, name, len(posted))
        for one in posted:
            _posted(digest, one)
    _update(digest, *((name, utility, *sorted(assets)) for name, (utility, assets) in standing.asked.items()))
    return digest.hexdigest()


def _posted(digest: Any, one: Posted) -> None:
    _update(digest, one.second, *_changes(one.changes))
    _demand(digest, one.demand)


def _demand(digest: Any, demand: DayDemand) -> None:
    for name, own in demand.items():
        for array in (own.base, own.factors, own.native):
            _update(digest, name, array.dtype.str, array.shape)
            digest.update(array.tobytes())


def _changes(changes: Iterable[Change]) -> Iterable[tuple[str, str, str]]:
    return ((change.asset, change.field, repr(change.value)) for change in changes)


def _update(digest: Any, *parts: object) -> None:
    digest.update(repr(parts).encode())


def _processor() -> str:
    """Return the model of the processor: compiled code may round otherwise on another."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
