"""A runnable scenario around a user's own networks; everything that is not in them is marked as a guess."""

import csv
import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from twin.cells import table_writer
from twin.errors import InvalidInput, Mistake
from twin.files import UNFINISHED
from twin.interrupts import deferred, heard
from twin.locks import locked
from twin.utilities.names import AssetNames
from twin.utilities.registry import utilities
from twin.utilities.scaffold import Guess, Rows, Scaffold

_SCENARIO = """\
# Made by `twin new`. README.md lists what was guessed.
name: {name}             # shown in results and plots
start: 2026-01-01        # first day; a guess
end: 2026-02-01          # the day after the last; a guess
days: every              # representative: a typical and a peak day of each month
networks:                # what is left out is not simulated
{networks}demand:
  native_growth_percent_per_year: 0.0   # growth of the demand in the network files; a guess
"""
_README = """\
# {name}
Made by `twin new` around your files. Run it: `twin run {folder}`. The scenario reference explains every key.

## Guesses to check
{guesses}
"""


_COMMON = (
    Guess("horizon", "January 2026, every day", "set `start`, `end` and `days` in scenario.yaml"),
    Guess("growth", "none", "the files' own demand stays; set `demand.native_growth_percent_per_year`"),
)


def scaffolds() -> dict[str, Scaffold]:
    """Return how each utility begins a scenario, of those that can."""
    return {name: own.scaffold for name, own in utilities().items() if own.scaffold is not None}


def scaffold(folder: Path, files: Mapping[str, Path]) -> list[Guess]:
    """Write a scenario folder around the own files of some utilities; nothing, if anything is wrong.

    Parameters
    ----------
    folder
        To be made.
    files
        By utility, one of those that have a `Scaffold`.

    Raises
    ------
    InvalidInput
        If the folder is not empty or a file cannot be read; with every mistake.
    FileExistsError
        If another program is making the folder.
    """
    names, mistakes = _read(folder, files)
    if mistakes:
        raise InvalidInput(mistakes)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        _remove_left(folder)
        with deferred():
            work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
            try:
                (work / UNFINISHED).touch()
                with heard():
                    guesses = _write(work, folder, files, names)
                if folder.exists():
                    folder.rmdir()
                work.chmod(0o755)
                work.rename(folder)
            except BaseException:
                shutil.rmtree(work, ignore_errors=True)
                raise
            (folder / UNFINISHED).unlink()
    return guesses


def _remove_left(folder: Path) -> None:
    """Remove what killed programs left beside a folder that they were making."""
    for left in folder.parent.iterdir():
        if left.name.startswith(f".{folder.name}.new-") and left.is_dir() and not left.is_symlink():
            if (left / UNFINISHED).is_file():
                shutil.rmtree(left, ignore_errors=True)
            else:
                with suppress(OSError):  # an empty one is ours; of another one we know nothing
                    left.rmdir()


def _read(folder: Path, files: Mapping[str, Path]) -> tuple[dict[str, AssetNames], list[Mistake]]:
    """Return the names in each file, and all that is in the way."""
    names, mistakes = {}, []
    if not files:
        options = ", ".join(f"--{name} FILE" for name in scaffolds())
        remedy = f"{options} or {'both' if len(scaffolds()) == 2 else 'several'}"
        mistakes.append(Mistake(str(folder), 0, "no network given", remedy))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        mistakes.append(Mistake(str(folder), 0, "exists and is not empty", "a new folder"))
    elif folder.resolve() == Path.cwd():
        mistakes.append(Mistake(str(folder), 0, "is the current folder", "a new folder"))
    mistakes += [Mistake(str(p), 0, "is no folder") for p in folder.parents if p.exists() and not p.is_dir()]
    for utility, path in files.items():
        if not path.is_file():
            mistakes.append(Mistake(str(path), 0, "no such file"))
            continue
        try:
            names[utility] = scaffolds()[utility].read(path)
        except InvalidInput as error:
            mistakes += [replace(mistake, file=str(path)) for mistake in error.mistakes]
    return names, mistakes


def _write(
    work: Path, folder: Path, files: Mapping[str, Path], names: Mapping[str, AssetNames]
) -> list[Guess]:
    """Write the folder: utilities to which others are linked come after these."""
    guesses: list[Guess] = []
    for utility in sorted(scaffolds(), key=lambda name: bool(utilities()[name].links)):
        own, others = scaffolds()[utility], _all_but(utility, names)
        if utility not in files:
            guesses += own.absent(others)
            continue
        written = own.write(files[utility], work, others)
        guesses += written.guesses
        for table, rows in written.tables.items():
            _write_table(work / f"{table}.csv", rows)
    guesses += _COMMON
    networks = "".join(own.section for name, own in scaffolds().items() if name in files)
    text = _SCENARIO.format(name=json.dumps(folder.name, ensure_ascii=False), networks=networks)
    (work / "scenario.yaml").write_text(text, encoding="utf-8")
    lines = "\n".join(f"- **{g.what}**: {g.chosen} ({g.rule})" for g in guesses)
    readme = _README.format(name=folder.name, folder=folder, guesses=lines)
    (work / "README.md").write_text(readme, encoding="utf-8")
    return guesses


def _all_but(utility: str, names: Mapping[str, AssetNames]) -> AssetNames:
    """Return the names of all other utilities as one."""
    every = AssetNames()
    for name, own in names.items():
        for kind, assets in own.by_kind.items() if name != utility else ():
            every.by_kind.setdefault(kind, set()).update(assets)
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
