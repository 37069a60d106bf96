"""The command line: arguments, progress, error printing; nothing else."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin import cli_sweep
from twin.terminal import CHECK_FAILED, UNSOLVED
from twin.terminal import exit_codes as _exit_codes
from twin.terminal import print_table as _print_table

if TYPE_CHECKING:
    from twin.simulation import Progress

app = typer.Typer(
    help="Will the planned infrastructure carry the city's growth, and where does it first fail?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ScenarioPath = Annotated[Path, typer.Argument(help="Scenario folder, or a YAML file in one.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override, such as sites.SS01.slip_months=14."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback for an internal error.")]


@app.command()
def run(
    scenario: ScenarioPath,
    out: Annotated[Path | None, typer.Option(help="Results folder; default results/<scenario>.")] = None,
    overrides: Overrides = None,
    days: Annotated[str | None, typer.Option(help="every or representative.")] = None,
    checks: cli_sweep.ChecksPath = None,
    baseline: cli_sweep.BaselinePath = None,
    debug: Debug = False,
) -> None:
    """Run a scenario and save its results folder; with checks, judge it."""
    with _exit_codes(debug):
        from twin.scenario import load_scenario

        chosen = [*(overrides or []), *([f"days={days}"] if days else [])]
        loaded = load_scenario(scenario, chosen)
        from twin import results, simulation

        target = out or Path("results") / _default_name(scenario)
        results.refuse_foreign(target)
        asserted, before = cli_sweep.asserted(checks, baseline)
        with _progress() as observe:
            result = simulation.run(loaded, observe)
        folder = results.save(result, target)
        _print_table(results.summary(result))
        typer.echo(f"results: {folder}")
        if result.status != "complete":
            typer.echo(f"{scenario}: {result.reason} (the run so far is saved)", err=True)
        judged = checks or baseline
        holds = not judged or cli_sweep.judge_run(result, folder, asserted, before)
        if result.status != "complete":
            raise typer.Exit(UNSOLVED)
        if not holds:
            raise typer.Exit(CHECK_FAILED)


@app.command()
def validate(scenario: ScenarioPath, overrides: Overrides = None, debug: Debug = False) -> None:
    """Check a scenario without running it; every mistake is one line."""
    with _exit_codes(debug):
        from twin.scenario import load_scenario

        loaded = load_scenario(scenario, overrides or [])
        typer.echo(
            f"ok: {loaded.name}, {loaded.start} to {loaded.end}: {len(loaded.districts)} districts, "
            f"{len(loaded.sites)} sites, {len(loaded.developments)} developments, "
            f"{len(loaded.demand_points)} demand points, {len(loaded.links)} links"
        )


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    power: Annotated[Path | None, typer.Option(help="pandapower network (pandapower.to_json).")] = None,
    water: Annotated[Path | None, typer.Option(help="EPANET network (INP).")] = None,
    debug: Debug = False,
) -> None:
    """Make a runnable scenario around your own networks; what is guessed is said."""
    with _exit_codes(debug):
        import shlex

        from twin.scenario.scaffold import scaffold

        _print_table([(guess.what, f"{guess.chosen} (guess)") for guess in scaffold(folder, power, water)])
        typer.echo(f"next: twin run {shlex.quote(str(folder))}")


@app.command()
def schema() -> None:
    """Print the JSON schema of scenario.yaml and its tables, for editors."""
    from twin.scenario import Scenario

    typer.echo(json.dumps(Scenario.model_json_schema(), indent=2))


app.add_typer(cli_sweep.app)


def main() -> None:
    """Run the command line."""
    # networks are small: a second thread of the linear algebra costs more than it brings
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    app()


@contextmanager
def _progress() -> "Iterator[Callable[[Progress], None] | None]":
    """Show a progress bar on a terminal; be quiet elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    import time

    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[speed]:,.0f} coupled hours/s"),
        TextColumn("{task.fields[news]}"),
    )
    began = time.perf_counter()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("opening the networks", total=1.0, speed=0.0, news="")

        def observe(progress: "Progress") -> None:
            speed = progress.coupled_hours / (time.perf_counter() - began)
            bar.update(
                task,
                completed=progress.share,
                description=f"{progress.date:%Y-%m}",
                speed=speed,
                news=progress.news[:60],
            )

        yield observe


def _default_name(scenario: Path) -> str:
    path = scenario.resolve()
    return path.name if path.is_dir() else f"{path.parent.name}-{path.stem}"
