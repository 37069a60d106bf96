"""Structures that are handed to kernels again and again, at the price of one array."""

from typing import Any

from numba import types
from numba.experimental import structref

from twin.compiled import compiled


@structref.register
class _PinnedType(types.StructRef):
    """What compiled code knows of a `Pinned`."""


class Pinned(structref.StructRefProxy):
    """A named structure that compiled code keeps; of a plain one a kernel takes over each array at each call.

    Attributes
    ----------
    parts
        The structure, here and in kernels.
    """

    parts: Any


structref.define_proxy(Pinned, _PinnedType, ["parts"])


def pin(parts: Any) -> Pinned:
    """Return a named structure, to be handed to kernels."""
    pinned: Pinned = _pin(parts)
    pinned.parts = parts
    return pinned


@compiled
def _pin(parts: Any) -> Pinned:
    return Pinned(parts)
