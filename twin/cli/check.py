"""`twin check`: results that stand are judged again, without running."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli import judging
from twin.cli.answers import TEXT, answering
from twin.cli.arguments import Debug

app = typer.Typer()


@app.command()
def check(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="Folder of a run or a sweep.")],
    checks: judging.ChecksPath = None,
    baseline: judging.BaselinePath = None,
    update_baseline: judging.UpdateBaseline = False,
    form: judging.Form = TEXT,
    debug: Debug = False,
) -> None:
    """Judge a run or a sweep that is done: by other checks, or beside a baseline."""
    with answering("check", form, debug, "the verdict may be missing") as answer:
        from twin.errors import InvalidInput, Mistake
        from twin.results.folders import settled
        from twin.results.formats import kind_of
        from twin.sweep.judging import judge_saved

        answer.near += filter(None, [checks])
        place = settled(results)
        by = judging.asked(checks, baseline, update_baseline, kind_of(place))
        if not by.judges:
            problem = "nothing to judge by"
            raise InvalidInput([Mistake("--checks", 0, problem, "--checks FILE or --baseline DIR")])
        saved = judge_saved(place, by.checks)
        judged = judging.conclude(
            saved.folder, saved.name, by, saved.verdicts, saved.notes, saved.tables, saved.wall_s
        )
        answer.result = {"folder": str(results), "status": saved.status, "verdict": judged.as_data()}
        if saved.status == "failed":
            judging.leave_failed(saved.folder)
        judging.leave(saved.status, judged.verdicts)
