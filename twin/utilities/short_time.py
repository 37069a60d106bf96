"""Limits that may be passed for hours."""

from typing import NamedTuple


class ShortTime(NamedTuple):
    """A limit that some assets may pass for hours, as after the loss of a neighbour, but not for long.

    Attributes
    ----------
    quantity, kinds
        The signal that is limited, and the kinds of asset that may pass it.
    setting
        The key of the utility's settings that says by how much.
    """

    quantity: str
    kinds: tuple[str, ...]
    setting: str
