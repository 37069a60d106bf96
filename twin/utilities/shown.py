"""What pages need to know of a utility to show it: its readings, its kinds of asset, what is told first.

A run saves these with its results, so that a page that reads them needs no utility.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple


class Reading(NamedTuple):
    """How a signal is shown: on the map by the share of its limit in use, beside it by its history.

    Without more than a name, a signal uses its upper limit by its height, and a lower one by the limit over
    what there is.

    Attributes
    ----------
    quantity
        The signal.
    best
        Its best value, from which the share of the limit in use is reckoned: 1 for a voltage.
    most
        The highest value that can be, shown where no limit is set.
    lost
        Whatever passes there is service lost: however little, it counts as twice the limit.
    low_hurts
        Its lowest values are kept beside the mean and the highest.
    drawn
        It has a history.
    along
        Its sign tells which way a link's flow runs.
    """

    quantity: str
    best: float | None = None
    most: float | None = None
    lost: bool = False
    low_hurts: bool = False
    drawn: bool = True
    along: bool = False


class Mark(NamedTuple):
    """How a kind of asset lies on the map.

    Attributes
    ----------
    kind
        As `assets.csv` names it.
    shape
        Its mark.
    minor
        A dot, smaller than others.
    as_mark
        It joins two nodes, and is a mark all the same, not a line between them.
    both_ways
        What it carries may run from either end, whatever the order of its ends.
    serves
        It is what the network is there for, and named among what an asset feeds.
    """

    kind: str
    shape: Literal["circle", "square", "triangle", "diamond"] = "circle"
    minor: bool = False
    as_mark: bool = False
    both_ways: bool = False
    serves: bool = False


class Shown(NamedTuple):
    """What pages tell of a utility.

    Attributes
    ----------
    readings, kinds
        Of those that are not shown like any other.
    losing
        Kinds of event in which service is lost.
    words
        What pages say, by language (``en``, ``ru``, ``kk``) and key. Whole labels: ``network.<name>``,
        ``supply.lost_<name>``, ``kind.<kind>`` of assets and of capacities, ``quantity.<signal>``,
        ``metric.<metric>`` (``metric.service_cost_<part>_bn_kzt`` too), ``event.<kind>`` of an incident and
        of its end, ``price.<price>``. Parts of a sentence, in which ``{amount}`` stands for the number:
        ``lost.<quantity of the loss>`` (with its unit) and ``cost.<part of the loss>`` (the number is money).
        Where a language lacks a key, the page says it in English, and without that the key itself. A key that
        the program's own words have keeps their text. The program's own utilities keep theirs in files, in
        ``words/``.
    first
        Metrics told on a run's first screen, beside those of its losses.
    tables
        Tables of its own that a run's page shows, month by month where they have months; their titles are
        the words ``table.<table>``.
    """

    readings: tuple[Reading, ...] = ()
    kinds: tuple[Mark, ...] = ()
    losing: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, str]] = {}

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON holds it, by quantity and kind."""
        return {
            "readings": {own.quantity: own._asdict() for own in self.readings},
            "kinds": {own.kind: own._asdict() for own in self.kinds},
            "losing": list(self.losing),
            "first": list(self.first),
            "words": {code: dict(own) for code, own in self.words.items()},
        }
