"""The board: a scenario's sites and settings, its variants, and what the city answers to each.

Reading needs the secret of the address. What writes or runs needs a header of the same origin too, so that no
page from elsewhere can do it. Nothing is written outside variants, results, and new files in `build_orders/`.
"""

import json
import os
import shlex
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from twin.errors import InvalidInput, Mistake
from twin.orders.answers import key_of
from twin.orders.compare import FUTURES
from twin.orders.provisional import provisional
from twin.orders.search import write_order
from twin.scenario import Scenario
from twin.scenario.order_overrides import is_of_order
from twin.scenario.variants import base_digest
from twin.serve.answers import Answers
from twin.serve.desk import NAME, Conflict, Desk, Kept
from twin.serve.files import makeable
from twin.serve.futures import Futures
from twin.serve.sight import sight, sites_of
from twin.works.construction import order_rows

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_BODY = 256 * 1024
_LOOK_S = 0.5
Told = tuple[int, dict[str, Any]]
"""A status and what is told."""


class Board:
    """Answers what the page asks.

    Parameters
    ----------
    desk, answers, futures
        The variants, what comes of them, and what may come in other futures.
    """

    def __init__(self, desk: Desk, answers: Answers, futures: Futures) -> None:
        self.desk, self.answers, self.futures = desk, answers, futures
        self._writing = threading.Lock()
        self._futures_of: dict[str, list[Scenario]] = {}
        self._told: dict[tuple[str, str, str], dict[str, Any]] = {}

    def state(self) -> dict[str, Any]:
        """Return the scenario, its variants, and what can be changed."""
        base = self.desk.base()
        return {
            **sight(base),
            "provisional": self._provisional(base),
            "variants": self._all(base_digest(base)),
            "files": makeable("run"),
            "command": self._command("", base),
        }

    def _all(self, base: str) -> list[dict[str, Any]]:
        """Return all variants; what is as it was, on files as they were, is not looked at again."""
        base += str(self.answers.ratings is not None)  # then more is known before a run
        told = {(own.file, own.revision, base): own for own in self.desk.read()}
        # another build order is a file that the base's digest knows nothing of
        alike = {key for key, own in told.items() if own.content and "build_order" not in own.content["set"]}
        shown = {key: self._told.get(key) or self._shown(own) for key, own in told.items()}
        self._told = {key: shown[key] for key in alike}
        return [own | {"answered": self.answers.kept(own.get("key", ""))} for own in shown.values()]

    def create(self, body: dict[str, Any]) -> Told:
        """Write a new variant."""
        return self._write(self.desk.new_name(), body, "")

    def change(self, name: str, body: dict[str, Any]) -> Told:
        """Write a variant that its tab has seen as it is."""
        return self._write(name, body, str(body.get("revision") or "-"))

    def remove(self, name: str, body: dict[str, Any]) -> Told:
        """Remove a variant that its tab has seen as it is."""
        try:
            self.desk.remove(name, str(body.get("revision", "")))
        except Conflict:
            return self._as_it_is(name)
        except OSError as error:
            return 507, {"problems": [f"not removed: {error.strerror or error}"]}
        return 200, {}

    def ask(self, name: str) -> Told:
        """Ask the city about a variant."""
        try:
            scenario, told = self.desk.load(name)
        except InvalidInput as error:
            return 422, _problems(error)
        return 202, {"key": self.answers.ask(scenario), "told": list(told)}

    def look(self, key: str) -> Told:
        """Return how a question stands."""
        told = self.answers.look(key, _LOOK_S)
        return (404, {}) if told is None else (200, told)

    def stop(self, key: str) -> Told:
        """End a run that nobody awaits."""
        self.answers.stop(key)
        return 200, {}

    def glance(self, plans: list[str]) -> Told:
        """Tell how plans stand under the same drawn futures, which run in the background."""
        try:
            wanted = {plan: self._drawn(plan) for plan in dict.fromkeys(plans)}
        except InvalidInput as error:
            return 422, _problems(error)
        return 200, self.futures.look(wanted)

    def _drawn(self, plan: str) -> list[Scenario]:
        """Return a plan in each drawn future; read again where its files have changed."""
        first, kept = self.desk.load(plan, ("future=1",))[0], self._futures_of.get(plan)
        if kept is None or key_of(kept[0]) != key_of(first):
            later = (self.desk.load(plan, (f"future={number}",))[0] for number in range(2, FUTURES + 1))
            kept = self._futures_of[plan] = [first, *later]
        return kept

    def keep_order(self, name: str, body: dict[str, Any]) -> Told:
        """Save a variant's order as a new file in the scenario's `build_orders/`."""
        called = str(body.get("name", ""))
        try:
            scenario, _ = self.desk.load(name)
            with self._writing:
                write_order(self._order_path(scenario, called), tuple(order_rows(scenario).values()))
        except InvalidInput as error:
            return 422, _problems(error)
        except OSError as error:
            return 409, {"problems": [str(error)]}
        return 201, {"file": f"build_orders/{called}.csv", "command": self._with_order(scenario, called)}

    def _order_path(self, scenario: Scenario, called: str) -> Path:
        if not NAME.fullmatch(called):
            problem = "is no name for a build order"
            raise InvalidInput([Mistake(called or "name", 0, problem, "letters, digits, - and _")])
        folder = scenario.folder / "build_orders"
        path = folder / f"{called}.csv"
        if os.path.realpath(folder) != os.path.join(os.path.realpath(scenario.folder), "build_orders"):
            raise InvalidInput([Mistake("build_orders", 0, "is a link to elsewhere", "a folder")])
        if os.path.lexists(path):
            raise InvalidInput([Mistake(path.name, 0, "is there already, and stays", "another name")])
        folder.mkdir(exist_ok=True)
        return path

    def _write(self, name: str, body: dict[str, Any], revision: str) -> Told:
        content = body.get("content")
        if not isinstance(content, dict):
            return 422, {"problems": ["content: missing"]}
        try:
            kept = self.desk.write(name, cast(dict[str, Any], content), revision)
        except InvalidInput as error:
            return 422, _problems(error)
        except Conflict:
            return self._as_it_is(name)
        except OSError as error:
            return 507, {"problems": [f"not written: {error.strerror or error}"]}
        return 200, {"variant": self._shown(kept)}

    def _as_it_is(self, name: str) -> Told:
        """Tell a tab what another has made of a variant, nothing where it is gone."""
        own = self.desk.one(name)
        return 409, {"variant": self._shown(own) if own else None}

    def _shown(self, kept: Kept) -> dict[str, Any]:
        """Return a variant with what can be said of it without running it."""
        told: dict[str, Any] = {"file": kept.file, "revision": kept.revision, "content": kept.content}
        if kept.content is None:
            return told | {"problems": list(kept.problems), "command": ""}
        try:
            scenario, warnings = self.desk.load(kept.file)
        except InvalidInput as error:
            return told | _problems(error) | {"command": ""}
        return told | {
            "problems": [],
            "told": list(warnings),
            "sites": self._by_order(kept.content.get("set", {})),
            "provisional": self._provisional(scenario),
            "command": self._command(kept.file, scenario),
            "key": key_of(scenario),
        }

    def _by_order(self, chosen: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Return the sites as a build order that a variant chooses plans them, None if it chooses none."""
        if "build_order" not in chosen:
            return None
        return sites_of(self.desk.base((f"build_order={json.dumps(chosen['build_order'])}",)))

    def _provisional(self, scenario: Scenario) -> dict[str, Any]:
        """Return what is known before it is run, by the demand of the scenario as planned."""
        return provisional(scenario, self.answers.answered(self.desk.base()), self.answers.ratings)

    def _command(self, name: str, scenario: Scenario) -> str:
        """Return the command that gives the same numbers."""
        chosen = ["--variant", str(self.desk.folder / f"{name}.yaml")] if name else []
        further = [part for own in self.desk.overrides for part in ("--set", own)]
        return shlex.join(["twin", "run", str(self.desk.scenario), *chosen, *further])

    def _with_order(self, scenario: Scenario, called: str) -> str:
        further = [own for own in scenario.overrides if not is_of_order(own)]
        further = [
            own for own in further if own.partition("=")[0].strip() not in ("build_order", "works.means")
        ]
        means = [f"works.means={scenario.works.means}"] if scenario.order else ["works.means=at-hand"]
        chosen = [f"build_order={called}", *means, *further]
        return shlex.join(
            ["twin", "run", str(self.desk.scenario), *(part for own in chosen for part in ("--set", own))]
        )


def _problems(error: InvalidInput) -> dict[str, Any]:
    return {"problems": [str(mistake) for mistake in error.mistakes]}


async def body_of(request: "Request") -> dict[str, Any] | None:
    """Return what a request brings, None if it is no JSON mapping or too long."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MOST_BODY:
            return None
    try:
        told = json.loads(bytes(content) or b"{}", parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(constant)
