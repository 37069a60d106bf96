"""What ``twin compare`` and ``twin plan`` do: choose what is run, and say what came out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.orders.compare import (
    FUTURES,
    Comparison,
    compare_orders,
    known_orders,
    read_threshold,
    write_rows,
)
from twin.orders.search import Found, search
from twin.orders.slips import columns, slips
from twin.report.folder import Folder
from twin.report.telling import why
from twin.results.differences import Lines, number, read_folder, texts
from twin.results.folders import destination, locked, replacing, settled
from twin.results.formats import read_about
from twin.results.manifest import refuse_strangers
from twin.scenario import load_scenario
from twin.scenario.currency import told, told_keys
from twin.scenario.reach import Reach
from twin.simulation.metrics import headlines

Show = Callable[[str, Lines], None]
Tell = Callable[[str], None]


def compare(
    paths: Sequence[Path],
    orders: Sequence[str],
    variants: Sequence[Path] = (),
    *,
    futures: int | None,
    slips: float,
    thresholds: Sequence[str],
    jobs: int,
    out: Path,
    overrides: Sequence[str],
    reach: Reach,
    tell: Tell,
    show: Show,
) -> Path | None:
    """Compare what the command line names.

    Parameters
    ----------
    futures
        Drawn ones beside the planned one; None: `FUTURES`, if anything of the scenario is uncertain.

    Returns
    -------
    Path or None
        The comparison's folder, where one was written.

    Raises
    ------
    InvalidInput
        If it names nothing that can be compared.
    """
    paths = [settled(path) for path in paths]
    first = paths[0]
    if all((path / "run.json").is_file() for path in paths):
        _show_runs(paths, "", show)
        _tell_unfinished(paths, tell)
        return None
    _refuse(paths, orders, variants, bool(slips))
    if slips:
        chosen = [*overrides, *(f"build_order={order}" for order in orders[:1])]
        _rank(first, slips, out, chosen, reach, jobs, tell, show)
    else:
        bounds = [read_threshold(text) for text in thresholds]
        compared = compare_orders(
            first,
            orders,
            out,
            overrides=overrides,
            reach=reach,
            futures=_usual_futures(first, overrides, reach, tell) if futures is None else futures,
            jobs=jobs,
            thresholds=bounds,
            tell=tell,
            variants=variants,
        )
        _show_compared(compared, out, bool(bounds), show)
    tell(f"results: {out}")
    return None if slips else out


def _usual_futures(path: Path, overrides: Sequence[str], reach: Reach, tell: Tell) -> int:
    """Return how many futures are drawn where nobody says it."""
    if load_scenario(path, overrides, reach).uncertainties:
        return FUTURES
    tell("one future: nothing is uncertain, for there is no uncertainties.csv")
    return 0


def _show_compared(compared: Comparison, out: Path, bounded: bool, show: Show) -> None:
    """Show plans side by side, why one costs more, and how they rank in drawn futures."""
    names = list(compared.plans)
    runs = [out / "runs" / name for name in names]
    _show_runs(runs, "the planned future", show)
    if compared.futures:
        title = f"over {compared.futures} futures: mean (p10 to p90), best in, regret"
        show(title, summary_lines(compared.rows, names))
    if compared.futures and bounded:
        show("thresholds hold in", _holding(compared.rows, names))


def _refuse(paths: Sequence[Path], orders: Sequence[str], variants: Sequence[Path], slips: bool) -> None:
    """Refuse what is no one scenario with build orders that it knows, variants, or slips."""
    if len(paths) > 1 or not (orders or variants or slips):
        remedy = "results folders, or one scenario with --build-order, --variant or --slips"
        raise InvalidInput([Mistake(str(paths[0]), 0, "cannot be compared", remedy)])
    known_orders(paths[0], orders)


def _show_runs(paths: Sequence[Path], untitled: str, show: Show) -> None:
    """Show runs side by side, and why each but the first costs more or less than the first."""
    for title, lines in texts([read_folder(path) for path in paths]):
        show(title or untitled, lines)
    _show_unbuilt(paths, show)
    _show_why(paths, show)


def _show_unbuilt(paths: Sequence[Path], show: Show) -> None:
    """Show which run leaves unbuilt what another builds: it may cost less for that alone."""
    sites = {path.name: Folder(path).table("sites") for path in paths}
    built = {name: {row["site"] for row in rows if row["commissioned"]} for name, rows in sites.items()}
    missing = {name: sorted(set().union(*built.values()) - own) for name, own in built.items()}
    lines: Lines = [
        (f"{name} does not build until its end what another does: {', '.join(own)}",)
        for name, own in missing.items()
        if own
    ]
    if lines:
        show("not the same works", lines)


def _show_why(paths: Sequence[Path], show: Show) -> None:
    """Show why each run but the first costs more or less than the first."""
    first, *others = (Folder(path) for path in paths)
    for other in others:
        names = first.path.name, other.path.name
        sentences, lines = why(first, other, names)
        show(f"why {names[1]} differs from {names[0]}", [(own,) for own in sentences])
        if lines:
            show("", lines)


def _holding(rows: Sequence[Mapping[str, Any]], plans: Sequence[str]) -> Lines:
    """Return in how many futures the thresholds hold, one column per plan."""
    kept = [row["share_thresholds_met"] for row in rows if row["metric"] == rows[0]["metric"]]
    return [tuple(plans), tuple(f"{100 * share:.0f} %" for share in kept)]


def _tell_unfinished(paths: Sequence[Path], tell: Tell) -> None:
    """Say which of some runs are no whole result, and why, and which another program made."""
    first = read_about(paths[0], "run").get("program")
    for path in paths:
        told = read_about(path, "run")
        if told.get("program") != first:
            tell(f"{path}: made by another version of the program than {paths[0]}")
        if told.get("status", "complete") != "complete":
            tell(f"{path}: {told['status']}: {told.get('reason', '')}")


def plan(
    path: Path,
    objective: str,
    *,
    variant: Path | None,
    budget: int,
    futures: int,
    held_back: int,
    jobs: int,
    out: Path | None,
    overrides: Sequence[str],
    reach: Reach,
    tell: Tell,
    show: Show,
) -> Found:
    """Search for a better build order and compare what was found with the given one."""
    target = out or Path("results") / f"plan-{variant.stem if variant else path.resolve().name}"
    found = search(
        path,
        target,
        objective=objective,
        variant=variant,
        budget=budget,
        overrides=overrides,
        reach=reach,
        futures=futures,
        held_back=held_back,
        jobs=jobs,
        tell=tell,
    )
    _show_runs([target / "given", target / "best"], "the planned future", show)
    improved = f"given {number(found.given_objective)}, best {number(found.objective)}"
    show(f"{found.metric} after {found.evaluations} evaluations", [(improved,)])
    if found.held_back:
        title = f"over {held_back} held-back futures: mean (p10 to p90), best in, regret"
        show(title, summary_lines(found.held_back, ["given", "best"]))
    tell(f"results: {target}; the order: {target / 'best.csv'}; not proved to be optimal")
    return found


def summary_lines(rows: Sequence[Mapping[str, Any]], plans: Sequence[str]) -> Lines:
    """Return the headline metrics over futures, one column per plan."""
    cells = {(row["metric"], row["plan"]): row for row in rows}
    lines: Lines = [("metric", *plans)]
    for metric in headlines(metric for metric, plan in cells if plan == plans[0]):
        lines.append((metric, *(_spread(cells[metric, plan]) for plan in plans)))
    return lines


def _rank(
    path: Path,
    months: float,
    target: Path,
    overrides: Sequence[str],
    reach: Reach,
    jobs: int,
    tell: Tell,
    show: Show,
) -> None:
    place = destination(target)
    with locked(target):
        refuse_strangers(place, "slips.csv")
        with replacing(target) as staging:
            rows = slips(path, months, staging, overrides=overrides, reach=reach, jobs=jobs, tell=tell)
            currency = load_scenario(path, overrides, reach).currency
            names = tuple(told(name, currency) for name in columns())
            rows = [told_keys(row, currency) for row in rows]
            write_rows(staging / "slips.csv", names, rows)
    lines: Lines = [names]
    lines += [
        tuple(number(v) if isinstance(v := row.get(c, ""), float) else str(v) for c in names) for row in rows
    ]
    show(f"what {months:g} months of slip of each site change", lines)


def _spread(row: Mapping[str, Any]) -> str:
    spread = f"{number(row['mean'])} ({number(row['p10'])} to {number(row['p90'])})"
    return f"{spread}, {100 * row['probability_best']:.0f} %, {number(row['regret_mean'])}"
