"""Build orders side by side under the same futures: statistics, probability of being best, regret."""

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from operator import ge, gt, le, lt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from twin.cards import card
from twin.cells import write_csv
from twin.checks.possible import refuse_no_metrics
from twin.errors import InvalidInput, Mistake
from twin.files import whole
from twin.results import run as results
from twin.results.differences import number
from twin.results.folders import destination, locked, replacing
from twin.results.formats import FORMAT
from twin.results.manifest import refuse_links, refuse_strangers
from twin.scenario import load_scenario
from twin.scenario.document import order_file
from twin.scenario.reach import WITHIN, Reach
from twin.scenario.schema import Scenario, unrecorded
from twin.scenario.variants import Variant
from twin.simulation.batch import Failed, process_runner, run_many
from twin.simulation.metrics import better, headlines
from twin.utilities.base import Vector

FUTURES = 8
"""Drawn futures under which plans are ranked, where nobody says how many."""
SUMMARY_COLUMNS = (
    "plan",
    "metric",
    "mean",
    "p10",
    "p50",
    "p90",
    "probability_best",
    "regret_mean",
    "regret_max",
    "share_thresholds_met",
)
_SIGNS = {"<=": le, ">=": ge, "<": lt, ">": gt}
Metrics = Mapping[str, float]
Table = dict[tuple[str, int], Metrics]
"""Metrics by plan and future."""


class Kept(NamedTuple):
    """What is kept of a run: its metrics, and why it is no whole result."""

    metrics: Metrics
    status: str
    reason: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A bound that a metric should keep: ``unserved_energy_mwh<=100``."""

    metric: str
    sign: str
    bound: float

    def holds(self, metrics: Metrics) -> bool:
        """Tell whether a run keeps it."""
        return bool(_SIGNS[self.sign](metrics[self.metric], self.bound))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Build orders side by side, as saved.

    Attributes
    ----------
    folder
        Where it lies.
    name
        Of the scenario.
    plans
        Names of the build orders.
    futures
        How many were drawn.
    rows
        Of ``summary.csv``: over the drawn futures, or of the planned one if none was drawn.
    """

    folder: Path
    name: str
    plans: tuple[str, ...]
    futures: int
    rows: Sequence[Mapping[str, Any]]

    def _repr_html_(self) -> str:
        """Return what a notebook shows for a comparison: its headline metrics, a column per plan."""
        cells = {(row["metric"], row["plan"]): row for row in self.rows}
        metrics = headlines(metric for metric, plan in cells if plan == self.plans[0])
        over = f"mean (p10 to p90) of {self.futures} futures" if self.futures else "the planned future"
        return card(
            f"Build orders of {self.name}: {over}",
            [
                ("", *self.plans),
                *((metric, *(self._told(cells[metric, plan]) for plan in self.plans)) for metric in metrics),
            ],
        )

    def _told(self, row: Mapping[str, Any]) -> str:
        spread = f" ({number(row['p10'])} to {number(row['p90'])})" if self.futures else ""
        return number(row["mean"]) + spread


def read_threshold(text: str) -> Threshold:
    """Read ``METRIC<=NUMBER``.

    Raises
    ------
    InvalidInput
        If it is nothing of the kind.
    """
    for sign in _SIGNS:
        metric, found, bound = text.partition(sign)
        if found:
            try:
                return Threshold(metric.strip(), sign, float(bound))
            except ValueError:
                break
    raise InvalidInput([Mistake(f"--threshold {text}", 0, "not a threshold", "METRIC<=NUMBER")])


def compare_orders(
    path: Path,
    orders: Sequence[str],
    out: Path,
    *,
    overrides: Sequence[str] = (),
    reach: Reach = WITHIN,
    futures: int = 0,
    jobs: int = 1,
    thresholds: Sequence[Threshold] = (),
    tell: Callable[[str], None] = lambda _: None,
    variants: Sequence[Path] = (),
) -> Comparison:
    """Run a scenario under several build orders and variants and write a comparison's folder.

    Parameters
    ----------
    path
        The scenario.
    futures
        How many drawn futures, beside the planned one; every order meets the same.
    jobs
        Worker processes; 1: this one.
    tell
        Called with a line as each run ends.
    variants
        Files, each a plan beside those of the build orders.

    Raises
    ------
    InvalidInput
        If an order or a variant cannot be run.
    FileExistsError
        If `out` holds something else than a comparison.
    """
    names = [*map(plan_name, orders), *(file.stem for file in variants)]
    if len(set(names)) < len(names):
        raise InvalidInput([Mistake("--build-order", 0, "two plans of one name", "each once")])
    plans: dict[str, Callable[[list[str]], Scenario]] = {
        plan_name(order): partial(_under, path, order, reach) for order in orders
    }
    for file in variants:
        own = Variant(file, reach)
        plans[file.stem] = partial(own.load, scenario=path)
        for mistake in own.told(own.load(overrides, path)):
            tell(str(mistake))
    for plan in plans:
        destination(out / "runs" / plan)  # a name too long is refused before anything runs
    scenarios = [
        (plan, future, load([*overrides, f"future={future}"]))
        for plan, load in plans.items()
        for future in range(futures + 1)
    ]
    refuse_no_metrics({t.metric: "--threshold" for t in thresholds}, scenarios[0][2])
    with locked(out):
        refuse_strangers(destination(out), "comparison.json")
        with replacing(out) as staging:
            table = run_table(scenarios, jobs, staging / "runs", tell, [t.metric for t in thresholds])
            first = scenarios[0][2]
            return _write(path, staging, out, first, list(plans), table, overrides, futures, thresholds)


def _under(path: Path, order: str, reach: Reach, overrides: Sequence[str]) -> Scenario:
    """Return a scenario under a build order."""
    return load_scenario(path, [*overrides, f"build_order={order}"], reach)


def _write(
    path: Path,
    staging: Path,
    out: Path,
    first: Scenario,
    names: list[str],
    table: Table,
    overrides: Sequence[str],
    futures: int,
    thresholds: Sequence[Threshold],
) -> Comparison:
    """Write a comparison's tables into the folder that will be `out`."""
    rows = summarise(table, names, range(1, futures + 1) if futures else [0], thresholds)
    about = {
        "format": FORMAT,
        "plans": names,
        "scenario": str(path),
        "name": first.name,
        "overrides": list(overrides),
        "futures": futures,
        "seed": first.seed,
        "thresholds": [f"{t.metric}{t.sign}{t.bound:g}" for t in thresholds],
    }
    (staging / "comparison.json").write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", "utf-8")
    write_metrics(staging / "metrics.csv", {name: table[name, 0] for name in names})
    write_rows(staging / "futures.csv", ("plan", "future", "metric", "value"), _long(table))
    write_rows(staging / "summary.csv", SUMMARY_COLUMNS, rows)
    return Comparison(out, first.name, tuple(names), futures, rows)


def run_table(
    scenarios: Iterable[tuple[str, int, Scenario]],
    jobs: int,
    folder: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
    needed: Sequence[str] = (),
) -> Table:
    """Run scenarios, named by plan and future; return the metrics of each.

    Parameters
    ----------
    folder
        Where the run of each plan's future 0 is saved, if anywhere.
    needed
        Metrics that every run must have; the first that lacks one ends it all.

    Raises
    ------
    InvalidInput
        If one cannot be run.
    FileExistsError
        If a link stands where a run is to be saved.
    """
    listed = list(scenarios)
    keys = [(plan, future) for plan, future, _ in listed]
    named = [s.model_copy(update={"name": f"{s.name}, {plan}"}) for plan, _, s in listed]
    saved = [folder / plan if folder and future == 0 else None for plan, future in keys]
    refuse_links(target for target in saved if target)
    named = [own if target else unrecorded(own) for own, target in zip(named, saved, strict=True)]
    targets = dict(zip(((s.name, s.future) for s in named), saved, strict=True))
    table: Table = {}
    said: set[str] = set()
    keep = partial(_keep, targets)
    finished: Generator[tuple[int, Kept | Failed], None, None]
    if jobs == 1:
        finished = ((i, keep(process_runner().run(s))) for i, s in enumerate(named))
    else:
        finished = run_many(named, jobs, keep)
    with closing(finished):
        for i, kept in finished:
            plan, future = keys[i]
            if isinstance(kept, Failed):
                raise InvalidInput([Mistake(f"{plan}, future {future}", 0, kept.reason)])
            missing = [name for name in needed if name not in kept.metrics]
            if missing:
                problem = f"not computed: {kept.reason}" if kept.reason else "no such metric"
                raise InvalidInput([Mistake(name, 0, problem, "see metrics.json") for name in missing])
            table[plan, future] = kept.metrics
            for line in kept.warnings:
                if line not in said:
                    said.add(line)
                    tell(line)
            ended = f": {kept.status}: {kept.reason}" if kept.reason else ""
            tell(f"{len(table)} of {len(keys)}: {plan}, future {future}{ended}")
    return {key: table[key] for key in keys}


def summarise(
    table: Table, plans: Sequence[str], futures: Iterable[int], thresholds: Sequence[Threshold] = ()
) -> list[dict[str, Any]]:
    """Return for each plan and metric its spread over the futures and how it stands among the plans.

    Regret of a plan in a future: by how much the best of these plans is better there.
    """
    chosen = list(futures)
    rows = []
    shared = set.intersection(*(set(table[plan, future]) for plan in plans for future in chosen))
    kept = [np.mean([all(t.holds(table[p, f]) for t in thresholds) for f in chosen]) for p in plans]
    for metric in (m for m in table[plans[0], chosen[0]] if m in shared):
        values = np.array([[table[plan, future][metric] for future in chosen] for plan in plans])
        regret = regrets(values, metric)
        for i, plan in enumerate(plans):
            p10, p50, p90 = np.percentile(values[i], [10, 50, 90])
            row = (
                values[i].mean(),
                p10,
                p50,
                p90,
                np.mean(regret[i] == 0.0),
                regret[i].mean(),
                regret[i].max(),
            )
            numbers = [*map(float, row), float(kept[i]) if thresholds else ""]
            rows.append(dict(zip(SUMMARY_COLUMNS, (plan, metric, *numbers), strict=True)))
    return rows


def regrets(values: Vector, metric: str) -> Vector:
    """Return how much worse each plan (row) is than the best in each future (column)."""
    best = values.max(axis=0) - values if better(metric) == "more" else values - values.min(axis=0)
    # the last digits of a balance are no merit
    noise = 1e-9 * np.abs(values).max(axis=0) + 1e-9
    return np.asarray(np.where(best <= noise, 0.0, best))


def plan_name(order: str) -> str:
    """Return a build order's name: that of its file, or ``stages`` where there is none."""
    return Path(order).stem if order else "stages"


def known_orders(path: Path, orders: Sequence[str]) -> None:
    """Refuse build orders that have no file.

    Raises
    ------
    InvalidInput
        Naming them, and those that there are.
    """
    folder = path if path.is_dir() else path.parent
    known = ", ".join(sorted(p.stem for p in folder.glob("build_orders/*.csv")))
    missing = [order for order in orders if order and order_file(folder, order) is None]
    if missing:
        raise InvalidInput(
            [Mistake(f"--build-order {o}", 0, "no such build order", f"one of {known}") for o in missing]
        )


def write_metrics(path: Path, metrics: Mapping[str, Metrics]) -> None:
    """Write a table of metrics with one column per plan."""
    names = dict.fromkeys(name for own in metrics.values() for name in own)
    rows = [{"metric": n, **{plan: own.get(n, "") for plan, own in metrics.items()}} for n in names]
    write_rows(path, ("metric", *metrics), rows)


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a CSV, whole or not at all."""
    with whole(path) as beside:
        write_csv(beside, columns, rows)


def _long(table: Table) -> Iterable[dict[str, Any]]:
    for (plan, future), metrics in table.items():
        for metric, value in metrics.items():
            yield {"plan": plan, "future": future, "metric": metric, "value": value}


def _keep(targets: Mapping[tuple[str, int], Path | None], run: results.Run) -> Kept:
    """Save a run that has a target; return the metrics of any."""
    target = targets[run.scenario.name, run.scenario.future]
    if target is not None:
        results.save(run, target)
    return Kept(run.metrics, run.status, run.reason, run.warnings)
