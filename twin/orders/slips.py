"""Which site matters: what a slip of each costs, from a run of the whole city for each."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twin.orders.compare import run_table
from twin.results.differences import read_folder
from twin.scenario import load_scenario
from twin.scenario.currency import known_keys
from twin.scenario.reach import WITHIN, Reach
from twin.simulation.metrics import of_slips
from twin.works.money import NET_PRESENT_VALUE, PLAN_COST


def columns() -> tuple[str, ...]:
    """Return the columns of ``slips.csv``."""
    return "site", *of_slips(), "latest_safe_start"


def slips(
    path: Path,
    months: float,
    folder: Path,
    *,
    overrides: Sequence[str] = (),
    reach: Reach = WITHIN,
    jobs: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Return by how much each metric moves when a site takes longer, the dearest site first.

    Parameters
    ----------
    months
        How much longer each site takes, one site a run.
    folder
        Where the run without any slip is saved.

    Returns
    -------
    list
        Rows of ``slips.csv``; `latest_safe_start` is of the first breach that the site would relieve.
    """
    base = load_scenario(path, overrides, reach)
    scenarios = [("as planned", 0, base)]
    for name, site in base.sites.items():
        late = site.model_copy(update={"slip_months": site.slip_months + months})
        scenarios.append((name, 1, base.model_copy(update={"sites": {**base.sites, name: late}})))
    cancelled = {row.site for row in base.order if row.cancelled}
    scenarios = [s for s in scenarios if s[0] not in cancelled]
    table = run_table(scenarios, jobs, folder, tell)
    planned = known_keys(table["as planned", 0], base.currency)
    starts: dict[str, str] = {}
    for breach in read_folder(folder / "as planned").headroom:
        if breach.get("relieved_by"):
            starts.setdefault(breach["relieved_by"], breach["latest_safe_start"])
    rows = []
    for name, future, _ in scenarios[1:]:
        late_metrics = known_keys(table[name, future], base.currency)
        row: dict[str, Any] = {"site": name}
        for metric in of_slips():
            if metric in planned and metric in late_metrics:
                row[metric] = late_metrics[metric] - planned[metric]
        rows.append(row | {"latest_safe_start": starts.get(name, "")})
    return sorted(rows, key=lambda row: -_cost(row))


def _cost(row: dict[str, Any]) -> float:
    """Return what ranks the sites: the plan's cost, or without prices the money that its works cost more."""
    return float(row.get(PLAN_COST.name, -row.get(NET_PRESENT_VALUE.name, 0.0)))
