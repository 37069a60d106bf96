"""Names by pattern: `*` stands for any characters; a name stands for itself, whatever is in it."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matching(names: Iterable[str], *patterns: str) -> list[str]:
    """Return the names that one of some patterns matches, in their order."""
    return [name for name in names if any(name == own or fnmatchcase(name, own) for own in patterns)]
