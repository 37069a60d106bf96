"""What a slow test counts and finds."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """Of one kind of harm: how often what was seen, and a line for everything that must not be."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def demand(self, holds: object, what: str) -> bool:
        """Note a fault unless something holds; return whether it does."""
        if not holds:
            self.failures.append(what)
        return bool(holds)

    def __ior__(self, other: "Counts") -> "Counts":
        self.counts.update(other.counts)
        self.failures += other.failures
        return self
