"""Which files a scenario may read: those in its own folder, and in folders that the command line names."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

OUTSIDE = "lies outside the scenario's folder"
AS_ALLOWED = "a file in it, or --allow-folder DIR"


@dataclass(frozen=True, slots=True)
class Reach:
    """Folders that the files which a scenario names must stay in.

    Attributes
    ----------
    folders
        Beside its own.
    overrides
        Paths in overrides are the user's own, and may lead anywhere.
    """

    folders: tuple[Path, ...] = ()
    overrides: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "folders", tuple(Path(os.path.realpath(each)) for each in self.folders))

    def beside(self, *folders: Path) -> "Reach":
        """Return what may be read by something that stands in a folder."""
        return Reach((*folders, *self.folders), self.overrides)

    def holds(self, path: Path) -> bool:
        """Return whether a file lies in one of the folders when all links are followed."""
        try:
            real = os.path.realpath(path)
        except (OSError, ValueError):  # a NUL in its name: no file at all, as whoever opens it will say
            return True
        return any(_is_in(real, str(folder)) for folder in self.folders)


WITHIN = Reach()
"""Its own folder alone."""
ANYWHERE = Reach((Path("/"),))
"""For what was looked at before."""


def reach_of(folders: Sequence[Path] | None) -> Reach:
    """Return what the folders of a command line allow."""
    return Reach(tuple(folders or ()))


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))
