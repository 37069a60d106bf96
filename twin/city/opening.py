"""Opening the networks that a scenario asks for, with the ports through which they act on each other."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from twin.city.promises import Ports, refuse_broken, refuse_doubles
from twin.scenario.schema import Link, Scenario, utility_of
from twin.scenario.series import Series
from twin.utilities.base import Network
from twin.utilities.coupling import Coupling, LinkKind, Opened, Port
from twin.utilities.registry import utilities
from twin.utilities.utility import Opening

Points = Mapping[str, tuple[str, ...]]
"""By utility, the addresses of its demand points."""


class Side(NamedTuple):
    """A kind of link, and the utility that declares it."""

    utility: str
    kind: LinkKind


SIDES = {kind.name: Side(name, kind) for name, own in utilities().items() for kind in own.links}


def open_networks(scenario: Scenario, points: Points) -> dict[str, Network]:
    """Open the engines this scenario needs, and only those, in the order in which they are registered.

    Raises
    ------
    InvalidInput
        If a file cannot be opened, or gives two assets one name.
    ValueError
        If a network cannot do what its utility has declared.
    """
    ports, ratings, given = ports_of(scenario), _ratings(scenario), Series(scenario).given
    networks = {}
    for name, settings in scenario.simulated.items():
        own = Ports({port: value for (utility, port), value in ports.items() if utility == name})
        opening = Opening(
            scenario.folder / settings.file,
            settings,
            points.get(name, ()),
            own,
            {kind.name: ratings.get((name, kind.name), {}) for kind in utilities()[name].capacities},
            given.get(name, ()),
            scenario,
            scenario.demand,
        )
        networks[name] = utilities()[name].open(opening)
        refuse_broken(utilities()[name], networks[name], opening.points, own, scenario)
        refuse_doubles(networks[name], settings.file)
    return networks


def ports_of(scenario: Scenario) -> dict[tuple[str, str], Port]:
    """Return what links fill: by utility and name, the assets in file order."""
    filled: dict[tuple[str, str], dict[str, None]] = {}
    for link in scenario.links:
        utility, kind = SIDES[link.kind]
        filled.setdefault((utility, kind.gives), {})[link.to] = None
        if kind.takes:
            filled.setdefault((utility_of(link.asset), kind.takes), {})[link.asset] = None
    return {key: Port(tuple(assets)) for key, assets in filled.items()}


def couplings(scenario: Scenario, opened: Opened) -> list[Coupling]:
    """Return the links between networks that are simulated, compiled by the utilities that declare them."""
    made = []
    for name, utility in utilities().items():
        links = [link for link in scenario.links if _joins(scenario, link, name)]
        coupling = utility.couple(links, opened) if links else None
        if coupling is not None:
            made.append(coupling)
    return made


def order_of(scenario: Scenario) -> list[str]:
    """Return the networks in the order in which they are solved: what gives before what it gives to.

    A network that takes an answer back is solved again in the next round.
    """
    names = list(scenario.simulated)
    before: dict[str, set[str]] = {name: set() for name in names}
    for link in scenario.links:
        giver, taker = utility_of(link.asset), SIDES[link.kind].utility
        if giver in before and taker in before and giver != taker:
            before[taker].add(giver)
    order: list[str] = []
    while names:
        # networks that wait for each other are taken in the order in which they are registered
        name = next((n for n in names if before[n] <= set(order)), names[0])
        names.remove(name)
        order.append(name)
    return order


def opening_key(scenario: Scenario) -> str:
    """Return a digest of all that opened networks depend on: scenarios that share it can share a city."""
    tables = {table for own in utilities().values() for table in own.tables}
    parts = (
        scenario.model_dump_json(include={"networks", "settling", "links", "demand", *tables}),
        repr([point.asset for point in scenario.demand_points]),
        repr(sorted(_ratings(scenario).items())),
        repr(Series(scenario).given),
        *(
            hashlib.sha256((scenario.folder / file).read_bytes()).hexdigest()
            for name, settings in scenario.simulated.items()
            for file in (settings.file, *utilities()[name].beside(settings).values())
        ),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _joins(scenario: Scenario, link: Link, utility: str) -> bool:
    """Tell whether a link is of a kind that a utility declares, and both its sides are simulated."""
    own = SIDES[link.kind].utility == utility
    return own and {utility, utility_of(link.asset)} <= scenario.simulated.keys()


def _ratings(scenario: Scenario) -> dict[tuple[str, str], dict[str, float]]:
    """Return what the scenario says that members of capacities can bring, by utility and kind."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for members in scenario.capacities.values():
        for asset, row in members.items():
            if row.amount is not None:
                found.setdefault((utility_of(asset), row.kind), {})[asset] = row.amount
    return found
