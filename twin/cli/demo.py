"""`twin demo`: arguments and printing; nothing else."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from twin.cli.terminal import exit_codes, say

app = typer.Typer()


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback for an internal error.")] = False,
) -> None:
    """Write the scenarios that come with the program: a small town, and Alatau over ten years."""
    with exit_codes(debug) as kept:
        from twin.scenario.demo import write_demo

        kept.watch(folder)
        for place in write_demo(folder):
            say(f"next: twin run {shlex.quote(str(place))}")
