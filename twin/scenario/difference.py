"""Two scenario folders, or one at two revisions of git, side by side: what differs, and what that touches."""

import hashlib
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from twin.bounds import MOST_BYTES
from twin.errors import InvalidInput, Mistake
from twin.scenario.affected import affected
from twin.scenario.changes import Change, differences, rows_that_differ
from twin.scenario.currency import told, within
from twin.scenario.loading import load_scenario
from twin.scenario.reach import WITHIN, Reach
from twin.scenario.schema import Scenario
from twin.scratch import scratch
from twin.text import read_bytes
from twin.utilities.names import WHOLE
from twin.utilities.registry import utilities
from twin.utilities.utility import NetworkSettings, Utility

_AT_REVISION = re.compile(r"([^:]+):(.*)")
_FILE_MODES = ("100644", "100755")
_MOST_FILES = 10_000
_GIT_S = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two scenarios.

    Attributes
    ----------
    changes
        Settings, then tables, then networks.
    capacities
        Those that the changes touch, each with what touches it.
    """

    before: Scenario
    after: Scenario
    changes: tuple[Change, ...]
    capacities: Mapping[str, Sequence[str]]


def compare_scenarios(before: Scenario, after: Scenario) -> Difference:
    """Compare two scenarios that were loaded: tables, settings, and what their networks' files say.

    Raises
    ------
    InvalidInput
        If a network's file cannot be read.
    """
    changes = [*differences(_resolved(before), _resolved(after)), *_networks(before, after)]
    return Difference(before, after, tuple(changes), affected(before, after, changes))


def load_either(where: str, overrides: Sequence[str] = (), reach: Reach = WITHIN) -> Scenario:
    """Load a scenario from a folder, or from a revision of git as ``REVISION:PATH``.

    Raises
    ------
    InvalidInput
        If there is none, or it has mistakes.
    """
    path = Path(where)
    at = _AT_REVISION.fullmatch(where)
    if path.exists() or not at:
        return load_scenario(path, overrides, reach)
    return load_scenario(_checked_out(at[1], at[2]), overrides, reach)


def _resolved(scenario: Scenario) -> dict[str, object]:
    content: dict[str, object] = within(scenario.model_dump(mode="json"), told, scenario.currency)
    return content


def _networks(before: Scenario, after: Scenario) -> list[Change]:
    """Return the elements that differ in the networks' files that both simulate."""
    found = []
    for name, settings in after.simulated.items():
        earlier = before.simulated.get(name)
        if earlier is None:
            continue  # the settings tell it
        own = utilities()[name]
        files = [_files(own, one, scenario) for one, scenario in ((earlier, before), (settings, after))]
        if files[0] == files[1]:
            continue
        old, new = before.folder / earlier.file, after.folder / settings.file
        contents = own.contents(old, before), own.contents(new, after)
        if not any(contents):  # a utility that cannot tell what its files say
            found += rows_that_differ(name, *({f"{name}/{WHOLE}": sums} for sums in files))
        found += rows_that_differ(name, *contents)
    return found


def _files(utility: Utility, settings: NetworkSettings, scenario: Scenario) -> dict[str, str]:
    """Return the sums of the files that a network is read from, by what names each."""
    named = {"file": settings.file, **utility.beside(settings)}
    return {key: _sum(read_bytes(scenario.folder / name)) for key, name in named.items()}


def _sum(content: bytes) -> str:
    return f"sha256 {hashlib.sha256(content).hexdigest()[:8]}"


def _checked_out(revision: str, path: str) -> Path:
    """Return a folder that holds what a folder held at a revision; links and submodules are left out."""
    tree = f"{revision}:{_from_top(path)}"
    listed = _git("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", tree, where=f"{revision}:{path}")
    target = scratch("revision")
    entries = [entry.split("\t", 1) for entry in listed.decode(errors="surrogateescape").split("\0") if entry]
    if len(entries) > _MOST_FILES:
        raise InvalidInput([Mistake(f"{revision}:{path}", 0, f"more than {_MOST_FILES:,} files")])
    for about, name in entries:
        mode, _, digest = about.split(" ")
        place = PurePosixPath(name)
        if mode in _FILE_MODES and not place.is_absolute() and ".." not in place.parts:
            own = target / place
            own.parent.mkdir(parents=True, exist_ok=True)
            own.write_bytes(_git("cat-file", "blob", digest, where=name))
    return target


def _from_top(path: str) -> str:
    """Return a path below the present folder as git names it, from the top of the repository."""
    prefix = _git("rev-parse", "--show-prefix", where=path).decode(errors="surrogateescape").strip()
    parts: list[str] = []
    for part in PurePosixPath(prefix, path).parts:
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return "/".join(parts)


def _git(*words: str, where: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], capture_output=True, check=False, timeout=_GIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InvalidInput([Mistake(where, 0, f"git cannot be asked: {error}", "a folder")]) from None
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip().splitlines() or ["no such revision"]
        raise InvalidInput([Mistake(where, 0, f"git: {why[0]}", "a folder, or REVISION:PATH")])
    if len(done.stdout) > MOST_BYTES:
        raise InvalidInput(
            [Mistake(where, 0, f"is larger than {MOST_BYTES / 1024**2:g} MiB", "a smaller file")]
        )
    return done.stdout
