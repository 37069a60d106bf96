"""Arguments that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

ScenarioPath = Annotated[Path, typer.Argument(help="Scenario folder, or a YAML file in one.")]
MaybeScenario = Annotated[
    Path | None, typer.Argument(help="Scenario folder, or a YAML file in one; --variant names its own.")
]
VariantPath = Annotated[
    Path | None, typer.Option("--variant", metavar="FILE", help="Run it as this variant changes it.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override, such as sites.SS01.slip_months=14."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback for an internal error.")]
AllowFolder = Annotated[
    list[Path] | None,
    typer.Option("--allow-folder", metavar="DIR", help="Where else the files that it names may lie."),
]
Report = Annotated[bool, typer.Option("--report", help="Write report.html and figures/ too.")]
