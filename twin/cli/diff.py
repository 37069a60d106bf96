"""`twin diff`: what differs between two scenarios, or between two revisions of one."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli import judging
from twin.cli.answers import TEXT, answering
from twin.cli.arguments import AllowFolder, Debug
from twin.cli.terminal import say
from twin.errors import counted

if TYPE_CHECKING:
    from twin.scenario.difference import Difference

app = typer.Typer()
_MOST_OF_A_KIND = 20


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="Scenario folder, or REVISION:FOLDER.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The other one.")],
    form: judging.Form = TEXT,
    allow_folder: AllowFolder = None,
    debug: Debug = False,
) -> None:
    """Tell what differs between two scenarios, and which capacities that touches."""
    with answering("diff", form, debug) as answer:
        from twin.cli.answers import Gathered
        from twin.scenario.affected import told
        from twin.scenario.changes import sentences
        from twin.scenario.difference import compare_scenarios, load_either
        from twin.scenario.reach import reach_of

        wrong = Gathered()
        with wrong:
            old = load_either(before, reach=reach_of(allow_folder))
        with wrong:
            new = load_either(after, reach=reach_of(allow_folder))
        wrong.refuse()
        found = compare_scenarios(old, new)
        answer.result = _result(found)
        for line in sentences(found.changes, _MOST_OF_A_KIND):
            say(line)
        if found.capacities:
            say("")
            say("capacities that this can move:")
            for line in told(found.capacities):
                say(f"  {line}")
        count = len(found.changes)
        capacities = counted(len(found.capacities), "capacity", "capacities")
        say(f"diff: {counted(count, 'change')}, {capacities}" if count else "diff: no change")


def _result(found: "Difference") -> dict[str, Any]:
    return {
        "before": found.before.name,
        "after": found.after.name,
        "changes": [
            {
                "part": change.part,
                "key": change.key,
                "kind": change.kind,
                "fields": {name: list(values) for name, values in change.fields.items()},
                "sentence": str(change),
            }
            for change in found.changes
        ],
        "capacities": {name: list(causes) for name, causes in found.capacities.items()},
    }
