"""The command line: arguments, progress, error printing; nothing else."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli import demo as cli_demo
from twin.cli import export as cli_export
from twin.cli import show as cli_show
from twin.cli import snapshot as cli_snapshot
from twin.cli import sweep as cli_sweep
from twin.cli.terminal import (
    Kept,
    exit_codes,
    prepare_streams,
    print_lines,
    print_mistakes,
    print_table,
    print_utilities,
    say,
)
from twin.errors import InvalidInput, Mistake
from twin.interrupts import deferred, listening
from twin.visible import visible

if TYPE_CHECKING:
    from twin.checks.evaluate import Verdict
    from twin.results.run import Run
    from twin.results.running import Tell
    from twin.simulation.clock import Progress

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
    jobs: Annotated[int, typer.Option(min=1, help="Cores for representative days.")] = 1,
    checks: cli_sweep.ChecksPath = None,
    baseline: cli_sweep.BaselinePath = None,
    report: cli_sweep.Report = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace another scenario's results; keep what else is there.")
    ] = False,
    allow_folder: cli_sweep.AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Run a scenario and save its results folder; with checks, judge it."""
    with exit_codes(debug) as kept:
        from twin.scenario import load_scenario
        from twin.scenario.reach import reach_of

        chosen = [*(overrides or []), *([f"days={days}"] if days else [])]
        loaded = load_scenario(scenario, chosen, reach_of(allow_folder))
        from twin.checks.prepare import prepare
        from twin.results import run as results
        from twin.results.folders import destination, locked, recover
        from twin.results.running import announce
        from twin.scenario.warnings import warnings

        said = warnings(loaded)
        print_mistakes(said)
        target = out or Path("results") / _default_name(scenario)
        results.refuse(loaded, target, force)
        cli_sweep.can_report(report)
        asserted, before = cli_sweep.asserted(checks, baseline)
        from twin.simulation import clock as simulation
        from twin.simulation.store import store_of_user

        place = destination(target)
        with locked(place), _progress() as show, announce(place, loaded.name) as tell:
            recover(place)
            kept.watch(place)
            observe = _observer(tell, show)
            result = simulation.run(loaded, observe, prepare(loaded, asserted), jobs, store_of_user())
            folder = _save(result, target, force, kept)
        _tell(result, folder, {str(mistake) for mistake in said})
        verdicts: list[Verdict] = []
        if checks or baseline:
            with _saved(folder, "verdict"):
                verdicts = cli_sweep.judge_run(result, folder, asserted, before)
        if report:
            with _saved(folder, "page, or not all figures"):
                cli_sweep.write_report(folder)
        if result.status != "complete":
            part = "the run so far" if result.ended_early else "the run"
            say(f"{scenario}: {result.status}: {result.reason} ({part} is saved)", err=True)
        cli_sweep.leave(result.status, verdicts)


def _observer(tell: "Tell", show: "Callable[[Progress], None] | None") -> "Callable[[Progress], None]":
    """Return what is told of each day, to whoever looks at the folder and to the terminal."""

    def observe(progress: "Progress") -> None:
        tell(progress.date, progress.share, progress.news)
        if show:
            show(progress)

    return observe


def _save(result: "Run", target: Path, force: bool, kept: Kept) -> Path:
    """Save a finished run; if the target was taken meanwhile, beside it, for a run is never lost."""
    from twin.results import run as results
    from twin.results.folders import NO_ROOM

    def missing(line: str) -> None:
        say(line, err=True)

    try:
        return results.save(result, target, force=force, tell=missing)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        say(f"{error}; saved beside it", err=True)
        with deferred():
            beside = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.absolute().parent))
            kept.watch(beside)
            return results.save(result, beside, tell=missing)


def _tell(result: "Run", folder: Path, said: set[str]) -> None:
    """Print a finished run: warnings that were not said yet, its table, its folder."""
    from twin.results.summary import summary, utilities

    for line in result.warnings:
        if line not in said:
            say(line, err=True)
    print_table(summary(result))
    print_utilities(utilities(result))
    say(f"results: {folder}")


@contextmanager
def _saved(folder: Path, what: str) -> Iterator[None]:
    """Say that a run stands, whatever fails after it."""
    try:
        yield
    except Exception:
        say(f"no {what}: the run is saved in {folder}", err=True)
        raise


@app.command()
def compare(
    paths: Annotated[
        list[Path], typer.Argument(metavar="DIR... | SCENARIO", help="Results, or one scenario.")
    ],
    build_order: Annotated[list[str] | None, typer.Option(help="Run the scenario under this order.")] = None,
    futures: Annotated[int, typer.Option(min=0, help="Drawn futures beside the planned one.")] = 0,
    slips: Annotated[
        float, typer.Option(min=0, help="Rank sites by what a slip of so many months costs.")
    ] = 0,
    threshold: Annotated[list[str] | None, typer.Option(metavar="METRIC<=NUMBER")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder; default results/compare-<name>.")] = None,
    overrides: Overrides = None,
    report: cli_sweep.Report = False,
    allow_folder: cli_sweep.AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Show runs, or build orders of one scenario, side by side."""
    with exit_codes(debug) as kept:
        from twin.orders import commands as comparing
        from twin.scenario.reach import reach_of

        target = out or Path("results") / f"compare-{'-'.join(path.resolve().name for path in paths)}"
        kept.watch(target)
        folder = comparing.compare(
            paths,
            build_order or [],
            futures=futures,
            slips=slips,
            thresholds=threshold or [],
            jobs=jobs,
            out=target,
            overrides=overrides or [],
            reach=reach_of(allow_folder),
            tell=lambda line: say(line, err=True),
            show=print_lines,
        )
        if report and folder:
            cli_sweep.write_report(folder)
        elif report and slips:
            say("a ranking of slips has no page", err=True)
        elif report:
            from twin.report import write_side_by_side

            say(f"report: {write_side_by_side(paths, target)}")


@app.command()
def plan(
    scenario: ScenarioPath,
    budget: Annotated[int, typer.Option(min=2, help="Evaluations; each is the full simulation.")],
    objective: Annotated[str, typer.Option(help="The metric to improve.")] = "plan_cost_bn_kzt",
    futures: Annotated[int, typer.Option(min=0, help="Drawn futures to search on; 0: the planned one.")] = 0,
    held_back: Annotated[int, typer.Option(min=0, help="Other futures that judge the result.")] = 8,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder; default results/plan-<scenario>.")] = None,
    overrides: Overrides = None,
    allow_folder: cli_sweep.AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Search for a better build order; started again, it goes on where it was."""
    with exit_codes(debug, "what was evaluated is kept; started again, it goes on"):
        from twin.orders import commands as comparing
        from twin.scenario.reach import reach_of

        comparing.plan(
            scenario,
            objective,
            budget=budget,
            futures=futures,
            held_back=held_back,
            jobs=jobs,
            out=out,
            overrides=overrides or [],
            reach=reach_of(allow_folder),
            tell=lambda line: say(line, err=True),
            show=print_lines,
        )


@app.command()
def validate(
    scenario: ScenarioPath,
    checks: cli_sweep.ChecksPath = None,
    quick: Annotated[bool, typer.Option("--quick", help="Read only; do not open the networks.")] = False,
    overrides: Overrides = None,
    allow_folder: cli_sweep.AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Find all that a run would refuse, without running; every mistake is one line."""
    with exit_codes(debug):
        from twin.scenario import load_scenario
        from twin.scenario.reach import reach_of
        from twin.scenario.warnings import warnings

        loaded = load_scenario(scenario, overrides or [], reach_of(allow_folder))
        asserted, _ = cli_sweep.asserted(checks, None)
        if quick:
            from twin.checks.checks import impossible
            from twin.works.budgets import check_budgets

            check_budgets(loaded)
            wrong = impossible(asserted, loaded)
            if wrong:
                raise InvalidInput(wrong)
        else:
            from twin.checks.prepare import prepare

            prepare(loaded, asserted)
        print_mistakes(warnings(loaded))
        say(
            f"ok: {loaded.name}, {loaded.start} to {loaded.end}: {len(loaded.districts)} districts, "
            f"{len(loaded.sites)} sites, {len(loaded.developments)} developments, "
            f"{len(loaded.demand_points)} demand points, {len(loaded.links)} links"
        )


@app.command(
    add_help_option=False,
    context_settings={
        "allow_extra_args": True,
        "allow_interspersed_args": False,
        "ignore_unknown_options": True,
    },
)
def new(context: typer.Context) -> None:
    """Make a runnable scenario around your own networks; what is guessed is said."""
    from twin.cli.new import new_app

    new_app()(context.args, prog_name=context.command_path)


@app.command("report")
def report_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A results folder.")], debug: Debug = False
) -> None:
    """Write the page and the figures of a results folder."""
    with exit_codes(debug, "the page or figures may be missing"):
        from twin.results.folders import settled

        cli_sweep.write_report(settled(folder))


@app.command()
def serve(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="A folder that holds results folders.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="On this machine; 0: any that is free.")] = 8400,
    debug: Debug = False,
) -> None:
    """Show results in the browser: on this machine only, read only, with a secret in the address."""
    with exit_codes(debug):
        import secrets

        from twin.serve.server import HOST, bind
        from twin.serve.server import serve as start

        if not results.is_dir():
            raise InvalidInput([Mistake(str(results), 0, "no folder here", "a folder of results")])
        token = secrets.token_urlsafe(16)
        bound = bind(port)
        say(f"http://{HOST}:{bound.getsockname()[1]}/{token}/")
        sys.stdout.flush()
        start(results.resolve(), bound, token)


@app.command()
def schema() -> None:
    """Print the JSON schema of scenario.yaml and its tables, for editors."""
    from twin.scenario import Scenario

    typer.echo(json.dumps(Scenario.model_json_schema(), indent=2))


app.add_typer(cli_sweep.app)
app.add_typer(cli_show.app)
app.add_typer(cli_export.app)
app.add_typer(cli_snapshot.app)
app.add_typer(cli_demo.app)


def main() -> None:
    """Run the command line."""
    # networks are small: a second thread of the linear algebra costs more than it brings
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with listening():
        prepare_streams()
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
        TextColumn("{task.fields[news]}", markup=False),
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
                news=visible(progress.news)[:60],
            )

        yield observe


def _default_name(scenario: Path) -> str:
    path = scenario.resolve()
    return path.name if path.is_dir() else f"{path.parent.name}-{path.stem}"
