"""`twin validate`: every mistake of a scenario, in lines or in the forms that forges and editors read."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli import judging
from twin.cli.answers import TEXT, Answer, Gathered, answering
from twin.cli.arguments import AllowFolder, Debug, MaybeScenario, Overrides, VariantPath
from twin.cli.terminal import print_mistakes, say
from twin.errors import InvalidInput, Mistake

if TYPE_CHECKING:
    from twin.checks.annotations import Note
    from twin.checks.checks import Checks
    from twin.scenario import Scenario

app = typer.Typer()

Form = Annotated[
    str, typer.Option("--format", metavar="text|json|sarif|gitlab", help="Another form of the mistakes.")
]


@app.command()
def validate(
    scenario: MaybeScenario = None,
    variant: VariantPath = None,
    checks: judging.ChecksPath = None,
    quick: Annotated[bool, typer.Option("--quick", help="Read only; do not open the networks.")] = False,
    overrides: Overrides = None,
    form: Form = TEXT,
    allow_folder: AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Find all that a run would refuse, without running; every mistake is one line."""
    with answering("validate", form, debug, forms={"sarif": _sarif, "gitlab": _gitlab}) as answer:
        from twin.scenario.reach import reach_of
        from twin.scenario.variants import load_changed
        from twin.scenario.warnings import warnings

        answer.near += filter(None, [scenario, variant, checks])
        _refuse_sweep(scenario)
        wrong = Gathered()
        with wrong:
            by = judging.asked(checks, None)
        with wrong:
            loaded, changed = load_changed(scenario, variant, overrides or [], reach_of(allow_folder))
        wrong.refuse()
        _refuse(loaded, by.checks, quick)
        answer.warnings = [*changed, *warnings(loaded), *_past(by.checks)]
        print_mistakes(answer.warnings)
        answer.result = {
            "scenario": loaded.name,
            "start": f"{loaded.start}",
            "end": f"{loaded.end}",
            **{part: len(getattr(loaded, part)) for part in _COUNTED},
        }
        told = ", ".join(f"{answer.result[part]} {part.replace('_', ' ')}" for part in _COUNTED)
        say(f"ok: {loaded.name}, {loaded.start} to {loaded.end}: {told}")


_COUNTED = ("districts", "sites", "developments", "demand_points", "links")


def _refuse_sweep(path: Path | None) -> None:
    """Refuse a sweep file, which has another command."""
    from twin.scenario.document import Document, read_yaml

    if path is None or not path.is_file():
        return
    document = Document()
    read_yaml(path, document)
    if "scenario" in document.content and {"matrix", "uncertain", "replicates"} & document.content.keys():
        raise InvalidInput([Mistake(str(path), 0, "a sweep file", f"twin sweep {path} --dry-run")])


def _past(checks: "Checks") -> "list[Mistake]":
    """Return a warning for each excuse whose day is past."""
    today = date.today()
    return [
        Mistake(*place, f"{check.name}: excused until {check.known.until}, which is past")
        for check, place in zip(checks.checks, checks.places, strict=True)
        if check.known and not check.known.holds(today)
    ]


def _refuse(loaded: "Scenario", checks: "Checks", quick: bool) -> None:
    from twin.checks.possible import unknown

    wrong = Gathered()
    wrong.add(unknown(checks, loaded))
    if quick:
        from twin.works.budgets import check_budgets

        with wrong:
            check_budgets(loaded)
    wrong.refuse()
    if not quick:
        from twin.checks.prepare import prepare

        prepare(loaded, checks)


def _sarif(answer: Answer, code: int) -> str:
    from twin.checks.annotations import sarif

    return sarif(_notes(answer))


def _gitlab(answer: Answer, code: int) -> str:
    from twin.checks.annotations import code_quality

    return code_quality(_notes(answer))


def _notes(answer: Answer) -> "list[Note]":
    from twin.checks.annotations import of_mistakes

    return [
        *of_mistakes(answer.mistakes, "error", answer.near),
        *of_mistakes(answer.warnings, "warning", answer.near),
    ]
