"""The commands of sweeps: arguments, printing, exit codes; nothing else."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli import judging
from twin.cli.answers import TEXT, Answer, Gathered, answering
from twin.cli.arguments import AllowFolder, Debug, Report
from twin.cli.terminal import exit_codes, print_mistakes, say
from twin.errors import InvalidInput, Mistake, counted
from twin.visible import visible

if TYPE_CHECKING:
    from twin.checks.evaluate import Verdict
    from twin.simulation.batch import LocalWorkers
    from twin.sweep import Plan
    from twin.sweep.cluster import ClusterWorkers, Tls

app = typer.Typer()
_WARNINGS = 20

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
    checks: judging.ChecksPath = None,
    baseline: judging.BaselinePath = None,
    update_baseline: judging.UpdateBaseline = False,
    progress: Annotated[str, typer.Option(metavar="auto|json", help="json: a line per run.")] = "auto",
    report: Report = False,
    form: judging.Form = TEXT,
    allow_folder: AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Run every combination of a sweep's choices under its futures, and judge it."""
    with answering("sweep", form, debug, "finished runs are saved; go on with --resume") as answer:
        if progress not in ("auto", "json"):
            raise InvalidInput([Mistake("--progress", 0, f"{progress} is no way to show it", "auto or json")])
        from twin.sweep import execute, refuse

        answer.near += [file, *filter(None, [checks])]
        part, tls = _shard(shard), _tls((tls_ca, tls_cert, tls_key))
        folder = out or Path("results") / file.stem
        plan, by = _asked(file, allow_folder, checks, baseline, update_baseline)
        answer.warnings = plan.unkept()
        print_mistakes(answer.warnings)
        if not dry_run:
            refuse(folder, resume)
            can_report(report)
        if by.checks.checks:
            from twin.checks.prepare import prepare

            prepare(plan.widest, by.checks)
        if dry_run:
            _list(plan, part, jobs)
            return
        from twin.sweep.progress import show

        with _workers(jobs, scheduler, tls) as workers, show(progress, by.checks) as observe:
            tally = execute(plan, folder, workers, part, observe)
        for line in tally.repaired:
            say(f"repaired: {line}", err=True)
        ended = f"{tally.complete} complete, {tally.unsolved} unsolved, {tally.failed} failed"
        found_before = f", {tally.found} found" if tally.found else ""
        say(f"runs: {ended}{found_before}, {tally.per_minute:.1f} a minute")
        for line, count in tally.warnings.most_common(_WARNINGS):
            say(f"warning in {counted(count, 'run')}: {line}", err=True)
        if len(tally.warnings) > _WARNINGS:
            say(f"and {len(tally.warnings) - _WARNINGS} other warnings", err=True)
        say(f"sweep: {folder}")
        _end(folder, plan.sweep.asked.name, _of_whole(by, part), answer, report, tally.failed)


def _asked(
    file: Path, allowed: list[Path] | None, checks: Path | None, baseline: Path | None, update: bool
) -> "tuple[Plan, judging.Asked]":
    """Read sweep file, checks and baseline, and refuse all that is wrong with them at once."""
    from twin.checks.possible import unknown
    from twin.scenario.reach import reach_of
    from twin.sweep import Plan, Sweep
    from twin.sweep.reading import refuse_missing_tables

    wrong = Gathered()
    with wrong:
        by = judging.asked(checks, baseline, update, "sweep")
    with wrong:
        plan = Plan(Sweep(file, reach_of(allowed)))
    wrong.refuse()
    refuse_missing_tables(by.checks, plan.sweep.asked.tables)
    wrong.add(unknown(by.checks, plan.widest))
    wrong.refuse()
    return plan, by


@app.command()
def merge(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to make.")],
    shards: Annotated[list[Path], typer.Argument(metavar="SHARD...", help="Folders of the shards.")],
    checks: judging.ChecksPath = None,
    baseline: judging.BaselinePath = None,
    update_baseline: judging.UpdateBaseline = False,
    form: judging.Form = TEXT,
    debug: Debug = False,
) -> None:
    """Join the shards of a sweep, and judge it."""
    with answering("merge", form, debug, "what was joined is kept; started again, it goes on") as answer:
        from twin.results.dataset import described
        from twin.sweep.merging import merge as join
        from twin.sweep.reading import refuse_missing_tables
        from twin.sweep.spec import TABLES

        answer.near += filter(None, [checks])
        by = judging.asked(checks, baseline, update_baseline, "sweep")
        refuse_missing_tables(by.checks, tuple(described(shards[0])["asked"].get("tables", TABLES)))
        name = join(out, shards)["name"]
        say(f"sweep: {out}")
        _end(out, name, by, answer)


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


def _of_whole(by: judging.Asked, shard: tuple[int, int]) -> judging.Asked | None:
    """Return what a whole sweep is judged by, None for a shard, which is told."""
    number, count = shard
    if count == 1:
        return by
    if by.judges:
        say(f"shard {number} of {count}: judged by `twin merge`")
    return None


def _end(
    folder: Path, name: str, by: judging.Asked | None, answer: Answer, report: bool = False, failed: int = 0
) -> None:
    """Judge a sweep if asked, tell which runs have no result, and leave with the exit code.

    Parameters
    ----------
    by
        None: a shard, which is a part of what is judged.
    failed
        How many runs failed; those that the dataset does not list had no room there.
    """
    from twin.sweep.judging import wall_s, worst_tables
    from twin.sweep.reading import judge, standing

    counts, reasons = standing(folder)
    answer.result = {"name": name, "folder": str(folder), "runs": counts}
    notes = [", ".join(f"{count} {status}" for status, count in counts.items())]
    notes += [f"{counted(count, 'run')}: {reason}" for reason, count in reasons]
    for line in notes[1:]:
        say(f"no result: {line}", err=True)
    unlisted = failed - counts.get("failed", 0)
    if unlisted > 0:
        them = counted(unlisted, "run")
        say(f"no result: {them}: there is no room even to list them; --resume does them", err=True)
    verdicts: Sequence[Verdict] = []
    if by and by.judges:
        verdicts = judge(folder, by.checks)
        tables = worst_tables(folder, by.checks, verdicts)
        judged = judging.conclude(folder, name, by, verdicts, notes, tables, wall_s(folder))
        verdicts, answer.result["verdict"] = judged.verdicts, judged.as_data()
    if report:
        write_report(folder)
    if unlisted > 0 or counts.get("failed"):
        judging.leave_failed(folder)
    judging.leave(
        "unbalanced" if counts.get("unbalanced") else "unsolved" if counts.get("unsolved") else "", verdicts
    )


def _list(plan: "Plan", shard: tuple[int, int], jobs: int) -> None:
    """Print the runs of a plan and an estimate of what they cost."""
    from twin.sweep.estimate import estimate

    count = 0
    for run in plan.runs(shard):
        sampled = "  ".join(f"{name}={_text(value)}" for name, value in run.sampled.items())
        say(f"{run.number}  {run.run_id}  {run.cell}  seed={run.seed}  {sampled}".rstrip())
        count += 1
    say(f"{counted(count, 'run')} of {plan.total}; {estimate(plan, count, jobs)}")


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
