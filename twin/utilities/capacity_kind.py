"""What kinds of named capacity there are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from twin.model import Model


class CapacityKind(NamedTuple):
    """A kind of named capacity: what its members add up to, and what counts as the load on it.

    Attributes
    ----------
    name
        The `kind` in `capacities.csv`; two utilities may use one name, each for its own assets.
    quantity
        The signal of a member that is its load.
    units
        What a rating may be given in, and how much of the first, which is reckoned with, that is.
    unit
        Of capacity and load, where ratings are turned into another than the first of `units`.
    members
        Kinds of asset.
    daily
        The day's volume counts, not the highest hour.
    whole
        Its load is that of the whole network, whatever its members carry.
    main
        The kind by which the utility as a whole is judged: its source, or its end.
    rated_in_file
        A member's rating may stand in the network's file.
    firm
        From the ratings that stand and the network's settings (None if it is not simulated) to a pair: what
        all carry, and what is left without the largest: ``lambda ratings, _: (sum(ratings), sum(ratings) -
        max(ratings, default=0.0))``. None: all of it can be relied on.
    spread
        What new demand puts onto it: ``points``: by where it is drawn, as the network says; ``whole``: all
        of it; ``share``: the share of it that passes now, of what the kind `of` carries.
    per_unit
        From the network's settings: a unit of new demand divided by this is in the unit of its load.
    """

    name: str
    quantity: str
    units: Mapping[str, float]
    members: tuple[str, ...]
    unit: str = ""
    daily: bool = False
    whole: bool = False
    main: bool = False
    rated_in_file: bool = False
    firm: Callable[[Sequence[float], Model | None], tuple[float, float]] | None = None
    spread: Literal["points", "whole", "share"] = "whole"
    of: str = ""
    per_unit: Callable[[Model], float] | None = None

    @property
    def told_in(self) -> str:
        """Return the unit of capacity and load."""
        return self.unit or next(iter(self.units))
