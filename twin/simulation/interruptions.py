"""Which assets that stand are held back by networks and links at an instant."""

from collections.abc import Mapping, Sequence

from twin.city.opening import SIDES
from twin.scenario.schema import Scenario
from twin.scenario.standing import needed_sites
from twin.utilities.base import IDLE, Mask, Signal
from twin.utilities.registry import utilities

STOPS = frozenset(
    incident.kind for own in utilities().values() for incident in own.incidents if incident.stops
)
"""Kinds of incident in which an asset stands still."""


class Interruptions:
    """Tells what is held back; looks again only when that, or what stands, has moved.

    Parameters
    ----------
    scenario, signals
        Which sites bring which assets; all signals of the city.
    """

    def __init__(self, scenario: Scenario, signals: Sequence[Signal]) -> None:
        self._brought_by = needed_sites(scenario)
        self._never_ran = {link.asset for link in scenario.links if link.asset in self._brought_by}
        self._linked = {link.asset for link in scenario.links if SIDES[link.kind].kind.takes}
        # of a node and a link at one address the link's come last, and it is the link that may stand or not
        self._column = {s.asset: i for i, s in enumerate(signals)}
        self._told: set[str] = set()
        self.forget()

    def forget(self) -> None:
        """Look again at the next instant: what stands has moved."""
        self._seen: Mapping[str, Sequence[str]] | None = None
        self._without: dict[str, Sequence[str]] = {}

    def without(
        self, seen: Mapping[str, Sequence[str]], active: Mask, commissioned: Sequence[str]
    ) -> Mapping[str, Sequence[str]]:
        """Return by kind of incident the assets it holds for, of those that stand.

        An asset that never ran, because what feeds it was built later than itself, has not stopped; nor has
        one that would stand still anyway, until it would run.

        Parameters
        ----------
        seen
            By kind of incident, the assets that networks and links hold back.
        active, commissioned
            Per signal, whether its asset is in service; the sites in service.
        """
        if seen == self._seen:
            return self._without
        self._seen = seen
        held = {asset for assets in seen.values() for asset in assets if asset in self._linked}
        standing = {a for a in {*self._never_ran, *held} if self.stands(a, active, commissioned)}
        stopping = {asset for kind in STOPS for asset in seen.get(kind, ())}
        self._never_ran -= standing - stopping
        self._told = stopping - (set(seen.get(IDLE, ())) - self._told)
        stopped = standing & self._told - self._never_ran
        self._without = {
            kind: [
                a for a in assets if a not in self._linked or a in (stopped if kind in STOPS else standing)
            ]
            for kind, assets in seen.items()
            if kind != IDLE
        }
        return self._without

    def stands(self, asset: str, active: Mask, commissioned: Sequence[str]) -> bool:
        """Return whether an asset is in service, and the site that brings it, or its supply, stands."""
        return bool(active[self._column[asset]]) and self._brought_by.get(asset, set()) <= set(commissioned)
