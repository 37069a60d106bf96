"""`twin export`: arguments and printing; nothing else."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.terminal import exit_codes, say

app = typer.Typer()


@app.command()
def export(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="A folder that twin run wrote.")],
    gis: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A map: FILE.gpkg, or FILE.geojson in degrees.")
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Every table in a workbook, FILE.xlsx.")
    ] = None,
    headroom: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Headroom by year as network operators publish it, FILE.csv."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files of other programs too.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback for an internal error.")] = False,
) -> None:
    """Write a finished run as a map, a workbook, or the headroom table of network operators."""
    with exit_codes(debug):
        from twin.report.exports.write import export as write

        given = {"--gis": gis, "--xlsx": xlsx, "--headroom": headroom}
        files = {option: path for option, path in given.items() if path is not None}
        for line in write(results, files, force):
            say(line, err=True)
        for path in files.values():
            say(f"written: {path}")
