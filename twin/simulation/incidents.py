"""What begins and ends by itself as events, each with the event that led to it.

A pump that stops, a tank that runs empty, a district that loses its pressure, a spill, load that is shed:
each utility declares its own. Each is posted when it begins and when it ends. Its cause is the latest event
in force that could have brought it, by `Incident.led_by`; the cause of an end is the end of its cause. What
demand alone brings has none.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.city.events import Event, Postings
from twin.compiled import Plain, compiled
from twin.scenario.schema import Scenario, utility_of
from twin.utilities.base import Mask, Signal, Vector
from twin.utilities.registry import utilities
from twin.utilities.utility import OUTAGE, Incident

_SERVED = 0.999

DECLARED = [(name, incident) for name, own in utilities().items() for incident in own.incidents]
_OF = {incident.kind: (name, incident) for name, incident in DECLARED}
_ENDS = {incident.kind: incident.ends for _, incident in DECLARED}
Key = tuple[str, str]
Index = NDArray[np.intp]


class Watch(NamedTuple):
    """What is watched.

    Attributes
    ----------
    columns, bounds
        Of signals; below the first of its bounds one begins to be amiss, above the second it ends to be,
        above the third it begins.
    required, delivered, ends
        Columns of what is required and delivered at districts' points, and where each district's end.
    """

    columns: Index
    bounds: Vector
    required: Index
    delivered: Index
    ends: Index


class Incidents:
    """Watches the readings of a city and posts what begins and ends.

    Parameters
    ----------
    scenario, signals
        What to watch: the signals that utilities name, and districts with demand points.
    postings
        Where events are posted.
    """

    def __init__(self, scenario: Scenario, signals: Sequence[Signal], postings: Postings) -> None:
        self._agenda = postings
        column = {(s.asset, s.quantity): i for i, s in enumerate(signals)}
        self._names: list[Key] = []
        places, bounds = [], []
        required, delivered, ends = list[int](), list[int](), list[int]()
        for utility, incident in DECLARED:
            if incident.quantity:
                own = list(_watched(signals, utility, incident.quantity))
                places += own
                bounds += [(incident.begins_below, incident.ends_above, incident.begins_above)] * len(own)
                self._names += [(incident.kind, signals[i].asset) for i in own]
        for _, incident in DECLARED:
            if incident.required:
                for district, (asked, got) in _by_district(scenario, column, incident).items():
                    required += asked
                    delivered += got
                    ends.append(len(required))
                    self._names.append((incident.kind, district))
        self._watch = tuple(
            Watch(
                np.array(places, dtype=np.intp),
                np.array(bounds, dtype=float).reshape(-1, 3),
                np.array(required, dtype=np.intp),
                np.array(delivered, dtype=np.intp),
                np.array(ends, dtype=np.intp),
            )
        )
        self._bad = np.zeros(len(self._names), dtype=bool)
        self._in_force: dict[Key, int] = {}
        self._ended_by: dict[int, int] = {}

    def judge(self, readings: Vector, valid: Mask) -> tuple[Mask, Mask]:
        """Return what is amiss at instants in a row, and at which of them that differs from before.

        Parameters
        ----------
        readings, valid
            Shape (instants, signals); a reading is valid if its asset is in service and its network solved.
        """
        bad = np.zeros((len(readings), len(self._names)), dtype=bool)
        moved = np.zeros(len(readings), dtype=bool)
        _judge(self._watch, readings, valid, self._bad, bad, moved)
        if len(bad):
            self._bad = bad[-1]
        return bad, moved

    def update(self, now_s: int, bad: Mask, without: Mapping[str, Collection[str]]) -> None:
        """Post what has begun or ended since the last instant.

        Parameters
        ----------
        bad
            What is amiss: a row of what `judge` returned.
        without
            By kind of incident that networks and links report, the assets it holds for.
        """
        now = dict.fromkeys((kind, name) for kind, names in without.items() for name in names)
        now |= dict.fromkeys(self._names[i] for i in np.flatnonzero(bad))
        if now or self._in_force:
            self._post(now_s, now)

    def _post(self, now_s: int, now: dict[Key, None]) -> None:
        for key in sorted(self._in_force.keys() - now.keys(), key=_in_order):
            number = self._in_force.pop(key)
            cause = self._ending(now_s, self._agenda.events[number - 1].cause)
            ended = Event(now_s, _ENDS[key[0]], key[1], cause=cause, late=True)
            self._ended_by[number] = self._agenda.post(ended)
        for key in sorted(now.keys() - self._in_force.keys(), key=_in_order):
            cause = next(self._leading_to(now_s, key[0]), 0)
            self._in_force[key] = self._agenda.post(Event(now_s, *key, cause=cause, late=True))

    def _leading_to(self, now_s: int, kind: str) -> Iterator[int]:
        """Yield the events in force that could have led to a condition, the likeliest first."""
        network, incident = _OF[kind]
        for leading in incident.led_by:
            if leading == OUTAGE:
                yield from (
                    number
                    for number, outage in sorted(self._agenda.outages.items(), reverse=True)
                    if outage.holds(now_s) and any(a.startswith(f"{network}/") for a in outage.assets)
                )
            else:
                yield from sorted(
                    (
                        n
                        for (k, name), n in self._in_force.items()
                        if k == leading and name.startswith(network)
                    ),
                    reverse=True,
                )

    def _ending(self, now_s: int, cause: int) -> int:
        """Return the event that ended a cause, 0 if it has none or holds on."""
        if cause in self._ended_by:
            return self._ended_by[cause]
        events, ends = self._agenda.events, ("back in service", "repaired")
        backwards = range(len(events), cause, -1) if cause else ()
        found = (n for n in backwards if events[n - 1].cause == cause and events[n - 1].time_s <= now_s)
        return next((n for n in found if events[n - 1].kind in ends), 0)


def _in_order(key: Key) -> tuple[int, Key]:
    return list(_OF).index(key[0]), key


def _watched(signals: Sequence[Signal], utility: str, quantity: str) -> Iterator[int]:
    """Yield the columns of a quantity of a utility's assets, that of the network as a whole left out."""
    for i, signal in enumerate(signals):
        own = utility_of(signal.asset) == utility and not signal.asset.endswith("/network")
        if own and signal.quantity == quantity:
            yield i


def _by_district(
    scenario: Scenario, column: Mapping[tuple[str, str], int], incident: Incident
) -> dict[str, tuple[list[int], list[int]]]:
    """Return the columns of what is required and delivered by district."""
    districts: dict[str, tuple[list[int], list[int]]] = {}
    for point in scenario.demand_points:
        if (point.asset, incident.required) in column:
            required, delivered = districts.setdefault(point.district, ([], []))
            required.append(column[point.asset, incident.required])
            delivered.append(column[point.asset, incident.delivered])
    return districts


@compiled
def _judge(watch: Plain, readings: Vector, valid: Mask, first: Mask, bad: Mask, moved: Mask) -> None:
    """Write which signals are amiss and which districts lack something, instant by instant.

    Parameters
    ----------
    watch
        A `Watch`.
    first
        The same, an instant before the first: what is below its bound is well again only above another.
    moved
        Whether any of it differs from the instant before.
    """
    at = Watch(*watch)
    for row in range(len(readings)):
        before = first if row == 0 else bad[row - 1]
        now = bad[row]
        for i in range(len(at.columns)):
            value = readings[row, at.columns[i]]
            now[i] = value < (at.bounds[i, 1] if before[i] else at.bounds[i, 0]) or value > at.bounds[i, 2]
            now[i] &= valid[row, at.columns[i]]
        start = 0
        for k in range(len(at.ends)):
            asked, got = 0.0, 0.0
            for i in range(start, at.ends[k]):
                asked += readings[row, at.required[i]]
                got += readings[row, at.delivered[i]]
            now[len(at.columns) + k] = got < _SERVED * asked
            start = at.ends[k]
        for i in range(len(now)):
            moved[row] |= now[i] != before[i]
