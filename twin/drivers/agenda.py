"""Where drivers post what they do, for the clock to apply last in each instant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from twin.networks.base import Change


@dataclass(frozen=True, slots=True)
class Event:
    """One line of ``events.csv``: what happened, to what, and when (seconds from the start).

    Attributes
    ----------
    cause
        Number of the event that led to it, 0 if none did. Events are numbered from 1, in order.
    """

    time_s: int
    kind: str
    subject: str
    detail: str = ""
    cause: int = 0


@dataclass(slots=True)
class Agenda:
    """Changes and news posted since the clock last looked, and what stands by now.

    Attributes
    ----------
    changes
        Posted, not yet applied.
    events
        Everything that happened, in order.
    commissioned
        Sites in service.
    connected
        Developments that draw their service.
    out
        By how many outages each asset is out of service.
    outages
        Numbers of the outages in force, by event number the assets they took.
    """

    changes: list[Change] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    commissioned: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    demand_moved: bool = False
    out: Counter[str] = field(default_factory=Counter)
    outages: dict[int, tuple[Change, ...]] = field(default_factory=dict)

    def post(self, event: Event, changes: Sequence[Change] = ()) -> int:
        """Record an event and the changes it brings; return its number."""
        self.events.append(event)
        self.changes.extend(changes)
        return len(self.events)

    def take_out(self, event: Event, changes: Sequence[Change]) -> int:
        """Record an outage and what it takes out of service; return its number."""
        number = self.post(event, changes)
        self.outages[number] = tuple(changes)
        self.out.update(change.asset for change in changes)
        return number

    def bring_back(self, event: Event, outage: int) -> int:
        """End an outage; what no other outage holds returns to service."""
        taken = self.outages.pop(outage)
        self.out.subtract(change.asset for change in taken)
        back = [Change(c.asset, c.field, True) for c in taken if self.out[c.asset] == 0]
        return self.post(event, back)

    def take(self) -> list[Change]:
        """Hand over the posted changes and forget them; what is out is not switched on by others."""
        taken, self.changes = self.changes, []
        return [c for c in taken if c.value is not True or self.out[c.asset] == 0]
