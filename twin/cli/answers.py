"""What a command answers: lines for people while it works, or one document at its end for programs."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer

from twin.cli.terminal import CHECK_FAILED, DONE, INTERNAL, INVALID, UNSOLVED, Kept, exit_codes, say
from twin.errors import InvalidInput, Mistake
from twin.interrupts import INTERRUPTED

TEXT, JSON = "text", "json"
FORMAT = 1
"""Of the JSON document: raised when a key goes or means something else; new keys do not raise it."""
OUTCOMES = {
    DONE: "done",
    CHECK_FAILED: "check failed",
    INVALID: "invalid",
    UNSOLVED: "no result",
    INTERNAL: "failed",
    INTERRUPTED: "interrupted",
}


@dataclass(slots=True)
class Answer:
    """What a command has to say at its end.

    Attributes
    ----------
    result
        By the command: its part of the JSON document.
    near
        Files and folders that the command line named: mistakes name files that lie there.
    kept
        What an interruption leaves.
    """

    command: str
    kept: Kept
    result: dict[str, Any] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)
    near: list[Path] = field(default_factory=list)
    error: str = ""

    def as_data(self, code: int) -> dict[str, Any]:
        """Return the JSON document."""
        return {
            "format": FORMAT,
            "command": self.command,
            "version": version("twin"),
            "exit": code,
            "outcome": OUTCOMES.get(code, "failed"),
            "error": self.error,
            "mistakes": [asdict(mistake) for mistake in self.mistakes],
            "warnings": [asdict(mistake) for mistake in self.warnings],
            "result": self.result,
        }


Render = Callable[[Answer, int], str]


@contextmanager
def answering(
    command: str,
    form: str,
    debug: bool,
    otherwise: str = "nothing was saved",
    forms: dict[str, Render] | None = None,
) -> Iterator[Answer]:
    """Do a command; unless text is asked for, its lines go to standard error and a document to output.

    Parameters
    ----------
    forms
        Further forms by name.
    """
    every = {JSON: _as_json, **(forms or {})}
    if form in (TEXT, *every):
        with _told(command, debug, otherwise, every.get(form)) as answer:
            yield answer
        return
    with exit_codes(debug):
        problem = f"{form} is no form of {command}"
        raise InvalidInput([Mistake("--format", 0, problem, f"one of {', '.join((TEXT, *every))}")])


@contextmanager
def _told(command: str, debug: bool, otherwise: str, render: Render | None) -> Iterator[Answer]:
    answer, out, code = Answer(command, Kept(otherwise)), sys.stdout, DONE
    try:
        with redirect_stdout(sys.stderr if render else out), exit_codes(debug, otherwise, answer.kept):
            try:
                yield answer
            except InvalidInput as error:
                answer.mistakes = list(error.mistakes)
                raise
            except typer.Exit:
                raise
            except (Exception, KeyboardInterrupt) as error:
                answer.error = f"{type(error).__name__}: {error}"
                raise
    except typer.Exit as ended:
        code = ended.exit_code
    if code == INTERRUPTED:
        answer.error = f"interrupted; {answer.kept}"
    _annotate(answer)
    if render:
        with exit_codes(debug):
            typer.echo(render(answer, code), nl=False)
            out.flush()
    if code:
        raise typer.Exit(code)


def _as_json(answer: Answer, code: int) -> str:
    return json.dumps(answer.as_data(code), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _annotate(answer: Answer) -> None:
    """Show mistakes and warnings beside their lines where GitHub runs the program; standard error will do."""
    from twin.checks.annotations import github, in_github, of_mistakes

    if not in_github():
        return
    notes = of_mistakes(answer.mistakes, "error", answer.near)
    for line in github([*notes, *of_mistakes(answer.warnings, "warning", answer.near)]):
        say(line, err=True)


class Gathered:
    """Mistakes of several readers, told all at once.

    ``with gathered: ...`` takes in what a block refuses; `refuse` raises what was taken in.
    """

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> bool:
        """Take in a refusal."""
        if isinstance(error, InvalidInput):
            self.mistakes += error.mistakes
            return True
        return False

    def add(self, mistakes: Sequence[Mistake]) -> None:
        """Take in mistakes that were returned."""
        self.mistakes += mistakes

    def refuse(self) -> None:
        """Raise what was taken in.

        Raises
        ------
        InvalidInput
            If there is any.
        """
        if self.mistakes:
            raise InvalidInput(self.mistakes)
