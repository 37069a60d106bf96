"""What a reader takes away: first breaches, what ends them, what they cost, and what led to what."""

from typing import Any

from twin.report.folder import Folder, Row, number

_ENDINGS = {"spill ends", "pressure back", "tank refills", "restarted", "back in service", "load restored"}
_QUIET = {"development connected", "site commissioned", "first breach", *_ENDINGS}
_LONGEST = 60


def breaches(folder: Folder) -> list[dict[str, Any]]:
    """Return the first breaches, earliest first, each with how short it gets and what ends it.

    Returns
    -------
    list
        ``until`` is the first month that is not short any more, empty if there is none; ``short`` the worst
        shortage in the capacity's unit, negative; ``lost`` what was not served for want of the site that
        relieves it while it was short.
    """
    table = folder.table("headroom")
    sites = {row["site"]: row for row in folder.table("sites")}
    declared = folder.scenario.get("sites", {})
    found = []
    for number_of, row in enumerate(table):
        if row["first_breach"] != "yes":
            continue
        later = [other for other in table[number_of:] if other["capacity_name"] == row["capacity_name"]]
        ended = next((i for i, other in enumerate(later) if float(other["firm_headroom"]) >= 0.0), len(later))
        worst = min(later[:ended], key=lambda other: float(other["firm_headroom"]))
        site = row.get("relieved_by", "")
        commissioned = sites[site]["commissioned"] if site in sites else ""
        found.append(
            {
                "capacity": row["capacity_name"],
                "kind": row["kind"],
                "unit": row["unit"],
                "month": row["month"],
                "until": _end(later, ended, folder),
                "short": number(worst["firm_headroom"]),
                "share": float(f"{float(worst['firm_headroom']) / max(float(worst['capacity']), 1e-9):.3g}"),
                "firm": number(worst["capacity"]),
                "worst_month": worst["month"],
                "site": site,
                "site_name": declared.get(site, {}).get("name", ""),
                "cost": declared.get(site, {}).get("cost_bn_kzt"),
                "build_months": declared.get(site, {}).get("build_months"),
                "commissioned": commissioned,
                "safe_start": row.get("latest_safe_start", ""),
                "lost": _lost(folder, site, row["month"], _end(later, ended, folder)),
            }
        )
    return sorted(found, key=lambda breach: (breach["month"], breach["share"]))


def chains(folder: Folder) -> list[dict[str, Any]]:
    """Return what led to what: each first cause with the tree of what followed, alike ones counted together.

    Returns
    -------
    list
        Nodes with ``kind``, ``subject``, ``detail``, ``count``, ``first``, ``last`` and ``then``; what
        happened only once and led to nothing, and what merely ends, is left out.
    """
    events = {row["number"]: row for row in folder.table("events")}
    followers: dict[str, list[Row]] = {}
    for row in events.values():
        if row["cause"] and row["kind"] not in _ENDINGS:
            followers.setdefault(row["cause"], []).append(row)
    roots = [
        row
        for row in events.values()
        if row["kind"] not in _QUIET and (not row["cause"] or row["cause"] not in events)
    ]
    merged = _merge(roots, followers, 0)
    return sorted(merged, key=lambda node: (not node["then"], node["first"]))[:_LONGEST]


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


def _end(later: list[Row], ended: int, folder: Folder) -> str:
    """Return the month from which a capacity is not short, or no longer stands; empty if it ends short."""
    if ended < len(later):
        return later[ended]["month"]
    months = folder.months
    after = months.index(later[-1]["month"]) + 1
    return months[after] if after < len(months) and months[after] <= folder.last_month else ""


def _lost(folder: Folder, site: str, start: str, end: str) -> dict[str, float]:
    """Return what was not served for want of a site between two months, by quantity."""
    lost: dict[str, float] = {}
    for row in folder.table("unserved"):
        if site and row["missing_site"] == site and start <= row["month"] < (end or "9999"):
            lost[row["quantity"]] = lost.get(row["quantity"], 0.0) + float(row["amount"])
    return {
        quantity: float(f"{amount:.4g}")
        for quantity, amount in lost.items()
        if quantity in ("unserved_mwh", "unserved_m3", "spilled_m3")
    }
