"""What a reader takes away: first breaches, what ends them, what they cost, and what led to what."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from twin.report.folder import Folder, Row, number
from twin.report.views import months_before

_ENDINGS = {"spill ends", "pressure back", "tank refills", "restarted", "back in service", "load restored"}
_QUIET = {"development connected", "site commissioned", "first breach", *_ENDINGS}
_LONGEST = 60
_PRICES = {
    "unserved_mwh": ("unserved_energy_kzt_per_kwh", 1000.0),
    "unserved_m3": ("unserved_water_kzt_per_m3", 1.0),
    "spilled_m3": ("spill_kzt_per_m3", 1.0),
}
"""What is lost, the price of it, and how many of the price's units it has."""


def breaches(folder: Folder) -> list[dict[str, Any]]:
    """Return the first breaches, earliest first, each with how short it gets and what ends it.

    Returns
    -------
    list
        ``until`` is the first month that is not short any more, empty if there is none; ``short`` the worst
        shortage in the capacity's unit, negative; ``lost`` what was not served while it was short for want of
        the site that relieves it (without one: at its members), ``price`` what that is worth in bn KZT of the
        start, None without prices; ``safe_start`` leaves time that nine of ten works keep within,
        ``last_start`` the planned length alone; ``late`` how the sites that end it came later than planned,
        see `lateness`.
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
        helped = [] if site else _came(folder, row["capacity_name"], episode[-1]["month"], until)
        lost = _lost(folder, row["capacity_name"], site, row["month"], until)
        length = declared.get(site, {}).get("build_months")
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
                "build_months": length,
                "last_start": "" if length is None else months_before(f"{row['month']}-01", float(length)),
                "helped": helped,
                "lost": lost,
                "price": _price(folder, lost),
                "late": lateness([site] if site else helped, sites, row["month"]),
            }
        )
    return sorted(found, key=lambda breach: (breach["month"], breach["share"]))


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
        ``in_time`` whether that was before the shortage; ``held_by`` what the others waited for at the root;
        ``roots`` the sites where the delay began, ``roots_planned`` when these were to stand.
    """
    chosen = [sites[name] for name in names if name in sites and sites[name]["planned"]]
    late = [row for row in chosen if _is_late(row)]
    if not late:
        return None
    roots: dict[str, list[str]] = {}
    seen: set[str] = set()
    for row in late:
        if row["site"] not in seen:
            _trace(row["site"], sites, roots, seen)
    only = late[0]["site"] if len(late) == 1 else ""
    causes = [cause for site, waits in roots.items() for cause in (waits or [f"site {site}"])]
    planned = max(row["planned"] for row in chosen)
    return {
        "months": max(_months_between(row["planned"], row["commissioned"]) for row in late),
        "planned": planned,
        "in_time": planned[:7] <= month,
        "held_by": [cause for cause in dict.fromkeys(causes) if cause != f"site {only}"],
        "roots": list(roots),
        "roots_planned": max((sites[site]["planned"] for site in roots), default=planned),
    }


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
    brings: dict[str, set[str]] = {}
    for row in folder.table("assets"):
        brings.setdefault(row["site"], set()).add(row["network"])
    # what a pumping station brings to the grid only feeds itself
    homes = {site: own - {"power"} or own for site, own in brings.items()}
    return [
        row["site"]
        for row in folder.table("sites")
        if homes.get(row["site"], set()) & networks
        and until
        and last_short <= row["commissioned"][:7] <= until
    ]


def _is_late(row: Row) -> bool:
    return bool(row["planned"]) and (not row["commissioned"] or row["commissioned"] > row["planned"])


def _months_between(planned: str, commissioned: str) -> int:
    if not commissioned:
        return 0
    return round((date.fromisoformat(commissioned) - date.fromisoformat(planned)).days / 30.44)


def _trace(site: str, sites: Mapping[str, Row], roots: dict[str, list[str]], seen: set[str]) -> None:
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
        roots[site] = [part for part in waits if not part.startswith("site ")]


def _price(folder: Folder, lost: Mapping[str, float]) -> float | None:
    """Return what is worth what was lost, in bn KZT of the start and not discounted; None without prices."""
    prices = folder.scenario.get("service_prices") or {}
    worth = sum(
        amount * _PRICES[what][1] * prices.get(_PRICES[what][0], 0.0) for what, amount in lost.items()
    )
    return float(f"{1e-9 * worth:.3g}") if worth else None


def _lost(folder: Folder, capacity: str, site: str, start: str, end: str) -> dict[str, float]:
    """Return what was not served between two months for want of a site (without one: at the members)."""
    members = folder.scenario.get("capacities", {}).get(capacity, {})
    lost: dict[str, float] = {}
    for row in folder.table("unserved"):
        own = row["missing_site"] == site and (site or row["asset"] in members)
        if own and start <= row["month"] < (end or "9999"):
            lost[row["quantity"]] = lost.get(row["quantity"], 0.0) + float(row["amount"])
    return {
        quantity: float(f"{amount:.4g}")
        for quantity, amount in lost.items()
        if quantity in ("unserved_mwh", "unserved_m3", "spilled_m3")
    }
