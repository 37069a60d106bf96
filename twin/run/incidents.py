"""What begins and ends by itself as events, each with the event that led to it.

A pump that stops, a tank that runs empty, a district that loses its pressure, a spill, load that is shed:
each is posted when it begins and when it ends. Its cause is the latest event in force that could have
brought it, by `_LEADS_TO`; the cause of an end is the end of its cause. What demand alone brings has none.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twin.city.events import Agenda, Event
from twin.compiled import compiled
from twin.scenario.schema import Scenario
from twin.utilities.base import Mask, Signal, Vector

_SPILLING_M3_PER_S = 1e-6
_EMPTY_PERCENT, _REFILLED_PERCENT = 0.5, 5.0
_SERVED = 0.999

_OUTAGE = "outage"
_ENDS = {
    "on generator": "generator stops",
    "stopped": "restarted",
    "load shed": "load restored",
    "tank empty": "tank refills",
    "pressure lost": "pressure back",
    "spill": "spill ends",
}
# what may have led to a condition, nearest first: (kind, network it must be in)
_LEADS_TO: dict[str, tuple[tuple[str, str], ...]] = {
    "load shed": ((_OUTAGE, "power"),),
    "on generator": (("load shed", "power"), (_OUTAGE, "power")),
    "stopped": (("load shed", "power"), (_OUTAGE, "power")),
    "tank empty": (("stopped", "water"), (_OUTAGE, "water")),
    "pressure lost": (("tank empty", "water"), ("stopped", "water"), (_OUTAGE, "water")),
    "spill": (("stopped", "wastewater"), (_OUTAGE, "wastewater")),
}
Key = tuple[str, str]
Districts = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]


class Conditions:
    """Watches the readings of a city and posts what begins and ends.

    Parameters
    ----------
    scenario, signals
        What to watch: tanks of the water network, districts with water, all spills.
    agenda
        Where events are posted.
    """

    def __init__(self, scenario: Scenario, signals: Sequence[Signal], agenda: Agenda) -> None:
        self._agenda = agenda
        column = {(s.asset, s.quantity): i for i, s in enumerate(signals)}
        self._tanks = [
            (i, s.asset)
            for i, s in enumerate(signals)
            if s.quantity == "fill_percent" and s.asset.startswith("water/")
        ]
        self._spills = [
            (i, s.asset)
            for i, s in enumerate(signals)
            if s.quantity == "spill_m3_per_s" and not s.asset.endswith("/network")
        ]
        self._districts = _by_district(scenario, column)
        self._watched = np.array([i for i, _ in self._tanks + self._spills], dtype=np.intp)
        points = [i for required, _ in self._districts.values() for i in required]
        delivered = [i for _, delivered in self._districts.values() for i in delivered]
        sizes = [len(required) for required, _ in self._districts.values()]
        self._at = (
            np.array(points, dtype=np.intp),
            np.array(delivered, dtype=np.intp),
            np.cumsum(sizes).astype(np.intp),
        )
        self._bad = np.zeros(len(self._watched) + len(self._districts), dtype=bool)
        self._spare = self._bad.copy()
        self._in_force: dict[Key, int] = {}
        self._ended_by: dict[int, int] = {}

    def update(
        self, now_s: int, readings: Vector, valid: Mask, without: Mapping[str, Collection[str]]
    ) -> None:
        """Post what has begun or ended since the last instant.

        Parameters
        ----------
        valid
            Per signal, whether its asset is in service and its network solved.
        without
            By condition of power (``load shed``, ``on generator``, ``stopped``), the assets it holds for.
        """
        bad = self._spare
        any_bad = _judge(readings, valid, self._bad, len(self._tanks), self._watched, self._at, bad)
        if any_bad or self._in_force or any(without.values()):
            now = dict.fromkeys((kind, name) for kind, names in without.items() for name in names)
            names = [("tank empty", asset) for _, asset in self._tanks]
            names += [("spill", asset) for _, asset in self._spills]
            names += [("pressure lost", district) for district in self._districts]
            now |= dict.fromkeys(names[i] for i in np.flatnonzero(bad))
            self._post(now_s, now)
        self._bad, self._spare = bad, self._bad

    def _post(self, now_s: int, now: dict[Key, None]) -> None:
        order = list(_LEADS_TO)
        for key in sorted(self._in_force.keys() - now.keys(), key=lambda key: (order.index(key[0]), key)):
            number = self._in_force.pop(key)
            cause = self._ending(self._agenda.events[number - 1].cause)
            self._ended_by[number] = self._agenda.post(Event(now_s, _ENDS[key[0]], key[1], cause=cause))
        for key in sorted(now.keys() - self._in_force.keys(), key=lambda key: (order.index(key[0]), key)):
            cause = next(self._leading_to(key[0]), 0)
            self._in_force[key] = self._agenda.post(Event(now_s, *key, cause=cause))

    def _leading_to(self, kind: str) -> Iterator[int]:
        """Yield the events in force that could have led to a condition, the likeliest first."""
        for leading, network in _LEADS_TO[kind]:
            if leading == _OUTAGE:
                yield from (
                    number
                    for number in sorted(self._agenda.outages, reverse=True)
                    if any(asset.startswith(f"{network}/") for asset in self._agenda.outages[number])
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

    def _ending(self, cause: int) -> int:
        """Return the event that ended a cause, 0 if it has none or holds on."""
        if cause in self._ended_by:
            return self._ended_by[cause]
        backwards = range(len(self._agenda.events), cause, -1)
        ends = ("back in service", "repaired")
        found = (n for n in backwards if self._agenda.events[n - 1].cause == cause)
        return next((n for n in found if self._agenda.events[n - 1].kind in ends), 0) if cause else 0


def _by_district(
    scenario: Scenario, column: dict[tuple[str, str], int]
) -> dict[str, tuple[list[int], list[int]]]:
    """Return the columns of required and delivered water by district."""
    districts: dict[str, tuple[list[int], list[int]]] = {}
    for point in scenario.demand_points:
        if (point.asset, "required_m3_per_s") in column:
            required, delivered = districts.setdefault(point.district, ([], []))
            required.append(column[point.asset, "required_m3_per_s"])
            delivered.append(column[point.asset, "delivered_m3_per_s"])
    return districts


@compiled
def _judge(
    readings: Vector,
    valid: Mask,
    before: Mask,
    tanks: int,
    watched: NDArray[np.intp],
    districts: Districts,
    bad: Mask,
) -> bool:
    """Write which tanks are empty, which places spill, which districts lack water; return whether any.

    Parameters
    ----------
    before
        The same, an instant ago: an empty tank has refilled only when there is something in it.
    watched
        Columns of the tanks' fill, then of spills.
    districts
        Columns of what is required and delivered at their points, and where each district's points end.
    """
    for i in range(len(watched)):
        value = readings[watched[i]]
        if i < tanks:
            bad[i] = value < (_REFILLED_PERCENT if before[i] else _EMPTY_PERCENT)
        else:
            bad[i] = value > _SPILLING_M3_PER_S
        bad[i] &= valid[watched[i]]
    required, delivered, ends = districts
    start = 0
    for k in range(len(ends)):
        asked, got = 0.0, 0.0
        for i in range(start, ends[k]):
            asked += readings[required[i]]
            got += readings[delivered[i]]
        bad[len(watched) + k] = got < _SERVED * asked
        start = ends[k]
    return bool(bad.any())
