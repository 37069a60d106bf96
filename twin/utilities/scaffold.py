"""How a scenario is begun around a network's own file: what is written, and what is guessed."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.utilities.names import AssetNames

Rows = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Guess:
    """Something the files do not say: what, what was chosen, and by which rule.

    Attributes
    ----------
    weight
        How much of the answer hangs on it beside other guesses: those above 50 decide what is served, those
        above 30 how much can be relied on, others when and how it is told.
    """

    what: str
    chosen: str
    rule: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Together:
    """A file that is given with others, by what `Scaffold.beside` calls each."""

    path: Path
    beside: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Taken:
    """A file of a utility's own kind, and what it does not hold of what it was made of."""

    path: Path
    lost: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What was written around a file: guesses, and rows of the scenario's tables by name.

    Attributes
    ----------
    section
        Stands for that of the scaffold, where it depends on what was given.
    """

    guesses: list[Guess]
    tables: Mapping[str, Rows] = field(default_factory=dict)
    section: str = ""


class Scaffold:
    """How a utility begins a scenario around one file of its own.

    Attributes
    ----------
    about
        What the file is, as the command line tells it.
    file
        Its name in the scenario's folder.
    section
        The utility's part of `networks`, as YAML with a comment on each guess.
    guesses
        What the section guesses.
    beside
        Further files that may be given with it, each an option of `twin new` with its meaning; `take` gets
        them as `Together`.
    """

    about = ""
    beside: Mapping[str, str] = {}
    file = ""
    section = ""
    guesses: tuple[Guess, ...] = ()

    def take(self, given: object, folder: Path) -> Taken:
        """Return something that a user gives as a file of this kind: a path, or an object in memory.

        What is no such file yet is written into the folder.

        Raises
        ------
        InvalidInput
            If it cannot become one.
        """
        if isinstance(given, Path):
            return Taken(given)
        raise InvalidInput([Mistake(self.file, 0, f"is a {type(given).__name__}", "the path of a file")])

    def read(self, path: Path) -> AssetNames:
        """Return the names in a file.

        Raises
        ------
        InvalidInput
            If no scenario can be begun around it.
        """
        raise NotImplementedError

    def write(self, source: Path, folder: Path, others: AssetNames) -> Written:
        """Copy the file, with what the assets of the other files given need of this utility."""
        shutil.copyfile(source, folder / self.file)
        return Written(list(self.guesses))

    def absent(self, others: AssetNames) -> list[Guess]:
        """Return what is guessed of the files given where none is given of this utility."""
        return []
