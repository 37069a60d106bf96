"""The twin and its floor in turn, so that noise of the machine hits both alike."""

from dataclasses import dataclass

from benchmarks.cases import Case
from benchmarks.floor import play, record, solutions
from benchmarks.steady import steady


@dataclass(frozen=True)
class Beside:
    """Milliseconds per coupled hour by round, and solutions an hour."""

    twin: list[float]
    floor: list[float]
    solutions: float


def in_turn(case: Case, rounds: int) -> Beside:
    """Time a case and its floor, one after the other, so many times."""
    tape, clock = record(case)
    hours = clock.account.coupled_hours
    twin, floor = [], []
    for _ in range(rounds):
        twin.append(steady(case.scenario).ms_per_hour)
        floor.append(1e3 * play(tape, clock) / hours)
    return Beside(twin, floor, solutions(tape) / hours)
