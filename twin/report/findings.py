"""What a reader takes away: first breaches, why they came, what they cost, and what ends them."""

from collections.abc import Mapping
from typing import Any

from twin.report.costs import JOBS, Pricing, Wait, housing, waits
from twin.report.delay import lateness
from twin.report.folder import Folder, Row, number
from twin.report.views import months_before

_NAMED = 3


def breaches(folder: Folder) -> list[dict[str, Any]]:
    """Return the first breaches, earliest first, each with why it came, what it costs and what ends it.

    Returns
    -------
    list
        ``until`` is the first month that is not short any more, empty if there is none; ``stretches`` the
        first and last months of each time that its own peak was too high, ``months_short`` how many of the
        ``months_between``; ``short`` the worst shortage in the capacity's unit, negative. ``state`` is
        ``lost`` if service was lost, ``waiting`` if investors waited for it, ``reserve`` if all units
        together carry the load, else ``short``. ``why`` holds the peak of the first month, the one of a
        year before, and who was connected between. ``lost`` is what was not served for want of the site
        that relieves it (without one: at its members), ``job_months`` the jobs times months that waited for
        it (``waiting`` developments, from ``waiting_from`` on), shared among all that blocked, ``price`` what
        both are worth, in bn KZT at the start. ``enders`` are the sites that end it, each with
        the last start that forestalls the shortage and the last that spares investors the wait;
        ``housing_from`` is the month since which new housing waits for it as it falls short.
        ``safe_start`` leaves time that nine of ten works keep within; ``late``: see `lateness`.
    """
    table = folder.table("headroom")
    sites = {row["site"]: row for row in folder.table("sites")}
    found = []
    for place, row in enumerate(table):
        if row["first_breach"] == "yes":
            breach = _breach(folder, table, place)
            breach["late"] = lateness([own["site"] for own in breach["enders"]], sites, row["month"])
            found.append(breach)
    _count_costs(folder, found)
    return sorted(found, key=lambda own: (own["month"], own["state"] == "reserve", own["share"]))


def _breach(folder: Folder, table: list[Row], place: int) -> dict[str, Any]:
    row = table[place]
    own = [other for other in table[place:] if other["capacity_name"] == row["capacity_name"]]
    episode = _episode(own)
    worst = max(episode, key=lambda other: float(other["peak"]) - float(other["capacity"]))
    site = row.get("relieved_by", "")
    until = _after(episode[-1]["month"], folder)
    short = [other["month"] for other in episode if float(other["peak"]) > float(other["capacity"])]
    missing = float(worst["peak"]) - float(worst["capacity"])
    return {
        "capacity": row["capacity_name"],
        "kind": row["kind"],
        "unit": row["unit"],
        "month": row["month"],
        "until": until,
        "stretches": _stretches(short or [row["month"]], folder.months),
        "months_short": len(short) or 1,
        "months_between": len(episode),
        "short": number(str(-missing)),
        "share": float(f"{-missing / max(float(worst['capacity']), 1e-9):.3g}"),
        "firm": number(worst["capacity"]),
        "worst_month": worst["month"],
        "outage": row.get("worst_outage", ""),
        "intact": number(worst["intact_headroom_in_month"]),
        "why": _why(folder, table, row),
        "site": site,
        "enders": _enders(folder, row, site, episode[-1]["month"], until),
        "safe_start": row.get("latest_safe_start", ""),
    }


def _why(folder: Folder, table: list[Row], row: Row) -> dict[str, Any]:
    """Return the peak of a month, that of a year before, and which developments were connected between."""
    year, rest = row["month"].split("-")
    before = f"{int(year) - 1}-{rest}"
    peaks = (r["peak"] for r in table if (r["capacity_name"], r["month"]) == (row["capacity_name"], before))
    # of a kind that serves the whole city: what a development asks of it
    own = folder.utilities.get(row["network"], {})
    need = own["contract"] if own and own["source"] == row["kind"] else ""
    declared = folder.scenario.developments
    joined = [
        (float(dict(declared[other["development"]])[need]), other["name"])
        for other in folder.table("developments")
        if need and before < other["connected"][:7] <= row["month"]
    ]
    largest = sorted((own for own in joined if own[0] > 0.0), key=lambda own: -own[0])
    return {
        "peak": number(row["peak"]),
        "firm": number(row["capacity"]),
        "before": number(next(peaks, None)),
        "before_month": before,
        "joined": len(largest),
        "largest": [name for _, name in largest[:_NAMED]],
    }


def _enders(folder: Folder, row: Row, site: str, last_short: str, until: str) -> list[dict[str, Any]]:
    """Return the sites that end a shortage: its own, those that came when it ended, or the queue's."""
    declared = folder.scenario.sites
    came = {own["site"]: own for own in folder.table("sites")}
    capacity, month = row["capacity_name"], row["month"]
    queued = {own["missing_site"] for own in folder.table("queue") if own["capacity_name"] == capacity}
    later = [
        name for name, own in came.items() if not own["commissioned"] or own["commissioned"][:7] >= month
    ]
    awaited = [name for name in later if name in queued]
    names = [site] if site else _came(folder, capacity, last_short, until) or awaited
    enders = []
    for name in names:
        own, actual = declared[name], came.get(name, {})
        enders.append(
            {
                "site": name,
                "name": own.name,
                "cost": own.cost_bn_kzt or None,
                "build_months": own.build_months,
                "last_start": _start(row["month"], own.build_months),
                "first": _required_first(folder, name, month),
                "started": actual.get("started", ""),
                "commissioned": actual.get("commissioned", ""),
            }
        )
    return enders


def _required_first(folder: Folder, site: str, month: str) -> dict[str, str] | None:
    """Return the site that has to start soonest for another to serve by a month, if that is sooner than it.

    A site serves when all that it requires do; what serves before that month in the run is in time.
    """
    declared = folder.scenario.sites
    came = {own["site"]: own["commissioned"][:7] for own in folder.table("sites")}
    needed, open_ = set[str](), list(declared[site].requires)
    while open_:
        name = open_.pop()
        if name in declared and name not in needed and not "" < came.get(name, "") <= month:
            needed.add(name)
            open_ += declared[name].requires
    starts = {name: _start(month, declared[name].build_months) for name in needed}
    first = min(starts, key=lambda name: (starts[name], name), default="")
    if not first or starts[first] >= _start(month, declared[site].build_months):
        return None
    return {"site": first, "last_start": starts[first]}


def _start(month: str, length: float) -> str:
    """Return when works of a length have to begin to be over by a month."""
    return months_before(f"{month}-01", length)


def _count_costs(folder: Folder, found: list[dict[str, Any]]) -> None:
    """Give each breach what was lost by it, who waited for it, and what that is worth."""
    worth = Pricing(folder)
    held, homes, months = waits(folder), housing(folder), folder.months
    for breach in found:
        parts = _lost(folder, worth, breach)
        breach["lost"] = {quantity: amount for quantity, (amount, _) in parts.items()}
        breach["price"] = sum(price for _, price in parts.values())
        breach["job_months"], breach["waiting_from"], names = 0.0, "", set[str]()
        for wait in held:
            if _holder(wait, found) is breach:
                names.add(wait.development)
                breach["waiting_from"] = min(breach["waiting_from"] or wait.month, wait.month)
                breach["job_months"] += wait.jobs * wait.share
                breach["price"] += worth.of(JOBS, wait.month, wait.jobs * wait.share)
        breach["waiting"] = len(names)
        for own in breach["enders"]:
            since = breach["waiting_from"]
            own["no_wait_start"] = _start(since, own["build_months"]) if since else ""
        first, last = months.index(breach["month"]), months.index(breach["until"] or months[-1])
        breach["housing_from"] = _housed_from(homes.get(breach["capacity"], []), months, first)
        breach["housing"] = len(set().union(*homes.get(breach["capacity"], [])[first : last + 1]))
        breach["price"] = breach["price"] or None
        reserve = "reserve" if breach["intact"] >= 0.0 else "short"
        breach["state"] = "lost" if any(breach["lost"].values()) else "waiting" if names else reserve


def _housed_from(homes: list[set[str]], months: list[str], place: int) -> str:
    """Return since which month housing waits without a break for a capacity as it falls short, or nothing."""
    since = place
    while since > 0 and homes and homes[since - 1]:
        since -= 1
    return months[since] if homes and homes[since] else ""


def _holder(wait: Wait, found: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the shortage waited for: its site's, else the first that has not ended, else the last."""
    own = [breach for breach in found if breach["capacity"] == wait.capacity]
    of_site = [breach for breach in own if breach["site"] and breach["site"] == wait.missing_site]
    lasting = [breach for breach in own if not breach["until"] or wait.month <= breach["until"]]
    return next(iter([*of_site, *lasting, *reversed(own)]), None)


def _episode(own: list[Row]) -> list[Row]:
    """Return the rows of a capacity from its breach to the last month of it whose own peak was too high.

    The headroom looks back twelve months, so it stays negative for a year after the shortage has ended.
    """
    negative = next((i for i, row in enumerate(own) if float(row["firm_headroom"]) >= 0.0), len(own))
    short = [i for i in range(negative) if float(own[i]["peak"]) > float(own[i]["capacity"])]
    return own[: max(short, default=0) + 1]


def _stretches(short: list[str], months: list[str]) -> list[list[str]]:
    """Return first and last month of each run of months."""
    stretches: list[list[str]] = []
    for month in short:
        if stretches and months.index(month) == months.index(stretches[-1][1]) + 1:
            stretches[-1][1] = month
        else:
            stretches.append([month, month])
    return stretches


def _after(month: str, folder: Folder) -> str:
    """Return the month after one, empty beyond what was simulated."""
    months = folder.months
    after = months.index(month) + 1
    return months[after] if after < len(months) and months[after] <= folder.last_month else ""


def _came(folder: Folder, capacity: str, last_short: str, until: str) -> list[str]:
    """Return the sites of a capacity's network that were commissioned when its shortage ended."""
    members = folder.scenario.capacities[capacity]
    networks = {asset.split("/")[0] for asset in members}
    brings: dict[str, set[str]] = {}
    for row in folder.table("assets"):
        brings.setdefault(row["site"], set()).add(row["network"])
    # what a site brings to a network that feeds others only feeds what else it brings
    feeding = {name for name, own in folder.utilities.items() if own["feeds"]}
    homes = {site: own - feeding or own for site, own in brings.items()}
    return [
        row["site"]
        for row in folder.table("sites")
        if homes.get(row["site"], set()) & networks
        and until
        and last_short <= row["commissioned"][:7] <= until
    ]


def _lost(folder: Folder, worth: Pricing, breach: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Return amount and worth of what was not served for want of a site (without one: at the members)."""
    members = folder.scenario.capacities[breach["capacity"]]
    site, end = breach["site"], breach["until"] or "9999"
    lost: dict[str, tuple[float, float]] = {}
    for row in folder.table("unserved"):
        if row["quantity"] not in folder.losses:
            continue
        own = row["missing_site"] == site and (site or row["asset"] in members)
        if own and breach["month"] <= row["month"] < end:
            amount, price = lost.get(row["quantity"], (0.0, 0.0))
            more = float(row["amount"])
            price += worth.of(row["quantity"], row["month"], more)
            lost[row["quantity"]] = amount + more, price
    return lost
