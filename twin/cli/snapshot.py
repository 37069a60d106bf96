"""`twin snapshot`: an instant of a saved run as native files."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.arguments import AllowFolder
from twin.cli.terminal import exit_codes, print_mistakes, say

app = typer.Typer()


@app.command()
def snapshot(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="The results folder of a run.")],
    at: Annotated[
        str, typer.Option(metavar="TIME|worst", help="2026-01-01T18:00, or an asset's worst hour.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    asset: Annotated[str, typer.Option(help="With worst: whose; without it, that of all limits.")] = "",
    allow_folder: AllowFolder = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback for an internal error.")] = False,
) -> None:
    """Write an instant of a run as files that pandapower, WNTR and EPANET open, solved."""
    with exit_codes(debug):
        from twin.results.folders import settled
        from twin.scenario.reach import Reach
        from twin.simulation.snapshot import write_snapshot
        from twin.simulation.store import store_of_user

        reach = Reach(tuple(allow_folder or ()), overrides=False)
        written = write_snapshot(settled(results), at, asset, out, reach, store_of_user())
        print_mistakes(written.told)
        say(f"{written.time.isoformat(timespec='minutes')}: {', '.join(written.files)} in {out}")
