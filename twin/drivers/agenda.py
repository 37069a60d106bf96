"""Where drivers post what they do, for the clock to apply last in each instant."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from twin.networks.base import Change


@dataclass(frozen=True, slots=True)
class Event:
    """One line of ``events.csv``: what happened, to what, and when (seconds from the start)."""

    time_s: int
    kind: str
    subject: str
    detail: str = ""


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
    """

    changes: list[Change] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    commissioned: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    demand_moved: bool = False

    def post(self, event: Event, changes: Sequence[Change] = ()) -> None:
        """Record an event and the changes it brings."""
        self.events.append(event)
        self.changes.extend(changes)

    def take(self) -> list[Change]:
        """Hand over the posted changes and forget them."""
        taken, self.changes = self.changes, []
        return taken
