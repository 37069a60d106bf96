"""The commands of sweeps: arguments, printing, exit codes; nothing else."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.terminal import (
    CHECK_FAILED,
    INTERNAL,
    INVALID,
    UNSOLVED,
    exit_codes,
    print_mistakes,
    print_table,
    say,
)
from twin.errors import InvalidInput, Mistake
from twin.visible import visible

if TYPE_CHECKING:
    from twin.checks.checks import Checks
    from twin.checks.evaluate import Summary, Verdict
    from twin.results.run import Run
    from twin.simulation.batch import LocalWorkers
    from twin.sweep import Plan
    from twin.sweep.cluster import ClusterWorkers, Tls

app = typer.Typer()
_WARNINGS = 20

Report = Annotated[bool, typer.Option("--report", help="Write report.html and figures/ too.")]
ChecksPath = Annotated[Path | None, typer.Option("--checks", metavar="FILE", help="Checks to judge by.")]
BaselinePath = Annotated[
    Path | None, typer.Option("--baseline", metavar="DIR", help="Folder whose metrics.json to compare with.")
]
AllowFolder = Annotated[
    list[Path] | None,
    typer.Option("--allow-folder", metavar="DIR", help="Where else the files that it names may lie."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback for an internal error.")]
Folder = Annotated[Path, typer.Argument(metavar="SWEEP", help="Folder that twin sweep wrote.")]


@app.command()
def sweep(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Sweep file (docs/sweeps.md).")],
    out: Annotated[Path | None, typer.Option(help="Folder; default results/<file>.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes on this machine.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Use a Dask cluster: tcp://host:8786.")
    ] = None,
    tls_ca: Annotated[str | None, typer.Option(help="CA certificate of a tls:// scheduler.")] = None,
    tls_cert: Annotated[str | None, typer.Option(help="Certificate to join it with.")] = None,
    tls_key: Annotated[str | None, typer.Option(help="Key of that certificate.")] = None,
    shard: Annotated[str, typer.Option(metavar="I/N", help="Only every Nth run.")] = "1/1",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a sweep that stands there.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the runs; estimate time, disk.")] = False,
    checks: ChecksPath = None,
    baseline: BaselinePath = None,
    progress: Annotated[str, typer.Option(metavar="auto|json", help="json: a line per run.")] = "auto",
    report: Report = False,
    allow_folder: AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Run every combination of a sweep's choices under its futures, and judge it."""
    with exit_codes(debug, "finished runs are saved; go on with --resume"):
        if progress not in ("auto", "json"):
            raise InvalidInput([Mistake("--progress", 0, f"{progress} is no way to show it", "auto or json")])
        from twin.scenario.reach import reach_of
        from twin.sweep import Plan, Sweep, execute, refuse
        from twin.sweep.reading import refuse_missing_tables

        part, tls = _shard(shard), _tls((tls_ca, tls_cert, tls_key))
        plan = Plan(Sweep(file, reach_of(allow_folder)))
        print_mistakes(plan.unkept())
        found, before = asserted(checks, baseline)
        refuse_missing_tables(found, plan.sweep.asked.tables)
        if found.checks:
            from twin.checks.prepare import prepare

            prepare(plan.widest, found)
        if dry_run:
            _list(plan, part, jobs)
            return
        folder = out or Path("results") / file.stem
        refuse(folder, resume)
        can_report(report)
        from twin.sweep.progress import show

        with _workers(jobs, scheduler, tls) as workers, show(progress, found) as observe:
            tally = execute(plan, folder, workers, part, observe)
        for line in tally.repaired:
            say(f"repaired: {line}", err=True)
        ended = f"{tally.complete} complete, {tally.unsolved} unsolved, {tally.failed} failed"
        found_before = f", {tally.found} found" if tally.found else ""
        say(f"runs: {ended}{found_before}, {tally.per_minute:.1f} a minute")
        for line, count in tally.warnings.most_common(_WARNINGS):
            say(f"warning in {count} runs: {line}", err=True)
        if len(tally.warnings) > _WARNINGS:
            say(f"and {len(tally.warnings) - _WARNINGS} other warnings", err=True)
        say(f"sweep: {folder}")
        _end(folder, plan.sweep.asked.name, found, before, report, tally.failed)


@app.command()
def merge(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to make.")],
    shards: Annotated[list[Path], typer.Argument(metavar="SHARD...", help="Folders of the shards.")],
    checks: ChecksPath = None,
    baseline: BaselinePath = None,
    debug: Debug = False,
) -> None:
    """Join the shards of a sweep, and judge it."""
    with exit_codes(debug, "what was joined is kept; started again, it goes on"):
        from twin.sweep.merging import merge as join
        from twin.sweep.reading import refuse_missing_tables
        from twin.sweep.spec import TABLES

        found, before = asserted(checks, baseline)
        described = join(out, shards)
        refuse_missing_tables(found, tuple(described["asked"].get("tables", TABLES)))
        say(f"sweep: {out}")
        _end(out, described["name"], found, before)


@app.command()
def query(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Results of a sweep, or of a run.")],
    sql: Annotated[str, typer.Argument(metavar="SQL", help="Over metrics, monthly, headroom, hourly, ...")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    debug: Debug = False,
) -> None:
    """Ask a sweep or a run in SQL."""
    with exit_codes(debug):
        from twin.sweep.querying import query as ask

        columns, rows = ask(folder, sql)
        if as_csv:
            from twin.cells import cell, table_writer

            writer = table_writer(sys.stdout)
            for row in (columns, *rows):
                writer.writerow([cell(visible(own) if isinstance(own, str) else own) for own in row])
            return
        # a line is a row, whatever its cells hold
        texts = [[visible(_text(value)) for value in row] for row in (columns, *rows)]
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        for text in texts:
            padded = (own.ljust(width) for own, width in zip(text, widths, strict=True))
            say("  ".join(padded).rstrip())


@app.command()
def sensitivity(
    folder: Folder,
    metric: Annotated[list[str], typer.Option("--metric", help="Metric; may be given several times.")],
    threshold: Annotated[
        str | None, typer.Option(metavar="BOUND", help="Good futures, such as '<= 0': tell which fail.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Tell which uncertainty drives a metric, and which futures fail."""
    with exit_codes(debug):
        from twin.sweep.sensitivity import report

        for line in report(folder, metric, threshold):
            say(line)


def asserted(checks: Path | None, baseline: Path | None) -> "tuple[Checks, Summary | None]":
    """Read checks and baseline before anything runs: a run may replace the folder it is compared with."""
    from twin.checks.checks import Checks, read_checks
    from twin.results.folders import settled
    from twin.results.run import read_summary

    return read_checks(checks) if checks else Checks(), read_summary(settled(baseline)) if baseline else None


def judge_run(run: "Run", folder: Path, checks: "Checks", before: "Summary | None") -> "list[Verdict]":
    """Judge a run, write and print the verdicts, and return them."""
    from twin.checks.evaluate import Evaluation
    from twin.sweep.tables import run_tables

    evaluation = Evaluation(checks)
    wanted = sorted(checks.tables - {"metrics"})
    reason = "" if run.status == "complete" else run.reason
    evaluation.take({"run": ("all", reason)}, run_tables(run, "run", wanted))
    return _tell(folder, run.scenario.name, checks, evaluation.verdicts(), before, [])


def can_report(wanted: bool) -> None:
    """Refuse a page before anything runs where what writes it is not installed."""
    from twin.extras import needs

    for module in ("jinja2", "plotly", "matplotlib") if wanted else ():
        needs(module, "report")


def write_report(folder: Path) -> None:
    """Write the page and the figures of a results folder, and say where."""
    from twin.report import write_report as write
    from twin.report.figures import write_figures

    say(f"report: {write(folder)}")
    figures = write_figures(folder)
    if figures:
        say(f"figures: {folder / 'figures'} ({len(figures)})")


def _end(
    folder: Path,
    name: str,
    checks: "Checks",
    before: "Summary | None",
    report: bool = False,
    failed: int = 0,
) -> None:
    """Judge a sweep if asked, tell which runs have no result, and leave with the exit code.

    Parameters
    ----------
    failed
        How many runs failed; those that the dataset does not list had no room there.
    """
    from twin.sweep.reading import for_want_of_room, judge, standing

    counts, reasons = standing(folder)
    notes = [", ".join(f"{count} {status}" for status, count in counts.items())]
    notes += [f"{count} runs: {reason}" for reason, count in reasons]
    for line in notes[1:]:
        say(f"no result: {line}", err=True)
    unlisted = failed - counts.get("failed", 0)
    if unlisted > 0:
        say(f"no result: {unlisted} runs: there is no room even to list them; --resume does them", err=True)
    judged = bool(checks.checks) or before is not None
    verdicts = _tell(folder, name, checks, judge(folder, checks), before, notes) if judged else []
    if report:
        write_report(folder)
    if unlisted > 0 or counts.get("failed"):
        raise typer.Exit(INVALID if for_want_of_room(folder) else INTERNAL)
    leave(
        "unbalanced" if counts.get("unbalanced") else "unsolved" if counts.get("unsolved") else "", verdicts
    )


def leave(status: str, verdicts: "Sequence[Verdict]") -> None:
    """Leave with the exit code of a run's status, unless a check takes on its hours, and of the verdicts.

    Parameters
    ----------
    status
        ``unsolved`` or ``unbalanced``; anything else is a result.
    """
    from twin.checks.checks import HOURS
    from twin.checks.formats import passed

    taken_on = [verdict for verdict in verdicts if verdict.metric == HOURS[0]]
    accepted = bool(taken_on) and passed(taken_on)
    if status == "unbalanced" or (status == "unsolved" and not accepted):
        raise typer.Exit(UNSOLVED)
    if not passed(verdicts):
        raise typer.Exit(CHECK_FAILED)


def _tell(
    folder: Path,
    name: str,
    checks: "Checks",
    verdicts: "list[Verdict]",
    before: "Summary | None",
    notes: Sequence[str],
) -> "list[Verdict]":
    """Add the comparison with a baseline, write, print and return the verdicts."""
    from twin.checks.evaluate import compare
    from twin.checks.formats import table, write_verdicts
    from twin.results.run import read_summary

    if before is not None:
        verdicts = [*verdicts, *compare(read_summary(folder), before, checks.tolerance)]
    write_verdicts(folder, name, verdicts, notes)
    print_table(table(verdicts))
    return verdicts


def _list(plan: "Plan", shard: tuple[int, int], jobs: int) -> None:
    """Print the runs of a plan and an estimate of what they cost."""
    from twin.sweep.estimate import estimate

    count = 0
    for run in plan.runs(shard):
        sampled = "  ".join(f"{name}={_text(value)}" for name, value in run.sampled.items())
        say(f"{run.number}  {run.run_id}  {run.cell}  seed={run.seed}  {sampled}".rstrip())
        count += 1
    say(f"{count} runs of {plan.total}; {estimate(plan, count, jobs)}")


def _shard(text: str) -> tuple[int, int]:
    first, _, second = text.partition("/")
    if not (first.isdigit() and second.isdigit() and 1 <= int(first) <= int(second)):
        raise InvalidInput([Mistake("--shard", 0, f"{text} is no shard", "I/N, such as 1/4")])
    return int(first), int(second)


def _tls(files: tuple[str | None, ...]) -> "Tls | None":
    from twin.sweep.cluster import Tls

    given = [file for file in files if file]
    if given and len(given) < len(files):
        raise InvalidInput(
            [Mistake("--tls-ca", 0, "TLS needs three files", "--tls-ca, --tls-cert, --tls-key")]
        )
    return Tls(*given) if given else None


def _workers(jobs: int, scheduler: str | None, tls: "Tls | None") -> "LocalWorkers | ClusterWorkers":
    from twin.simulation.batch import LocalWorkers
    from twin.sweep.cluster import ClusterWorkers

    return LocalWorkers(jobs) if scheduler is None else ClusterWorkers(scheduler, tls)


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
