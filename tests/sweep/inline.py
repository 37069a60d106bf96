"""Workers that need no process, and what a dataset holds."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from twin.simulation.batch import guarded


class Inline:
    """Does each task at once, in this process."""

    window = 2

    def submit(self, function: Callable[[Any], Any], task: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(guarded(function, task))
        return future


def datasets(folder: Path, table: str) -> dict[str, bytes]:
    """Return the content of a table's files by name."""
    return {path.name: path.read_bytes() for path in sorted((folder / table).iterdir())}
