"""Gates: growth that is planned for after a site's opening waits for that opening."""

from collections.abc import Callable, Generator, Mapping
from datetime import date

import simpy
from simpy.events import EventPriority

from twin.city.events import Event, Postings
from twin.demand.growth import Growth
from twin.demand.requests import Blocker, Request
from twin.scenario.schema import Scenario, utility_of
from twin.scenario.works import Gate

_DAY_S = 86400
_LATER = EventPriority(2)
NOT_OPEN = "not open"


class Gates:
    """Holds districts back from the day on which a site was to open, until it does.

    Parameters
    ----------
    env, scenario, postings
        The clock counts seconds from the scenario's start.
    growth
        Told from when until when no more people come to a district.
    planned
        When each site was to open, whatever the order of the works.
    opened
        The event of a site's opening; it never comes for one that is not built.
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        postings: Postings,
        growth: Growth,
        planned: Mapping[str, date],
        opened: Callable[[str], simpy.Event],
    ) -> None:
        self._env, self._scenario, self._agenda, self._growth = env, scenario, postings, growth
        self._planned, self._opened = planned, opened
        self._closed: dict[Gate, None] = {}
        for gate in scenario.gates:
            env.process(self._guard(gate))

    def before(self, request: Request) -> list[simpy.Event]:
        """Return the openings that a request waits for: it is planned for no earlier than they were."""
        return [self._opened(gate.site) for gate in self._of(request)]

    def blockers(self, request: Request) -> list[Blocker]:
        """Return what holds a request back now."""
        return [self._blocker(gate) for gate in self._of(request) if not self._opened(gate.site).triggered]

    def held_housing(self) -> list[tuple[str, Blocker]]:
        """Return the districts whose housing is held back now, each with what holds it."""
        return [(gate.district, self._blocker(gate)) for gate in self._closed]

    def _of(self, request: Request) -> list[Gate]:
        return [
            gate
            for gate in self._scenario.gates
            if gate.district == request.district and request.requested >= self._planned[gate.site]
        ]

    def _blocker(self, gate: Gate) -> Blocker:
        assets = (row.asset for row in self._scenario.site_changes if row.site == gate.site)
        return Blocker(utility_of(next(assets, "")), NOT_OPEN, gate.site)

    def _guard(self, gate: Gate) -> Generator[simpy.Event, None, None]:
        """Close a district on the planned day, unless its site opens by the end of that instant."""
        day = max(self._planned[gate.site], self._scenario.start)
        yield self._env.timeout((day - self._scenario.start).days * _DAY_S)
        at_last = self._env.event()
        at_last._ok, at_last._value = True, None
        self._env.schedule(at_last, priority=_LATER)
        yield at_last
        opened = self._opened(gate.site)
        if opened.triggered:
            return
        self._closed[gate] = None
        self._growth.close(gate.district, day)
        self._tell("district waits", gate)
        yield opened
        del self._closed[gate]
        if not any(other.district == gate.district for other in self._closed):
            self._growth.open(gate.district)
        self._agenda.demand_moved = True
        self._tell("district opens", gate)

    def _tell(self, kind: str, gate: Gate) -> None:
        name = self._scenario.sites[gate.site].name
        self._agenda.post(Event(int(self._env.now), kind, gate.district, f"{gate.site} {name}"))
