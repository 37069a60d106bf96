"""The command line: arguments, progress, error printing; nothing else."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli import check as cli_check
from twin.cli import demo as cli_demo
from twin.cli import diff as cli_diff
from twin.cli import export as cli_export
from twin.cli import judging
from twin.cli import orders as cli_orders
from twin.cli import serve as cli_serve
from twin.cli import show as cli_show
from twin.cli import snapshot as cli_snapshot
from twin.cli import sweep as cli_sweep
from twin.cli import validate as cli_validate
from twin.cli.answers import TEXT, Gathered, answering
from twin.cli.arguments import AllowFolder, Debug, MaybeScenario, Overrides, Report, VariantPath
from twin.cli.once import Once
from twin.cli.terminal import (
    Kept,
    exit_codes,
    prepare_streams,
    print_mistakes,
    print_table,
    print_utilities,
    say,
)
from twin.errors import Mistake
from twin.interrupts import deferred, listening
from twin.visible import visible

if TYPE_CHECKING:
    from twin.checks.evaluate import Verdict
    from twin.results.run import Run
    from twin.results.running import Tell
    from twin.scenario import Scenario
    from twin.simulation.clock import Progress

app = typer.Typer(
    cls=Once,
    help="Will the planned infrastructure carry the city's growth, and where does it first fail?",
    add_completion=False,
    pretty_exceptions_enable=False,
)

Version = Annotated[
    bool, typer.Option("--version", help="Print the versions of the program and its engines.")
]


@app.callback(invoke_without_command=True)
def _versions(context: typer.Context, version: Version = False) -> None:
    if version:
        from twin.results.run import versions

        for name, number in versions().items():
            say(f"{name} {number}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        say(context.get_help())
        raise typer.Exit


@app.command()
def run(
    scenario: MaybeScenario = None,
    variant: VariantPath = None,
    out: Annotated[Path | None, typer.Option(help="Results folder; default results/<scenario>.")] = None,
    overrides: Overrides = None,
    days: Annotated[str | None, typer.Option(help="every or representative.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Cores for representative days.")] = 1,
    checks: judging.ChecksPath = None,
    baseline: judging.BaselinePath = None,
    update_baseline: judging.UpdateBaseline = False,
    report: Report = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace another scenario's results; keep what else is there.")
    ] = False,
    form: judging.Form = TEXT,
    allow_folder: AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Run a scenario and save its results folder; with checks, judge it."""
    with answering("run", form, debug) as answer:
        answer.near += filter(None, [scenario, variant, checks])
        chosen = [*(overrides or []), *([f"days={days}"] if days else [])]
        loaded, changed, by = _asked(
            scenario, variant, chosen, allow_folder, checks, baseline, update_baseline
        )
        from twin.results import run as results
        from twin.results.folders import destination, locked, recover
        from twin.results.running import announce
        from twin.scenario.warnings import warnings

        said = answer.warnings = [*changed, *warnings(loaded)]
        print_mistakes(said)
        target = out or Path("results") / _default_name(loaded.folder / loaded.file, variant)
        results.refuse(loaded, target, force)
        cli_sweep.can_report(report)
        from twin.checks.prepare import prepare
        from twin.simulation import clock as simulation
        from twin.simulation.store import store_of_user

        place = destination(target)
        with locked(place), _progress() as show, announce(place, loaded.name) as tell:
            recover(place)
            answer.kept.watch(place)
            observe = _observer(tell, show)
            result = simulation.run(loaded, observe, prepare(loaded, by.checks), jobs, store_of_user())
            folder = _save(result, target, force, answer.kept)
        _tell(result, folder, {str(mistake) for mistake in said})
        answer.result = _result(result, folder)
        verdicts: Sequence[Verdict] = []
        if by.judges:
            with _saved(folder, "verdict"):
                judged = judging.judge_run(result, folder, by)
            verdicts, answer.result["verdict"] = judged.verdicts, judged.as_data()
        if report:
            with _saved(folder, "page, or not all figures"):
                cli_sweep.write_report(folder)
        if result.status != "complete":
            part = "the run so far" if result.ended_early else "the run"
            say(f"{scenario or variant}: {result.status}: {result.reason} ({part} is saved)", err=True)
        judging.leave(result.status, verdicts)


def _asked(
    path: Path | None,
    variant: Path | None,
    overrides: list[str],
    allowed: list[Path] | None,
    checks: Path | None,
    baseline: Path | None,
    update: bool,
) -> "tuple[Scenario, list[Mistake], judging.Asked]":
    """Read scenario, checks and baseline, and refuse all that is wrong with them at once."""
    from twin.checks.possible import unknown
    from twin.scenario.reach import reach_of
    from twin.scenario.variants import load_changed

    wrong = Gathered()
    with wrong:
        by = judging.asked(checks, baseline, update, "run")
    with wrong:
        loaded, changed = load_changed(path, variant, overrides, reach_of(allowed))
    wrong.refuse()
    wrong.add(unknown(by.checks, loaded))
    wrong.refuse()
    return loaded, changed, by


def _result(run: "Run", folder: Path) -> dict[str, Any]:
    """Return what the JSON document tells of a run."""
    about = {"scenario": run.scenario.name, "status": run.status, "reason": run.reason}
    return {**about, "folder": str(folder), "wall_s": round(run.wall_s, 3), "metrics": run.metrics}


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
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A results folder.")],
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print it and a brief of one sheet, by Chromium.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Write the page and the figures of a results folder."""
    with exit_codes(debug, "the page or figures may be missing"):
        from twin.results.folders import settled

        cli_sweep.write_report(settled(folder))
        if pdf:
            from twin.report.paper import write_pdfs

            say(f"pdf: {', '.join(map(str, write_pdfs(settled(folder))))}")


@app.command()
def schema(
    answers: Annotated[bool, typer.Option("--answers", help="Of what --format json prints.")] = False,
    debug: Debug = False,
) -> None:
    """Print the JSON schema of scenario.yaml and its tables, for editors."""
    with exit_codes(debug):
        if answers:
            from twin.cli.answer_schema import answer_schema

            typer.echo(json.dumps(answer_schema(), indent=2))
            return
        from twin.scenario import Scenario

        typer.echo(json.dumps(Scenario.model_json_schema(), indent=2))


app.add_typer(cli_orders.app)
app.add_typer(cli_validate.app)
app.add_typer(cli_check.app)
app.add_typer(cli_diff.app)
app.add_typer(cli_sweep.app)
app.add_typer(cli_serve.app)
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


def _default_name(file: Path, variant: Path | None) -> str:
    """Return what a run's folder is called: after its scenario, and its variant if it has one."""
    path = file.resolve()
    usual = path.name == "scenario.yaml"
    parts = [path.parent.name, *([] if usual else [path.stem]), *([variant.stem] if variant else [])]
    return "-".join(parts)
