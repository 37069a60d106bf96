"""Where drivers post what they do, for the clock to apply last in each instant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from twin.utilities.base import Change


@dataclass(frozen=True, slots=True)
class Event:
    """One line of ``events.csv``: what happened, to what, and when (seconds from the start).

    Attributes
    ----------
    cause
        Number of the event that led to it, 0 if none did. Events are numbered from 1, as they are posted.
    late
        It came out of what the drivers of its instant posted, whichever was told first.
    """

    time_s: int
    kind: str
    subject: str
    detail: str = ""
    cause: int = 0
    late: bool = False


@dataclass(slots=True)
class TakenOut:
    """An outage: what it took out of service, and from when until when, seconds from the start."""

    assets: tuple[str, ...]
    begins_s: int
    ends_s: int | None = None

    def holds(self, second: int) -> bool:
        """Tell whether it was in force in a second."""
        return self.begins_s <= second and (self.ends_s is None or second < self.ends_s)


@dataclass(slots=True)
class Postings:
    """Changes and news posted since the clock last looked, and what stands by now.

    Attributes
    ----------
    changes
        Posted, not yet applied.
    events
        Everything that happened; drivers may be ahead of what came of it.
    commissioned
        Sites in service.
    connected
        Developments that draw their service.
    out
        By how many outages each asset is out of service.
    outages
        By number of its event, each outage that is in force or not yet forgotten.
    """

    changes: list[Change] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    commissioned: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    demand_moved: bool = False
    out: Counter[str] = field(default_factory=Counter)
    outages: dict[int, TakenOut] = field(default_factory=dict)

    def post(self, event: Event, changes: Sequence[Change] = ()) -> int:
        """Record an event and the changes it brings; return its number."""
        self.events.append(event)
        self.changes.extend(changes)
        return len(self.events)

    def take_out(self, event: Event, assets: Sequence[str]) -> int:
        """Record an outage and hold what it takes out of service; return its number."""
        number = self.post(event, [Change(asset, "held", True) for asset in assets])
        self.outages[number] = TakenOut(tuple(assets), event.time_s)
        self.out.update(assets)
        return number

    def bring_back(self, event: Event, outage: int) -> int:
        """End an outage; what no other outage holds is let go, to stand as it would without it."""
        ended = self.outages[outage]
        ended.ends_s = event.time_s
        self.out.subtract(ended.assets)
        return self.post(event, [Change(a, "held", False) for a in ended.assets if self.out[a] == 0])

    def forget_outages(self, before_s: int) -> None:
        """Forget the outages that had ended before a second."""
        over = [n for n, outage in self.outages.items() if (outage.ends_s or before_s) < before_s]
        for number in over:
            del self.outages[number]

    def take(self) -> list[Change]:
        """Hand over the posted changes and forget them."""
        taken, self.changes = self.changes, []
        return taken
