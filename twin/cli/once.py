"""Options that hold one value are given once: of two, the last would win and the first be lost."""

from collections import Counter
from typing import Any

import typer
from typer.core import TyperGroup


class Once(TyperGroup):
    """Commands that refuse an option of one value that is given twice."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command that looks at its options before it parses them."""
        command = super().get_command(ctx, cmd_name)
        if command is not None and "parse_args" not in vars(command):
            parse = command.parse_args

            def looking(context: Any, args: list[str]) -> Any:
                _refuse_doubles(command, context, list(args))
                return parse(context, args)

            command.parse_args = looking  # type: ignore[method-assign, assignment]
        return command


def _refuse_doubles(command: Any, context: Any, args: list[str]) -> None:
    _, _, given = command.make_parser(context).parse_args(args=args)
    for option, count in Counter(given).items():
        if count > 1 and option.param_type_name == "option" and not (option.multiple or option.is_flag):
            raise typer.BadParameter("is given twice; the first would be lost", context, option)
