"""Search for a better build order: every evaluation is the full simulation; nothing is called optimal."""

import csv
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from math import inf
from pathlib import Path

import numpy as np

from twin.bounds import MOST_RESULT_BYTES
from twin.checks.possible import refuse_no_metrics
from twin.errors import InvalidInput, Mistake
from twin.files import regular, whole, write_text
from twin.interrupts import deferred, hear
from twin.orders.compare import run_table, summarise, write_rows
from twin.orders.neighbourhood import Move, Neighbourhood, Order, moved
from twin.orders.start_order import start_order
from twin.program import program
from twin.random_streams import stream
from twin.results.folders import clean_beside, locked
from twin.results.formats import read_table
from twin.results.manifest import refuse_foreign
from twin.scenario.currency import told
from twin.scenario.reach import WITHIN, Reach
from twin.scenario.schema import Scenario
from twin.scenario.variants import load_changed
from twin.scenario.works import OrderRow
from twin.simulation.metrics import better
from twin.text import read_bytes
from twin.utilities.registry import utilities
from twin.works.money import price_of

BATCH = 8
"""Neighbours tried together: fixed, so that the search is the same on any number of workers."""
HELD_BACK = 1000
"""Futures above this number judge the result and are never searched on."""
_MOST_TRIES = 1000
_FILES = ("evaluations.jsonl", "best.csv", "progress.csv", "held_back.csv")
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes
    ----------
    best
        The best order of the search, which may be the given one.
    metric
        The objective, as the scenario's results name it.
    objective
        Its mean over the searched futures; `given_objective` of the given order.
    held_back
        Rows of ``summary.csv`` of both over the held-back futures.
    """

    best: Order
    metric: str
    objective: float
    given_objective: float
    evaluations: int
    held_back: list[dict[str, object]]


def search(
    path: Path,
    out: Path,
    *,
    objective: str,
    budget: int,
    variant: Path | None = None,
    overrides: Sequence[str] = (),
    reach: Reach = WITHIN,
    futures: int = 0,
    held_back: int = 8,
    jobs: int = 1,
    tell: Tell = lambda _: None,
) -> Found:
    """Search for a better build order than the scenario's own; continue one that was interrupted.

    The given order is evaluated first, then a constructive one, then neighbours of the best so far, by
    the moves of a `Neighbourhood`; those of a batch that help are also tried together. Every evaluation
    is kept in ``evaluations.jsonl``; a search that is started again takes from there what it has
    evaluated before. An order that leaves unbuilt what the given one builds within the horizon is not
    tried: it would only seem cheaper.

    Parameters
    ----------
    path
        A scenario with a build order (`build_order` in it or in `overrides`).
    variant
        Changes the scenario; its order is the given one.
    objective
        A metric; its mean over the searched futures is improved.
    budget
        Evaluations at most; one is a run in each searched future.
    futures
        How many drawn futures to search on; 0: the planned one.
    held_back
        How many other futures judge what was found.

    Raises
    ------
    InvalidInput
        If the scenario has no build order, or the objective is no metric.
    """
    scenario, changed = load_changed(path, variant, overrides, reach)
    for mistake in changed:
        tell(str(mistake))
    if not scenario.order:
        raise InvalidInput([Mistake(str(path), 0, "no build order", "--set build_order=NAME")])
    objective = told(objective, scenario.currency)
    refuse_no_metrics({objective: "--objective"}, scenario)
    with locked(out):
        refuse_foreign(out, "evaluations.jsonl")
        out.mkdir(exist_ok=True)
        clean_beside(out, _FILES)
        judge = _Evaluator(scenario, objective, list(range(1, futures + 1)) or [0], jobs, out, tell)
        return _search(scenario, judge, out, objective, budget, held_back, jobs, tell)


def _search(
    scenario: Scenario,
    judge: "_Evaluator",
    out: Path,
    objective: str,
    budget: int,
    held_back: int,
    jobs: int,
    tell: Tell,
) -> Found:
    """Search on from what was evaluated, and judge what was found."""
    given = judge.evaluate([scenario.order])[0]
    if given == inf:
        remedy = "see metrics.json of a run of the given order"
        raise InvalidInput([Mistake(objective, 0, "no such metric, or it was not computed", remedy)])
    run_table([("given", 0, scenario.model_copy(update={"future": 0}))], 1, out)
    first = tuple(start_order(scenario, _wants(scenario, out / "given")))
    best, value = scenario.order, given
    draws, begin = stream(scenario.seed, "plan", "search"), scenario.start
    hood = Neighbourhood(scenario, _wants(scenario, out / "given"), _used(scenario, out / "given"), draws)
    if (started := judge.evaluate([first])[0]) < value and hood.keeps(first):
        best, value = first, started
    seen = {_key(scenario.order), _key(first)}
    while judge.used < budget:
        batch = _batch(hood, best, begin, seen, min(BATCH, budget - judge.used))
        if not batch:
            break
        values = judge.evaluate([order for _, order in batch])
        ranked = sorted(zip(values, range(len(batch)), strict=True))
        good = [batch[i][0] for found, i in ranked if found < value]
        for move, _ in batch:
            hood.learn(move, move in good)
        base = best
        if good:
            value, best = ranked[0][0], batch[ranked[0][1]][1]
        if len(good) > 1 and judge.used < budget:
            together = moved(base, good, begin)
            seen.add(_key(together))
            if hood.keeps(together) and (joined := judge.evaluate([together])[0]) < value:
                value, best = joined, together
    write_order(out / "best.csv", best)
    run_table([("best", 0, scenario.model_copy(update={"order": best, "future": 0}))], 1, out)
    judge.write_progress(out / "progress.csv")
    sign = -1.0 if better(objective) == "more" else 1.0
    rows = _judge_held_back(scenario, best, held_back, jobs, out, tell)
    return Found(best, objective, sign * value, sign * given, judge.used, rows)


class _Evaluator:
    """Evaluates orders, remembers what it evaluated, also from an earlier start."""

    def __init__(
        self, scenario: Scenario, objective: str, futures: list[int], jobs: int, out: Path, tell: Tell
    ) -> None:
        self._scenario, self._objective, self._futures = scenario, objective, futures
        self._jobs, self._tell = jobs, tell
        self._file = out / "evaluations.jsonl"
        self._sign = -1.0 if better(objective) == "more" else 1.0
        self._known: dict[str, float] = {}
        self._history: list[float] = []
        self._about = sha256(
            f"{scenario.model_dump_json(exclude={'order', 'future'})}{objective}{futures}{program()}".encode()
        ).hexdigest()
        for about, order, value in _evaluated(self._file):
            if about == self._about:
                self._known[order] = value

    @property
    def used(self) -> int:
        """Return the evaluations so far, remembered ones included."""
        return len(self._history)

    def evaluate(self, orders: Sequence[Order]) -> list[float]:
        """Return each order's objective, as a number of which less is better."""
        new = {_key(o): o for o in orders if _key(o) not in self._known}
        runs = [
            (key, future, self._scenario.model_copy(update={"order": order, "future": future}))
            for key, order in new.items()
            for future in self._futures
        ]
        if runs:
            table = run_table(runs, self._jobs)
            hear()
            with deferred(), self._file.open("a", encoding="utf-8") as file:
                for key in new:
                    found = [table[key, future].get(self._objective) for future in self._futures]
                    known = [value for value in found if value is not None]
                    # an order under which the objective was not computed in every future is no better one
                    whole = len(known) == len(found)
                    self._known[key] = self._sign * float(np.mean(known)) if whole else inf
                    row = {"about": self._about, "order": key, "value": self._known[key]}
                    file.write(json.dumps(row) + "\n")
        values = [self._known[_key(order)] for order in orders]
        for value in values:
            self._history.append(value)
        best = self._sign * min(self._history)
        self._tell(f"{self.used} evaluations: best {self._objective} {best:,.6g}")
        return values

    def write_progress(self, path: Path) -> None:
        """Write how the best objective improved over evaluations."""
        best = np.minimum.accumulate(self._history) * self._sign
        rows = [
            {"evaluation": i + 1, "objective": self._sign * value, "best": float(best[i])}
            for i, value in enumerate(self._history)
        ]
        write_rows(path, ("evaluation", "objective", "best"), rows)


def _evaluated(file: Path) -> list[tuple[str, str, float]]:
    """Return what a search evaluated before; lines that a kill or a full disk spoilt are taken away.

    Raises
    ------
    FileExistsError
        If it is a link, or no file.
    """
    if os.path.lexists(file) and not regular(file):
        raise FileExistsError(f"{file} is a link or no file, and not of this program")
    text = read_bytes(file, MOST_RESULT_BYTES).decode(errors="replace") if file.exists() else ""
    found = {line: read for line in text.splitlines(keepends=True) if (read := _evaluation(line))}
    if text != "".join(found) or not file.exists():
        write_text(file, "".join(found))
    return list(found.values())


def _evaluation(line: str) -> tuple[str, str, float] | None:
    """Read a line: what was asked, the order, its objective; None if it is none, or has no end."""
    try:
        row = json.loads(line) if line.endswith("\n") else {}
        return str(row["about"]), str(row["order"]), float(row["value"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def write_order(path: Path, order: Order) -> None:
    """Write a build order as a user edits it; read it again with ``--set build_order=PATH``."""
    columns = [name for name in OrderRow.model_fields if any(_cell(row, name) for row in order)]
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row, name) for name in columns] for row in order)


def _batch(
    hood: Neighbourhood, best: Order, begin: date, seen: set[str], size: int
) -> list[tuple[Move, Order]]:
    """Return new neighbours and the moves that lead to them; few if there are hardly any left."""
    batch: list[tuple[Move, Order]] = []
    for _, move in zip(range(_MOST_TRIES), hood.propose(best), strict=False):
        order = moved(best, [move], begin)
        if _key(order) not in seen:
            seen.add(_key(order))
            if hood.keeps(order):
                batch.append((move, order))
        if len(batch) == size:
            break
    return batch


def _wants(scenario: Scenario, folder: Path) -> dict[str, float]:
    """Return what the given order's run failed to serve for want of each site, at the prices of service."""
    prices = scenario.service_prices
    losses = (loss for utility in utilities().values() for loss in utility.losses)
    price = {loss.quantity: price_of(loss, scenario) for loss in losses}
    wants: dict[str, float] = {}
    for row in read_table(folder / "unserved.csv"):
        amount = float(row["amount"]) * price.get(row["quantity"], 0.0)
        wants[row["missing_site"]] = wants.get(row["missing_site"], 0.0) + amount
    for row in read_table(folder / "queue.csv"):
        development = scenario.developments.get(row["development"])
        amount = development.jobs * prices.delayed_job_kzt_per_month if development else 0.0
        wants[row["missing_site"]] = wants.get(row["missing_site"], 0.0) + amount
    return wants


def _used(scenario: Scenario, folder: Path) -> dict[str, float]:
    """Return what part of the capacities that each site brings is used when the given order's run ends."""
    rows = read_table(folder / "headroom.csv")
    last = {row["capacity_name"]: row for row in rows if row["month"] == rows[-1]["month"]}
    used: dict[str, float] = {}
    for name, members in scenario.capacities.items():
        for site in {member.from_site for member in members.values()}:
            if site and name in last and float(last[name]["capacity"]) > 0.0:
                part = float(last[name]["peak_12_months"]) / float(last[name]["capacity"])
                used[site] = max(part, used.get(site, 0.0))
    return used


def _judge_held_back(
    scenario: Scenario, best: Order, count: int, jobs: int, out: Path, tell: Tell
) -> list[dict[str, object]]:
    """Compare the best order with the given one in futures that it was not searched on."""
    plans: Mapping[str, Order] = {"given": scenario.order, "best": best}
    futures = range(HELD_BACK + 1, HELD_BACK + 1 + count)
    if not count or _key(best) == _key(scenario.order):
        return []
    runs = [
        (plan, future, scenario.model_copy(update={"order": order, "future": future}))
        for plan, order in plans.items()
        for future in futures
    ]
    rows = summarise(run_table(runs, jobs, tell=tell), list(plans), futures)
    write_rows(out / "held_back.csv", tuple(rows[0]), rows)
    return rows


def _key(order: Order) -> str:
    return json.dumps([row.model_dump(mode="json", exclude_defaults=True) for row in order])


def _cell(row: OrderRow, name: str) -> str:
    value = getattr(row, name)
    default = OrderRow.model_fields[name].default
    if value == default and name != "site":
        return ""
    return "true" if value is True else str(value)
