"""The twin and its floors in turn, so that noise of the machine hits all alike."""

from dataclasses import dataclass
from statistics import median

from benchmarks.cases import Case
from benchmarks.floor import Alone, play
from benchmarks.steady import steady
from benchmarks.tape import record, solutions


@dataclass(frozen=True)
class Beside:
    """Milliseconds of processor time per coupled hour by round, and solutions an hour.

    Attributes
    ----------
    twin
        The whole program.
    floor, alone
        What was asked of the bare engines again; these each by itself.
    solutions, solutions_alone
        Of all engines, an hour.
    """

    twin: list[float]
    floor: list[float]
    alone: list[float]
    solutions: float
    solutions_alone: float

    @property
    def least(self) -> tuple[float, float]:
        """Return the twin over each floor, the best round of each: what noise adds is no part of it."""
        return min(self.twin) / min(self.floor), min(self.twin) / min(self.alone)

    def medians(self) -> dict[str, float]:
        """Return the medians of the rounds, and those of the ratios in each."""
        return {
            "twin": median(self.twin),
            "floor": median(self.floor),
            "alone": median(self.alone),
            "over_floor": median(t / f for t, f in zip(self.twin, self.floor, strict=True)),
            "over_alone": median(t / f for t, f in zip(self.twin, self.alone, strict=True)),
            "solutions": self.solutions,
            "solutions_alone": self.solutions_alone,
        }


def in_turn(case: Case, rounds: int) -> Beside:
    """Time a case and its floors, one after the other, so many times."""
    tape, clock = record(case)
    hours = clock.books.account.coupled_hours
    engines = Alone(tape, clock)
    twin, floor, alone = [], [], []
    for _ in range(rounds):
        twin.append(steady(case.scenario).ms_per_hour)
        floor.append(1e3 * play(tape, clock) / hours)
        alone.append(1e3 * engines.play() / hours)
    return Beside(twin, floor, alone, solutions(tape) / hours, engines.solutions / hours)
