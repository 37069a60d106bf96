"""What all commands share: exit codes, error lines, tables."""

import errno
import io
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from twin.errors import InvalidInput, Mistake
from twin.interrupts import INTERRUPTED, is_one
from twin.visible import visible

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

DONE, CHECK_FAILED, INVALID, UNSOLVED, INTERNAL = 0, 1, 2, 3, 4
_YOURS_TO_CHANGE = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP),
    *(errno.ENAMETOOLONG, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBUSY),
)
"""Errors of folders and disks, which the caller can change; a lost server is none."""
_MOST_LINES, _MOST_CHARACTERS = 1_000, 4_000


class Kept:
    """What stands after an interruption, for its line.

    Parameters
    ----------
    otherwise
        Unless a folder that was watched has been exchanged.
    """

    def __init__(self, otherwise: str) -> None:
        self._otherwise = otherwise
        self._watched: tuple[Path, int] | None = None

    def __str__(self) -> str:
        if self._watched:
            folder, before = self._watched
            if _number(folder) not in (before, 0):
                return f"{folder} is saved"
        return self._otherwise

    def watch(self, folder: Path) -> None:
        """Tell of a folder that is to be exchanged; the disk alone knows at any moment whether it was."""
        self._watched = folder, _number(folder)


def _number(folder: Path) -> int:
    """Return what the system knows a folder by, 0 if there is none."""
    try:
        return folder.stat().st_ino
    except OSError:
        return 0


@contextmanager
def exit_codes(debug: bool, otherwise: str = "nothing was saved", kept: Kept | None = None) -> Iterator[Kept]:
    """Turn what can go wrong into plain lines on standard error and an exit code.

    Parameters
    ----------
    otherwise
        What an interruption leaves, unless a watched folder is saved.
    """
    kept = kept or Kept(otherwise)
    try:
        yield kept
        sys.stdout.flush()
    except typer.Exit:
        raise
    except (Exception, KeyboardInterrupt) as error:
        raise typer.Exit(_told(error, debug, kept)) from None


def _told(error: BaseException, debug: bool, kept: Kept) -> int:
    """Say what went wrong; return the exit code for it."""
    if is_one(error):
        say(f"interrupted; {kept}", err=True)
        return INTERRUPTED
    if isinstance(error, InvalidInput):
        print_mistakes(error.mistakes)
        return INVALID
    if isinstance(error, FileExistsError):
        say(str(error), err=True)
        return INVALID
    if debug:
        traceback.print_exception(error)
    if isinstance(error, OSError):
        say(f"{error.filename}: {error.strerror}" if error.filename else str(error), err=True)
        return INVALID if error.errno in _YOURS_TO_CHANGE else INTERNAL
    told = "; ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
    say(f"internal error: {told} (--debug shows where)", err=True)
    return INTERNAL


def say(line: str, err: bool = False) -> None:
    """Print a line; what a terminal would take as a command is written out in it."""
    typer.echo(visible(line), err=err)


class _Outlet(io.FileIO):
    """Where a stream ends; a reader that has gone, as ``head`` does, ends no program."""

    def write(self, data: "Buffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if error.errno == errno.EPIPE:
                return len(memoryview(data))
            error.filename = "standard output" if self.fileno() == 1 else "standard error"
            raise


def prepare_streams() -> None:
    """Make standard output and error fit for closed pipes, missing streams and any name."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass  # a stream that was closed: nothing that is opened later may take its place
    os.close(handle)
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        encoding = getattr(stream, "encoding", None) or "utf-8"
        outlet = io.BufferedWriter(_Outlet(number, "wb", closefd=False))
        lines = number == 2 or os.isatty(number)
        fit = io.TextIOWrapper(outlet, encoding, errors="backslashreplace", line_buffering=lines)
        if stream is not None:
            stream.flush()
        setattr(sys, name, fit)


def print_mistakes(mistakes: Iterable[Mistake]) -> None:
    """Print lines of what is wrong, or is worth a warning, on standard error."""
    told = [str(mistake) for mistake in mistakes]
    for line in told[:_MOST_LINES]:
        more = len(line) - _MOST_CHARACTERS
        cut = f"... ({more:,} characters more)" if more > 0 else ""
        say(line[:_MOST_CHARACTERS] + cut, err=True)
    if len(told) > _MOST_LINES:
        say(f"and {len(told) - _MOST_LINES:,} more", err=True)


def print_table(rows: list[tuple[str, str]]) -> None:
    """Print names and values: plain columns, or a table on a terminal."""
    if not sys.stdout.isatty():
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            say(f"{name:<{width}}  {value}")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in rows:
        table.add_row(Text(visible(name)), Text(visible(value)))
    Console().print(table)


def print_lines(title: str, lines: list[tuple[str, ...]]) -> None:
    """Print lines of cells in columns; the first line is their head."""
    if title:
        say("")
        say(title)
    lines = [tuple(map(visible, line)) for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        say("  ".join(f"{cell:<{w}}" for cell, w in zip(line, widths, strict=True)).rstrip())


def print_utilities(rows: list[tuple[str, str, str, str]]) -> None:
    """End with one row per utility, on a terminal; the lines above say the same."""
    if not sys.stdout.isatty():
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("utility", "peak", "first breach", "not served")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    Console().print(table)
