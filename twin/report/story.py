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
    for place, row in enumerate(table):
        if row["first_breach"] != "yes":
            continue
        episode = _episode(table[place:])
        worst = min(episode, key=lambda other: float(other["firm_headroom"]))
        site = row.get("relieved_by", "")
        until = _after(episode[-1]["month"], folder)
        found.append(
            {
                "capacity": row["capacity_name"],
                "kind": row["kind"],
                "unit": row["unit"],
                "month": row["month"],
                "until": until,
                "short": number(worst["firm_headroom"]),
                "share": float(f"{float(worst['firm_headroom']) / max(float(worst['capacity']), 1e-9):.3g}"),
                "firm": number(worst["capacity"]),
                "worst_month": worst["month"],
                "site": site,
                "site_name": declared.get(site, {}).get("name", ""),
                "cost": declared.get(site, {}).get("cost_bn_kzt"),
                "commissioned": sites[site]["commissioned"] if site in sites else "",
                "safe_start": row.get("latest_safe_start", ""),
                "helped": [] if site else _came(folder, row["capacity_name"], episode[-1]["month"], until),
                "lost": _lost(folder, site, row["month"], until),
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


def _episode(later: list[Row]) -> list[Row]:
    """Return the rows of a capacity from its breach to the last month of it whose own peak was too high.

    The headroom looks back twelve months, so it stays negative for a year after the shortage has ended.
    """
    own = [row for row in later if row["capacity_name"] == later[0]["capacity_name"]]
    negative = next((i for i, row in enumerate(own) if float(row["firm_headroom"]) >= 0.0), len(own))
    short = [i for i in range(negative) if float(own[i]["peak"]) > float(own[i]["capacity"])]
    return own[: max(short, default=0) + 1]


def _after(month: str, folder: Folder) -> str:
    """Return the month after one, empty beyond what was simulated."""
    months = folder.months
    after = months.index(month) + 1
    return months[after] if after < len(months) and months[after] <= folder.last_month else ""


def _came(folder: Folder, capacity: str, last_short: str, until: str) -> list[str]:
    """Return the sites of a capacity's network that were commissioned when its shortage ended."""
    members = folder.scenario.get("capacities", {}).get(capacity, {})
    networks = {asset.split("/")[0] for asset in members}
    brings = {row["site"] for row in folder.table("assets") if row["network"] in networks and row["site"]}
    return [
        row["site"]
        for row in folder.table("sites")
        if row["site"] in brings and until and last_short <= row["commissioned"][:7] <= until
    ]


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
