"""What led to what: chains of events from their first causes."""

from typing import Any

from twin.report.folder import Folder, Row

_QUIET = {"development connected", "site commissioned", "first breach"}
_LONGEST = 60


def chains(folder: Folder) -> list[dict[str, Any]]:
    """Return what led to what: each first cause with the tree of what followed, alike ones counted together.

    Returns
    -------
    list
        Nodes with ``kind``, ``subject``, ``detail``, ``count``, ``first``, ``last`` and ``then``; ``loss``
        says whether a first event is itself a loss of service, ``missing`` for want of which sites. What
        merely ends is left out.
    """
    endings, losses = _kinds(folder)
    events = {row["number"]: row for row in folder.table("events")}
    followers: dict[str, list[Row]] = {}
    for row in events.values():
        if row["cause"] and row["kind"] not in endings:
            followers.setdefault(row["cause"], []).append(row)
    roots = [
        row
        for row in events.values()
        if row["kind"] not in endings | _QUIET and (not row["cause"] or row["cause"] not in events)
    ]
    merged = _merge(roots, followers, 0)
    missing: dict[str, dict[str, None]] = {}
    for row in folder.table("unserved"):
        if row["missing_site"]:
            missing.setdefault(row["asset"], {})[row["missing_site"]] = None
    for node in merged:
        node["loss"] = node["kind"] in losses
        node["missing"] = list(missing.get(node["subject"], ())) if node["loss"] else []
    return sorted(merged, key=lambda node: (not node["then"] and not node["loss"], node["first"]))[:_LONGEST]


def _kinds(folder: Folder) -> tuple[set[str], set[str]]:
    """Return the kinds of event that merely end another, and those in which service is lost."""
    utilities = folder.utilities.values()
    return (
        {"back in service", *(kind for own in utilities for kind in own["endings"])},
        {kind for own in utilities for kind in own["losing"]},
    )


def _merge(rows: list[Row], followers: dict[str, list[Row]], depth: int) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["kind"], row["subject"]), []).append(row)
    nodes = []
    for (kind, subject), alike in groups.items():
        then = [row for one in alike for row in followers.get(one["number"], ())]
        nodes.append(
            {
                "kind": kind,
                "subject": subject,
                "detail": alike[0]["detail"],
                "count": len(alike),
                "first": alike[0]["time"][:10],
                "last": alike[-1]["time"][:10],
                "then": _merge(then, followers, depth + 1) if depth < 6 else [],
            }
        )
    return nodes
