"""What all commands share: exit codes, error lines, tables."""

import errno
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer

from twin.errors import InvalidInput, Mistake

DONE, CHECK_FAILED, INVALID, UNSOLVED, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 130
_NOT_THERE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR)


@contextmanager
def exit_codes(debug: bool, lost: str = "nothing was saved") -> Iterator[None]:
    """Turn what can go wrong into plain lines on standard error and an exit code.

    Parameters
    ----------
    lost
        What an interruption leaves, for its line.
    """
    try:
        yield
    except InvalidInput as error:
        print_mistakes(error.mistakes)
        raise typer.Exit(INVALID) from None
    except FileExistsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(INVALID) from None
    except OSError as error:
        if debug:
            traceback.print_exc()
        # a folder that cannot be written is the caller's to change; a full disk or a lost server is not
        typer.echo(f"{error.filename}: {error.strerror}" if error.filename else str(error), err=True)
        raise typer.Exit(INVALID if error.errno in _NOT_THERE else INTERNAL) from None
    except KeyboardInterrupt:
        typer.echo(f"interrupted; {lost}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except typer.Exit:
        raise
    except Exception as error:
        if debug:
            traceback.print_exc()
        typer.echo(f"internal error: {type(error).__name__}: {error} (--debug shows where)", err=True)
        raise typer.Exit(INTERNAL) from None


def print_mistakes(mistakes: Iterable[Mistake]) -> None:
    """Print lines of what is wrong, or is worth a warning, on standard error."""
    for mistake in mistakes:
        typer.echo(str(mistake), err=True)


def print_table(rows: list[tuple[str, str]]) -> None:
    """Print names and values: plain columns, or a table on a terminal."""
    if not sys.stdout.isatty():
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            typer.echo(f"{name:<{width}}  {value}")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in rows:
        table.add_row(name, value)
    Console().print(table)


def print_lines(title: str, lines: list[tuple[str, ...]]) -> None:
    """Print lines of cells in columns; the first line is their head."""
    if title:
        typer.echo(f"\n{title}")
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        typer.echo("  ".join(f"{cell:<{w}}" for cell, w in zip(line, widths, strict=True)).rstrip())


def print_utilities(rows: list[tuple[str, str, str, str]]) -> None:
    """End with one row per utility, on a terminal; the lines above say the same."""
    if not sys.stdout.isatty():
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("utility", "peak", "first breach", "not served")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
