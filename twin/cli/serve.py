"""The command of the local server: arguments, its address; nothing else."""

import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from twin.cli.arguments import AllowFolder, Debug
from twin.cli.terminal import exit_codes, say
from twin.errors import InvalidInput, Mistake

app = typer.Typer()


@app.command()
def serve(
    place: Annotated[
        Path,
        typer.Argument(metavar="SCENARIO | RESULTS", help="A scenario; a run; a folder of results folders."),
    ],
    port: Annotated[int, typer.Option(min=0, max=65535, help="On this machine; 0: any that is free.")] = 8400,
    variants: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where variants lie; default: variants/ in the scenario."),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where runs are kept; default results/board-<scenario>."),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Show results alone; nothing is run or written.")
    ] = False,
    allow_folder: AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Open the board of a scenario, or show results, in the browser: on this machine, by a secret address."""
    with exit_codes(debug, "what was changed is kept"):
        from twin.scenario.reach import reach_of
        from twin.serve.opening import opened
        from twin.serve.server import HOST, bind
        from twin.serve.server import serve as start

        if not place.exists():
            remedy = "a scenario, or a folder of results"
            raise InvalidInput([Mistake(str(place), 0, "nothing is here", remedy)])
        served = opened(place, variants, results, read_only, reach_of(allow_folder))
        token = secrets.token_urlsafe(16)
        bound = bind(port)
        say(f"http://{HOST}:{bound.getsockname()[1]}/{token}/")
        sys.stdout.flush()
        start(served, bound, token)
