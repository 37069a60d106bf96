"""Answers of the city, one at a time: a worker that stays open, progress, an end to what nobody awaits."""

import re
import shutil
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from twin.errors import InvalidInput
from twin.orders.answers import Question, answer, key_of, ratings
from twin.results.formats import kind_of, read_object
from twin.results.running import ENDING
from twin.scenario.schema import Scenario
from twin.scratch import scratch
from twin.simulation.batch import Failed, LocalWorkers

MOST_KEPT = 60
"""Runs that are kept; beyond it those that were not asked for longest go."""
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True)
class _Asked:
    """A question that was asked, and what ends it."""

    future: "Future[Any]"
    stop: Path


class Answers:
    """Runs variants on a worker process and keeps what came of them.

    Parameters
    ----------
    results
        Folder of the runs, one folder each, named by its key; nothing else there is touched.
    """

    def __init__(self, results: Path) -> None:
        self.results = results
        self._stops = scratch("stops")
        self._workers = LocalWorkers(1, may_fork=True)
        self._asked: dict[str, _Asked] = {}
        self._lock = threading.Lock()
        self._ratings: Future[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.__exit__()
        shutil.rmtree(self._stops, ignore_errors=True)

    def ask(self, scenario: Scenario) -> str:
        """Ask for a scenario's answer; what was asked before and is not this is stopped. Returns its key."""
        key = key_of(scenario)
        with self._lock:
            for other, asked in self._asked.items():
                if other != key and not asked.future.done():
                    asked.stop.touch()
            if key not in self._asked or self._ended(key):
                stop = self._stops / key
                stop.unlink(missing_ok=True)
                question = Question(scenario, self.results / key, stop)
                self._clean()
                self._asked[key] = _Asked(self._workers.submit(answer, question), stop)
        return key

    def open(self, scenario: Scenario) -> None:
        """Let the worker open a scenario's networks and tell their ratings."""
        self._ratings = self._workers.submit(ratings, scenario)

    @property
    def ratings(self) -> dict[str, float] | None:
        """Return the ratings of the networks that were opened, None until they are known."""
        told = self._ratings.result() if self._ratings is not None and self._ratings.done() else None
        return None if isinstance(told, Failed) else told

    def answered(self, scenario: Scenario) -> dict[str, Any] | None:
        """Return a scenario's answer if it is there."""
        asked = self._asked.get(key_of(scenario))
        told = asked.future.result() if asked is not None and asked.future.done() else {}
        return None if isinstance(told, Failed) or "metrics" not in told else dict(told)

    def kept(self, key: str) -> bool:
        """Return whether the run that answers a question is there, from this server or an earlier one."""
        return bool(key) and (self.results / key / "run.json").is_file()

    def look(self, key: str, wait_s: float) -> dict[str, Any] | None:
        """Return how a question stands after some seconds at most, None if it was never asked.

        Returns
        -------
        dict
            ``state``: ``running`` with ``share`` and ``date``, ``stopped``, ``failed`` with ``reason``, or
            ``done`` with ``answer``.
        """
        asked = self._asked.get(key)
        if asked is None:
            return None
        with suppress(TimeoutError):
            result = asked.future.result(wait_s)
            if isinstance(result, Failed):
                return {"state": "failed", "reason": result.reason}
            if "stopped" in result:
                return {"state": "stopped"}
            return {"state": "done", "answer": result}
        return {"state": "running", **self._progress(key)}

    def stop(self, key: str) -> None:
        """End a run that nobody awaits any more."""
        asked = self._asked.get(key)
        if asked is not None and not asked.future.done():
            asked.stop.touch()

    def _ended(self, key: str) -> bool:
        """Return whether a question has to be asked again: it has no answer, and none is coming."""
        asked = self._asked[key]
        if not asked.future.done():
            return asked.stop.exists()
        result = asked.future.result()
        return isinstance(result, Failed) or "stopped" in result or not (self.results / key).is_dir()

    def _progress(self, key: str) -> dict[str, Any]:
        try:
            told = read_object(self.results / f".{key}{ENDING}")
            return {"share": float(told.get("share", 0.0)), "date": str(told.get("date", ""))}
        except (InvalidInput, OSError, ValueError, TypeError):  # it has just begun, or has ended
            return {"share": 0.0, "date": ""}

    def _clean(self) -> None:
        """Remove the runs that were not asked for longest."""
        if not self.results.is_dir():
            return
        own = [
            path
            for path in self.results.iterdir()
            if _KEY.fullmatch(path.name) and not path.is_symlink() and kind_of(path) == "run"
        ]
        own.sort(key=lambda path: -path.stat().st_mtime)
        for path in own[MOST_KEPT:]:
            asked = self._asked.get(path.name)
            if asked is None or asked.future.done():
                shutil.rmtree(path, ignore_errors=True)
                self._asked.pop(path.name, None)
