"""The program's own commands within this process, and whether what they leave is whole."""

import json
import math
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

REFUSED, UNSOLVED, INTERNAL = 2, 3, 4


class Said(NamedTuple):
    """What a command ended with, and what it printed."""

    code: int
    text: str


def command(*words: str | Path) -> Said:
    """Run a command line in this process; what is no error of the user shows its traceback."""
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        try:
            code = _program().main([*map(str, words), "--debug"], standalone_mode=False)
        except SystemExit as ended:  # of a command that makes its own options
            return Said(int(ended.code or 0), out.getvalue())
        except Exception as error:  # past the program's own words for errors
            return Said(INTERNAL, f"{out.getvalue()}\n{type(error).__name__}: {error}")
    return Said(code or 0, out.getvalue())


@cache
def _program() -> Any:
    import typer

    from twin.cli.main import app

    return typer.main.get_command(app)


def where(said: Said) -> str:
    """Return what an internal error says, and the last line of ours that it came by."""
    lines = said.text.strip().splitlines()
    files = [line.strip() for line in lines if line.strip().startswith("File ")]
    ours = [line for line in files if "/twin/" in line]
    found = [line.split("/")[-1].replace('", line ', ":") for line in (*ours[-1:], *files[-1:])]
    return f"{lines[-1][:300] if lines else ''} [{'; '.join(found)}]"


def broken_results(folder: Path) -> str:
    """Return what is wrong with a saved run's folder, empty if it is whole."""
    import pyarrow.parquet as pq

    beside = [path.name for path in folder.parent.iterdir() if path.name.startswith(f".{folder.name}")]
    beside = [name for name in beside if not name.endswith((".lock", ".running"))]
    if beside:
        return f"left beside it: {', '.join(beside)}"
    try:
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        json.loads((folder / "run.json").read_text(encoding="utf-8"))
        pq.read_table(folder / "monthly.parquet")
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    wrong = [name for name, value in metrics.items() if not math.isfinite(value)]
    return f"not finite: {', '.join(wrong)}" if wrong else ""
