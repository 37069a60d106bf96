"""The commands of build orders and of runs side by side: arguments, printing, exit codes; nothing else."""

from pathlib import Path
from typing import Annotated, Any

import typer

from twin.cli import judging
from twin.cli import sweep as cli_sweep
from twin.cli.answers import TEXT, Answer, answering
from twin.cli.arguments import AllowFolder, Debug, Overrides, Report, ScenarioPath, VariantPath
from twin.cli.terminal import print_lines, say
from twin.errors import InvalidInput, Mistake

app = typer.Typer()


@app.command()
def compare(
    paths: Annotated[
        list[Path], typer.Argument(metavar="DIR... | SCENARIO", help="Results, or one scenario.")
    ],
    build_order: Annotated[list[str] | None, typer.Option(help="Run the scenario under this order.")] = None,
    variant: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Run it as this variant changes it.")
    ] = None,
    futures: Annotated[
        int | None, typer.Option(min=0, help="Drawn futures; default 8, if anything is uncertain.")
    ] = None,
    slips: Annotated[
        float, typer.Option(min=0, help="Rank sites by what a slip of so many months costs.")
    ] = 0,
    threshold: Annotated[list[str] | None, typer.Option(metavar="METRIC<=NUMBER")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder; default results/compare-<name>.")] = None,
    overrides: Overrides = None,
    report: Report = False,
    changed_only: Annotated[
        bool, typer.Option("--changed-only", help="Of two runs, what differs: Markdown for a merge request.")
    ] = False,
    form: judging.Form = TEXT,
    allow_folder: AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Show runs, or build orders of one scenario, side by side."""
    with answering("compare", form, debug) as answer:
        from twin.orders import commands as comparing
        from twin.scenario.reach import reach_of

        answer.near += paths
        if changed_only:
            return _tell_changed(paths, answer)
        cli_sweep.can_report(report)
        target = out or Path("results") / f"compare-{'-'.join(path.resolve().name for path in paths)}"
        answer.kept.watch(target)
        folder = comparing.compare(
            paths,
            build_order or [],
            variant or [],
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
        answer.result = _side_by_side(paths, folder, [*(build_order or []), *(variant or [])], slips)
        if report and folder:
            cli_sweep.write_report(folder)
        elif report and slips:
            say("a ranking of slips has no page", err=True)
        elif report:
            from twin.report import write_side_by_side

            say(f"report: {write_side_by_side(paths, target)}")


def _tell_changed(paths: list[Path], answer: Answer) -> None:
    """Tell what differs between two runs, and nothing else."""
    from twin.results.changed import comment, what_changed
    from twin.results.folders import settled

    if len(paths) != 2:
        remedy = "two results folders: before, after"
        raise InvalidInput([Mistake("--changed-only", 0, f"{len(paths)} folders", remedy)])
    changed = what_changed(settled(paths[0]), settled(paths[1]))
    answer.result = {"runs": [str(path) for path in paths], "changed": changed.as_data()}
    for line in comment(changed).splitlines():
        say(line)


def _side_by_side(
    paths: list[Path], folder: Path | None, plans: list[str | Path], slips: float
) -> dict[str, Any]:
    """Return what the JSON document tells of a comparison; of a ranking of slips where its table lies."""
    from twin.results.differences import as_data, read_folder
    from twin.results.folders import settled

    if slips:
        return {}
    about: dict[str, Any] = {"folder": str(folder)} if folder else {}
    runs = [folder / "runs" / _name(plan) for plan in plans] if folder else paths
    return about | as_data([read_folder(settled(run)) for run in runs])


def _name(plan: str | Path) -> str:
    """Return what a build order or a variant is called in a comparison."""
    from twin.orders.compare import plan_name

    return plan.stem if isinstance(plan, Path) else plan_name(plan)


@app.command()
def plan(
    scenario: ScenarioPath,
    budget: Annotated[int, typer.Option(min=2, help="Evaluations; each is the full simulation.")],
    objective: Annotated[str, typer.Option(help="The metric to improve.")] = "plan_cost_bn_kzt",
    variant: VariantPath = None,
    futures: Annotated[int, typer.Option(min=0, help="Drawn futures to search on; 0: the planned one.")] = 0,
    held_back: Annotated[int, typer.Option(min=0, help="Other futures that judge the result.")] = 8,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder; default results/plan-<scenario>.")] = None,
    overrides: Overrides = None,
    form: judging.Form = TEXT,
    allow_folder: AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Search for a better build order; started again, it goes on where it was."""
    kept = "what was evaluated is kept; started again, it goes on"
    with answering("plan", form, debug, kept) as answer:
        from twin.orders import commands as comparing
        from twin.scenario.reach import reach_of

        answer.near.append(scenario)
        found = comparing.plan(
            scenario,
            objective,
            variant=variant,
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
        answer.result = {
            "folder": str(out or Path("results") / f"plan-{scenario.resolve().name}"),
            "metric": found.metric,
            "given": found.given_objective,
            "best": found.objective,
            "evaluations": found.evaluations,
        }
