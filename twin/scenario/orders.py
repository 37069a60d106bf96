"""Cross checks of build orders, crews, money and uncertainties."""

from collections import Counter

from twin.scenario.document import Document
from twin.scenario.schema import Scenario, utility_of
from twin.scenario.standing import planned_districts
from twin.scenario.works import Site
from twin.utilities.registry import utilities


def check_orders(scenario: Scenario, document: Document) -> None:
    """Note every site that an order forgets or can never start, and every name that points nowhere."""
    _order(scenario, document)
    _instruments(scenario, document)
    _uncertainties(scenario, document)
    shares = scenario.works
    if shares.permit_share + shares.procurement_share + shares.commissioning_share > 1.0:
        document.add(("works",), "permit, procurement and commissioning take more than all of the time")
    _places(scenario, document)
    if means_are_limited(scenario):
        _crews(scenario, document)


def means_are_limited(scenario: Scenario) -> bool:
    """Return whether sites wait for crews and money: there is a build order, and they are not at hand."""
    return bool(scenario.order) and scenario.works.means == "limited"


def trade_of(scenario: Scenario, site: Site) -> str:
    """Return the trade that builds a site's kind, empty if none does."""
    for trade, years in scenario.crews.items():
        if any(site.kind in row.builds for row in years.values()):
            return trade
    return ""


def _order(scenario: Scenario, document: Document) -> None:
    known = list(scenario.sites)
    cancelled = {row.site for row in scenario.order if row.cancelled}
    times = Counter(row.site for row in scenario.order)
    for i, row in enumerate(scenario.order):
        key = ("order", i)
        if row.site not in scenario.sites:
            document.add(key, f"unknown site {row.site}", document.near(row.site, known))
        elif times[row.site] > 1:
            document.add(key, f"{row.site} {times[row.site]} times", "once")
        if row.capacity and row.capacity not in scenario.capacities:
            near = document.near(row.capacity, list(scenario.capacities))
            document.add(key, f"unknown capacity {row.capacity}", near)
        site = scenario.sites.get(row.site)
        for required in site.requires if site and not row.cancelled else ():
            if required in cancelled:
                document.add(
                    key, f"{row.site} requires {required}, which is cancelled", "cancel both or none"
                )
    forgotten = [name for name in known if name not in times]
    if scenario.order and forgotten:
        document.add(("order",), f"no row for {', '.join(forgotten)}", "a row for every site, or cancelled")


def _instruments(scenario: Scenario, document: Document) -> None:
    paid: dict[str, str] = {}
    for name, instrument in scenario.instruments.items():
        for site in instrument.sites:
            if site not in scenario.sites:
                near = document.near(site, list(scenario.sites))
                document.add(("instruments", name), f"unknown site {site}", near)
            elif site in paid:
                document.add(("instruments", name), f"{site} is paid by {paid[site]} already", "one of them")
            paid[site] = name


def _uncertainties(scenario: Scenario, document: Document) -> None:
    kinds = {site.kind for site in scenario.sites.values()}
    for quantity, rows in scenario.uncertainties.items():
        known = set(scenario.districts) if quantity == "growth" else kinds | set(scenario.sites)
        for of in rows:
            if of != "*" and of not in known:
                near = document.near(of, sorted(known))
                document.add(("uncertainties", quantity, of), f"{quantity} of an unknown {of}", near)
    if scenario.future and not scenario.uncertainties:
        document.add(("future",), "nothing is uncertain: no uncertainties.csv", "future 0")


def _places(scenario: Scenario, document: Document) -> None:
    """Note developments at places that no network serves, now or by any site."""
    for utility in scenario.simulated:
        own = utilities()[utility]
        if own.contract is None or not own.draws:
            continue
        served = {p.district for p in scenario.demand_points if utility_of(p.asset) == utility}
        if own.planned_by:  # where none is planned it is told, not refused
            served |= scenario.districts.keys() - planned_districts(scenario, own)
        for name, development in scenario.developments.items():
            asked = getattr(development, own.contract.column)
            if asked > 0.0 and development.district not in served:
                problem = f"{name} asks for {utility} in {development.district}, which no network serves"
                document.add(("developments", name), problem, "a row in demand_points.csv")


def _crews(scenario: Scenario, document: Document) -> None:
    for row in scenario.order:
        site = scenario.sites.get(row.site)
        if site is None or row.cancelled or not scenario.crews:
            continue
        trade = trade_of(scenario, site)
        if not trade:
            document.add(
                ("sites", row.site), f"{row.site} can never start: no trade builds a {site.kind}", "crews.csv"
            )
            continue
        years, first = scenario.crews[trade], (row.start or scenario.start).year
        begun = max((year for year in years if year <= first), default=first)
        most = max((crews.crews for year, crews in years.items() if year >= begun), default=0)
        if site.crews > most:
            problem = f"{row.site} can never start: it takes {site.crews} {trade} crews of at most {most}"
            document.add(("sites", row.site), problem)
