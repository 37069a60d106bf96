"""A runnable scenario around a user's own networks; everything that is not in them is marked as a guess."""

import csv
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from twin.cells import table_writer
from twin.errors import InvalidInput, Mistake
from twin.scenario.new_folder import in_the_way, new_folder
from twin.utilities.names import AssetNames
from twin.utilities.registry import utilities
from twin.utilities.scaffold import Guess, Rows, Scaffold, Together

_SCENARIO = """\
# Made by `twin new`. README.md lists what was guessed.
name: {name}             # shown in results and plots
start: {start}        # first day; a guess
end: {end}          # the day after the last; a guess
days: every              # representative: a typical and a peak day of each month
networks:                # what is left out is not simulated
{networks}demand:
  native_growth_percent_per_year: 0.0   # growth of the demand in the network files; a guess
"""
_README = """\
# {name}
Made by `twin new` around your files. Run it: `twin run {folder}`. The scenario reference explains every key.

## Guesses to check
Those come first on which most of the answer hangs.

{guesses}
"""
_START, _END = date(2026, 1, 1), date(2026, 2, 1)

_COMMON = (
    Guess("horizon", "January 2026, every day", "set `start`, `end` and `days` in scenario.yaml", 10.0),
    Guess("growth", "none", "the files' own demand stays; set `demand.native_growth_percent_per_year`", 42.0),
)


def scaffolds() -> dict[str, Scaffold]:
    """Return how each utility begins a scenario, of those that can."""
    return {name: own.scaffold for name, own in utilities().items() if own.scaffold is not None}


class Begun(NamedTuple):
    """What was written: guesses, and what is to be told of the files.

    Attributes
    ----------
    lost
        What they do not hold of what they were made of.
    warnings
        What they say for a part of the horizon only.
    """

    guesses: list[Guess]
    lost: list[Mistake]
    warnings: list[Mistake]


def scaffold(folder: Path, files: Mapping[str, Path]) -> list[Guess]:
    """Write a scenario folder around the own files of some utilities, like `begin`; return the guesses."""
    return begin(folder, files).guesses


def begin(folder: Path, given: Mapping[str, object]) -> Begun:
    """Write a scenario folder around the own networks of some utilities; nothing, if anything is wrong.

    Parameters
    ----------
    folder
        To be made.
    given
        By utility, one of those that have a `Scaffold`: the path of a file, or an object in memory.

    Raises
    ------
    InvalidInput
        If the folder is not empty or a file cannot be read; with every mistake.
    FileExistsError
        If another program is making the folder.
    """
    made = Path(tempfile.mkdtemp(prefix="twin-new-"))
    try:
        return _begin(folder, given, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _begin(folder: Path, given: Mapping[str, object], made: Path) -> Begun:
    """Write a scenario folder; what is converted is written to another first."""
    mistakes = list(_in_the_way(folder, given))
    files, lost = _taken(given, made, mistakes)
    names = _read(given, files, mistakes)
    if mistakes:
        raise InvalidInput(mistakes)
    with new_folder(folder) as work:
        guesses = _write(work, folder, files, names, lost)
        warnings = list(_in_files(work, files))
    return Begun(guesses, lost, warnings)


def _in_files(work: Path, files: Mapping[str, Path]) -> Iterator[Mistake]:
    """Yield what the networks' own files say for a part of the horizon only."""
    for name in files:
        yield from utilities()[name].file_warnings(work / scaffolds()[name].file, _START, _END)


def _in_the_way(folder: Path, given: Mapping[str, object]) -> Iterator[Mistake]:
    """Yield what keeps a scenario from being begun."""
    if not given:
        options = ", ".join(f"--{name} FILE" for name in scaffolds())
        yield Mistake(str(folder), 0, "no network given", f"{options} or several")
    yield from in_the_way(folder)


def _taken(
    given: Mapping[str, object], made: Path, mistakes: list[Mistake]
) -> tuple[dict[str, Path], list[Mistake]]:
    """Return each network as a file of its utility's kind, and what these do not hold."""
    files: dict[str, Path] = {}
    lost: list[Mistake] = []
    for utility, one in given.items():
        missing = [path for path in _paths(one) if not path.is_file()]
        if missing:
            mistakes += [Mistake(str(path), 0, "no such file") for path in missing]
            continue
        try:
            taken = scaffolds()[utility].take(one, made)
        except InvalidInput as error:
            mistakes += _told_of(one, utility, error.mistakes)
            continue
        files[utility] = taken.path
        lost += [replace(mistake, file=_told(utility, one)) for mistake in taken.lost]
    return files, lost


def _paths(given: object) -> list[Path]:
    """Return the files that are given for a utility, none of an object."""
    if isinstance(given, Together):
        return [given.path, *given.beside.values()]
    return [given] if isinstance(given, Path) else []


def _told_of(given: object, utility: str, mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Return the mistakes of what is given for a utility; of a file of another's kind that alone."""
    others = {name: own for name, own in scaffolds().items() if name != utility}
    fits = [name for name, own in others.items() if isinstance(given, Path) and _reads(own, given)]
    if not fits:
        return [_named(mistake, utility, given) for mistake in mistakes]
    about = scaffolds()[fits[0]].about.rstrip(".")
    problem = f"given as --{utility}, but this is what --{fits[0]} takes: {about}"
    return [Mistake(str(given), 0, problem, " or ".join(f"--{name} {given}" for name in fits))]


def _reads(own: Scaffold, path: Path) -> bool:
    """Return whether a file alone is one around which a utility begins a scenario."""
    if own.beside:
        return False
    try:
        own.read(path)
    except InvalidInput:
        return False
    return True


def _named(mistake: Mistake, utility: str, given: object) -> Mistake:
    """Return a mistake at what was given; one of several files keeps its name."""
    return mistake if isinstance(given, Together) else replace(mistake, file=_told(utility, given))


def _told(utility: str, given: object) -> str:
    """Return how a network that is given is named: by its path, an object by its keyword."""
    return str(given) if isinstance(given, Path) else utility


def _read(
    given: Mapping[str, object], files: Mapping[str, Path], mistakes: list[Mistake]
) -> dict[str, AssetNames]:
    """Return the names in each file; note what is wrong with it."""
    names = {}
    for utility, path in files.items():
        try:
            names[utility] = scaffolds()[utility].read(path)
        except InvalidInput as error:
            one = given[utility]
            mistakes += _told_of(one, utility, error.mistakes)
    return names


def _write(
    work: Path,
    folder: Path,
    files: Mapping[str, Path],
    names: Mapping[str, AssetNames],
    lost: Sequence[Mistake],
) -> list[Guess]:
    """Write the folder: utilities to which others are linked come after these."""
    guesses: list[Guess] = []
    sections: dict[str, str] = {}
    for utility in sorted(scaffolds(), key=lambda name: bool(utilities()[name].links)):
        own, others = scaffolds()[utility], _all_but(utility, names)
        if utility not in files:
            guesses += own.absent(others)
            continue
        written = own.write(files[utility], work, others)
        guesses += written.guesses
        sections[utility] = written.section or own.section
        for table, rows in written.tables.items():
            _write_table(work / f"{table}.csv", rows)
    guesses += _COMMON
    guesses.sort(key=lambda guess: -guess.weight)
    networks = "".join(sections[name] for name in scaffolds() if name in files)
    called = json.dumps(folder.name, ensure_ascii=False)
    text = _SCENARIO.format(name=called, start=_START, end=_END, networks=networks)
    (work / "scenario.yaml").write_text(text, encoding="utf-8")
    lines = "\n".join(f"- **{g.what}**: {g.chosen} ({g.rule})" for g in guesses)
    readme = _README.format(name=folder.name, folder=folder, guesses=lines)
    if lost:
        readme += "\n## Left out of the files\n" + "".join(f"- {mistake}\n" for mistake in lost)
    (work / "README.md").write_text(readme, encoding="utf-8")
    return guesses


def _all_but(utility: str, names: Mapping[str, AssetNames]) -> AssetNames:
    """Return the names of all other utilities as one."""
    every = AssetNames()
    for name, own in names.items():
        for kind, assets in own.by_kind.items() if name != utility else ():
            every.by_kind.setdefault(kind, set()).update(assets)
        every.draws_kw |= own.draws_kw if name != utility else {}
    return every


def _write_table(path: Path, rows: Rows) -> None:
    """Add rows to a table, which other utilities may have begun."""
    before: Rows = []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            before = [dict(row) for row in csv.DictReader(file)]
    columns = list(dict.fromkeys(column for row in (*before, *rows) for column in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = table_writer(file)
        writer.writerow(columns)
        writer.writerows([row.get(column, "") for column in columns] for row in (*before, *rows))
