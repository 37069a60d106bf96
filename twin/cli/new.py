"""`twin new`: with an option for the own file of each utility that can begin a scenario.

Utilities are loaded for this command alone, so that the others start as fast as before.
"""

import shlex
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated

import typer

from twin.cli.terminal import exit_codes, print_mistakes, print_table, say
from twin.errors import InvalidInput, Mistake
from twin.scenario.scaffold import begin, scaffolds
from twin.utilities.scaffold import Together


def new_app() -> typer.Typer:
    """Return the command as an application of its own."""

    def new(folder: Path, debug: bool = False, **files: Path | None) -> None:
        """Make a runnable scenario around your own networks; what is guessed is said."""
        with exit_codes(debug) as kept:
            kept.watch(folder)
            given = _together({name: path for name, path in files.items() if path is not None})
            begun = begin(folder, given)
            print_mistakes([*begun.lost, *begun.warnings])
            print_table([(guess.what, f"{guess.chosen} (guess)") for guess in begun.guesses])
            say(f"next: twin run {shlex.quote(str(folder))}")

    annotations = {
        "folder": Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
        **{name: Annotated[Path | None, typer.Option(help=about)] for name, about in _options().items()},
        "debug": Annotated[bool, typer.Option("--debug", help="Show a traceback for an internal error.")],
    }
    defaults = {"folder": Parameter.empty, "debug": False}
    parameters = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=annotation)
        for name, annotation in annotations.items()
    ]
    new.__annotations__ = annotations
    new.__dict__["__signature__"] = Signature(parameters)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(new)
    return app


def _options() -> dict[str, str]:
    """Return the options for files with their meaning: each utility's own, and those beside it."""
    return {name: own.about for name, own in scaffolds().items()} | {
        name: about for own in scaffolds().values() for name, about in own.beside.items()
    }


def _together(files: dict[str, Path]) -> dict[str, object]:
    """Return what is given for each utility: a file, or a file with those beside it."""
    given: dict[str, object] = {}
    for utility, own in scaffolds().items():
        beside = {name: files.pop(name) for name in own.beside if name in files}
        if utility not in files and beside:
            name, path = next(iter(beside.items()))
            raise InvalidInput([Mistake(str(path), 0, f"--{name} without --{utility}", f"--{utility} FILE")])
        if utility in files:
            given[utility] = Together(files[utility], beside) if beside else files[utility]
    return given
