"""Why sites came later than planned: traced to where the delay began."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from twin.dates import DAYS_PER_MONTH
from twin.report.folder import Row


def lateness(names: Iterable[str], sites: Mapping[str, Row], month: str) -> dict[str, Any] | None:
    """Return how sites came later than planned, None if none did.

    Parameters
    ----------
    names
        Sites that end a shortage.
    sites
        Rows of ``sites.csv``.
    month
        In which the shortage begins.

    Returns
    -------
    dict
        ``months`` of the latest, 0 if it does not stand within the run; ``planned`` when all were to stand;
        ``in_time`` whether that was before the shortage; ``roots`` the sites where the delay began,
        ``roots_planned`` when these were to stand.
    """
    chosen = [sites[name] for name in names if name in sites and sites[name]["planned"]]
    late = [row for row in chosen if _is_late(row)]
    if not late:
        return None
    roots: list[str] = []
    seen: set[str] = set()
    for row in late:
        if row["site"] not in seen:
            _trace(row["site"], sites, roots, seen)
    planned = max(row["planned"] for row in chosen)
    return {
        "months": max(_months_between(row["planned"], row["commissioned"]) for row in late),
        "planned": planned,
        "in_time": planned[:7] <= month,
        "roots": roots,
        "roots_planned": max((sites[site]["planned"] for site in roots), default=planned),
    }


def _is_late(row: Row) -> bool:
    return bool(row["planned"]) and (not row["commissioned"] or row["commissioned"] > row["planned"])


def _months_between(planned: str, commissioned: str) -> int:
    if not commissioned:
        return 0
    return round((date.fromisoformat(commissioned) - date.fromisoformat(planned)).days / DAYS_PER_MONTH)


def _trace(site: str, sites: Mapping[str, Row], roots: list[str], seen: set[str]) -> None:
    """Note the late sites that a late site waited for, back to those that waited for no late site."""
    seen.add(site)
    row = sites[site]
    waits = [part for part in row["waited_for"].split(";") if part]
    others = [name for name in (part.removeprefix("site ") for part in waits) if name in sites]
    before = [name for name in others if _is_late(sites[name])]
    for name in before:
        if name not in seen:
            _trace(name, sites, roots, seen)
    if not before or float(row.get("slip_months") or 0.0) > 0.0:
        roots.append(site)
