"""What commands that judge share: what is asked, refused before anything runs, written and printed after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from twin.cli.terminal import CHECK_FAILED, INTERNAL, INVALID, UNSOLVED, print_mistakes, print_table, say
from twin.errors import InvalidInput, Mistake

if TYPE_CHECKING:
    from twin.checks.baseline import Baseline
    from twin.checks.checks import Checks
    from twin.checks.evaluate import Verdict
    from twin.checks.formats import Judgement
    from twin.results.run import Run

ChecksPath = Annotated[Path | None, typer.Option("--checks", metavar="FILE", help="Checks to judge by.")]
BaselinePath = Annotated[
    Path | None, typer.Option("--baseline", metavar="DIR", help="Earlier results to compare metrics with.")
]
UpdateBaseline = Annotated[
    bool, typer.Option("--update-baseline", help="Write these results to --baseline; tell what moved, why.")
]
Form = Annotated[str, typer.Option("--format", metavar="text|json", help="json: one document on output.")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run or sweep is to be judged by.

    Attributes
    ----------
    before
        The baseline to compare with, None if there is none.
    target
        The baseline to write, None if none is to be written.
    """

    checks: "Checks"
    before: "Baseline | None"
    target: Path | None

    @property
    def judges(self) -> bool:
        """Return whether there is anything to judge by."""
        return bool(self.checks.checks) or self.before is not None or self.target is not None


def asked(checks: Path | None, baseline: Path | None, update: bool = False, kind: str = "") -> Asked:
    """Read checks and baseline before anything runs: a run may replace the folder it is compared with.

    Parameters
    ----------
    kind
        Of the results that are to be judged, ``run`` or ``sweep``; empty: not known.

    Raises
    ------
    InvalidInput
        With every mistake of the two.
    """
    from twin.checks.baseline import read_baseline
    from twin.checks.checks import Checks, read_checks
    from twin.cli.answers import Gathered
    from twin.results.folders import settled

    wrong, found, before = Gathered(), Checks(), None
    with wrong:
        found = read_checks(checks) if checks else found
        if checks and not found.checks and baseline is None:
            problem = "nothing to judge by: it holds no checks"
            raise InvalidInput([Mistake(found.path, 1, problem, "checks: [...], or --baseline DIR")])
    with wrong:
        if update and baseline is None:
            raise InvalidInput([Mistake("--update-baseline", 0, "no baseline to write", "--baseline DIR")])
        if baseline and update:
            before = _to_be_replaced(baseline)
        elif baseline:
            before = read_baseline(settled(baseline))
        if before and kind and before.kind != kind:
            problem = f"this baseline is of a {before.kind}"
            raise InvalidInput([Mistake(str(baseline), 0, problem, f"the baseline of a {kind}")])
    wrong.refuse()
    return Asked(found, before, baseline if update else None)


def _to_be_replaced(folder: Path) -> "Baseline | None":
    """Return the baseline that is to be written anew; one that cannot be read is told, and replaced."""
    from twin.checks.baseline import read_baseline
    from twin.results.folders import settled

    if not (folder / "metrics.json").exists():
        return None
    try:
        return read_baseline(settled(folder))
    except InvalidInput as error:
        print_mistakes(error.mistakes)
        return None


def judge_run(run: "Run", folder: Path, by: Asked) -> "Judgement":
    """Judge a run that has just been saved."""
    from twin.checks.charts import TABLES
    from twin.checks.evaluate import Evaluation
    from twin.sweep.tables import run_tables

    wanted = sorted((by.checks.tables | {*TABLES}) - {"metrics"})
    tables = run_tables(run, "run", wanted)
    evaluation = Evaluation(by.checks)
    evaluation.take({"run": ("all", "" if run.status == "complete" else run.reason)}, tables)
    verdicts = evaluation.verdicts()
    return conclude(folder, run.scenario.name, by, verdicts, tables=tables, wall_s={"all": run.wall_s})


def conclude(
    folder: Path,
    name: str,
    by: Asked,
    verdicts: "Sequence[Verdict]",
    notes: Sequence[str] = (),
    tables: Mapping[str, Any] | None = None,
    wall_s: Mapping[str, float] | None = None,
) -> "Judgement":
    """Compare with the baseline, write the files of the verdict, print it, and keep a new baseline.

    Parameters
    ----------
    tables
        Of the run by which charts explain the first failure.
    """
    from twin.checks.annotations import github, in_github, of_verdicts
    from twin.checks.baseline import compare, directions
    from twin.checks.charts import explain, first_failing
    from twin.checks.formats import Judgement, headline, table
    from twin.checks.written import write_verdicts
    from twin.results.formats import kind_of, read_object
    from twin.results.run import read_summary, versions

    about = read_object(folder / f"{kind_of(folder)}.json")
    metrics = about.get("metrics", {})
    verdicts = [v if v.unit else replace(v, unit=metrics.get(v.metric, {}).get("unit", "")) for v in verdicts]
    told = list(notes)
    if by.before is not None:
        from twin.checks.why import reasons

        moved = compare(read_summary(folder), by.before.summary, by.checks, directions(about))
        told += [f"beside the baseline: {line}" for line in reasons(by.before, folder)]
        if by.target is not None:
            told += [f"{v.cell}: {line}" for v in moved for line in v.detail.splitlines()]
        else:
            verdicts += moved
    worst = first_failing(verdicts)
    charts = explain(by.checks, verdicts, tables, worst.worst_run) if worst and tables else []
    judged = Judgement(name, verdicts, told, by.checks.path, wall_s or {}, versions(), charts)
    write_verdicts(folder, judged)
    print_table(table(verdicts))
    for line in told[len(notes) :]:
        say(line)
    if in_github():
        for line in github(of_verdicts(judged)):
            say(line, err=True)
    if by.target is not None:
        _keep(by.target, folder, verdicts)
    say(headline(verdicts))
    return judged


def _keep(target: Path, folder: Path, verdicts: "Sequence[Verdict]") -> None:
    """Write a baseline, of a whole result alone against which no check decides."""
    from twin.checks.baseline import update
    from twin.checks.evaluate import passed
    from twin.results.formats import kind_of, read_object

    status = read_object(folder / f"{kind_of(folder)}.json").get("status", "complete")
    if status != "complete":
        say(f"{target}: not written: the result is {status}", err=True)
        return
    if not passed(verdicts):
        say(f"{target}: not written: a check decides against the result", err=True)
        return
    say(f"baseline: {target} ({', '.join(update(target, folder))})")


def leave_failed(folder: Path) -> NoReturn:
    """Leave a sweep of which a run failed: for want of room, which the caller can change, or by a fault."""
    from twin.sweep.reading import for_want_of_room

    raise typer.Exit(INVALID if for_want_of_room(folder) else INTERNAL)


def leave(status: str, verdicts: "Sequence[Verdict]") -> None:
    """Leave with the exit code of a run's status, unless a check takes on its hours, and of the verdicts.

    Parameters
    ----------
    status
        ``unsolved`` or ``unbalanced``; anything else is a result.
    """
    from twin.checks.checks import HOURS
    from twin.checks.evaluate import passed

    taken_on = [verdict for verdict in verdicts if verdict.metric == HOURS[0]]
    accepted = bool(taken_on) and all(v.status == "pass" and v.severity == "error" for v in taken_on)
    if status == "unbalanced" or (status == "unsolved" and not accepted):
        raise typer.Exit(UNSOLVED)
    if not passed(verdicts):
        raise typer.Exit(CHECK_FAILED)
