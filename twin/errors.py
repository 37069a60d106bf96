"""What can go wrong, as seen by the person who runs the program."""

from collections.abc import Sequence
from dataclasses import dataclass

IN_SHEET = ": sheet "
"""Between a workbook and one of its sheets, where a file is named."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake in the input: where it stands, what is wrong, what would be right."""

    file: str
    line: int
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        between = ", row " if IN_SHEET in self.file else ":"
        place = f"{self.file}{between}{self.line}" if self.line else self.file
        return f"{place}: {self.problem}" + (f" ({self.remedy})" if self.remedy else "")


_LISTED = 5


def listed(names: Sequence[str]) -> str:
    """Return the first names of many, and how many more there are."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def counted(count: int, one: str, many: str = "") -> str:
    """Return ``1 run``, ``2 runs``: a number with the words that go with one, or with many."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


class InvalidInput(Exception):
    """The input cannot be run; carries every mistake that was found."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(map(str, self.mistakes)))


class Unsolved(Exception):
    """A network has no solution at this instant.

    Parameters
    ----------
    reason
        What an engineer can act on: the cause, in words.
    element
        Address of the asset the cause points to, the network's name if none does.
    """

    def __init__(self, reason: str, element: str = "") -> None:
        self.reason = reason
        self.element = element
        super().__init__(reason)
