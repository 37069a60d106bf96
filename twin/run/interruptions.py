"""Which assets that stand are without their power, or lose load, at an instant."""

from collections.abc import Mapping, Sequence

from twin.city.city import City
from twin.scenario.schema import Scenario
from twin.utilities.base import Mask, Signal


class Unpowered:
    """Tells what is stopped, on a generator or shed; looks again only when that, or what stands, has moved.

    Parameters
    ----------
    scenario, signals
        Which sites bring which assets; all signals of the city.
    """

    def __init__(self, scenario: Scenario, signals: Sequence[Signal]) -> None:
        self._brought_by = brought_by(scenario)
        self._never_ran = {link.asset for link in scenario.links if link.asset in self._brought_by}
        self._column = {s.asset: i for i, s in reversed(list(enumerate(signals)))}
        self.forget()

    def forget(self) -> None:
        """Look again at the next instant: what stands has moved."""
        self._seen: tuple[tuple[str, ...], ...] = ()
        self._without: dict[str, Sequence[str]] = {}

    def without(self, city: City, active: Mask, commissioned: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return by condition of power the assets it holds for, of those that stand.

        A pump that never ran, because its supply was built later than itself, has not stopped.

        Parameters
        ----------
        active, commissioned
            Per signal, whether its asset is in service; the sites in service.
        """
        seen = city.stopped, city.on_generator, city.shed
        if seen == self._seen:
            return self._without
        self._seen = seen
        stopped, on_generator, shed = seen
        standing = {
            a for a in {*self._never_ran, *stopped, *on_generator} if self.stands(a, active, commissioned)
        }
        self._never_ran -= standing - set(stopped)
        self._without = {
            "load shed": shed,
            "on generator": [asset for asset in on_generator if asset in standing],
            "stopped": [asset for asset in stopped if asset in standing and asset not in self._never_ran],
        }
        return self._without

    def stands(self, asset: str, active: Mask, commissioned: Sequence[str]) -> bool:
        """Return whether an asset is in service, and the site that brings it, or its supply, stands."""
        return bool(active[self._column[asset]]) and self._brought_by.get(asset, set()) <= set(commissioned)


def brought_by(scenario: Scenario) -> dict[str, set[str]]:
    """Return the sites that switch on an asset, or the load that feeds it, by asset."""
    sites: dict[str, set[str]] = {}
    for change in scenario.site_changes:
        if change.value is True:
            sites.setdefault(change.asset, set()).add(change.site)
    for link in scenario.links:
        if link.kind != "sewage" and link.to in sites:
            sites.setdefault(link.asset, set()).update(sites[link.to])
    return sites
