"""What an opened network must keep of what its utility has declared, told before anything is solved."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Sized

from twin.errors import InvalidInput, Mistake
from twin.scenario.schema import Scenario, kind_of, utility_of
from twin.utilities.base import Network
from twin.utilities.coupling import Port
from twin.utilities.utility import Utility

_PARTS = (*Network.__annotations__, *(name for name in vars(Network) if not name.startswith("_")))


class Ports(Mapping[str, Port]):
    """What links hand over to a network, and of which of it the network has asked."""

    def __init__(self, filled: Mapping[str, Port]) -> None:
        self._filled = filled
        self.ignored = set(filled)

    def __getitem__(self, port: str) -> Port:
        self.ignored.discard(port)
        return self._filled[port]

    def __iter__(self) -> Iterator[str]:
        return iter(self._filled)

    def __len__(self) -> int:
        return len(self._filled)


def refuse_broken(
    utility: Utility, network: Network, points: Sequence[str], ports: Ports, scenario: Scenario
) -> None:
    """Refuse a network that cannot do what its utility promises.

    Raises
    ------
    ValueError
        Naming what is missing.
    """
    for problem in _broken(utility, network, points, ports, scenario):
        raise ValueError(f"the network of {utility.name}, {type(network).__name__}, {problem}")


def refuse_doubles(network: Network, file: str) -> None:
    """Refuse a network that reads something out twice: two of its assets have one name.

    Raises
    ------
    InvalidInput
        With each such asset and quantity.
    """
    count = Counter((signal.asset, signal.quantity) for signal in network.signals)
    doubles = [place for place, times in count.items() if times > 1]
    if doubles:
        raise InvalidInput(
            [
                Mistake(file, 0, f"{asset} is read out twice ({quantity})", "a name for each")
                for asset, quantity in doubles
            ]
        )


def refuse_uneven(utility: str, method: str, given: Sized, wanted: Sized) -> None:
    """Refuse what a network's method returns where its length is not that of what the network announced.

    Raises
    ------
    ValueError
        With both lengths.
    """
    if len(given) != len(wanted):
        raise ValueError(
            f"`{method}` of the network of {utility} returns {len(given)} values, not {len(wanted)}"
        )


def _broken(
    utility: Utility, network: Network, points: Sequence[str], ports: Ports, scenario: Scenario
) -> Iterator[str]:
    missing = [part for part in _PARTS if getattr(network, part, None) is None]
    if missing:
        yield f"has no `{'`, `'.join(missing)}`: see `Network` in twin/utilities/base.py"
    if network.name != utility.name:
        yield f"is called {network.name}"
    places = {(signal.asset, signal.quantity) for signal in network.signals}
    for asset, quantity in places:
        if utility_of(asset) != utility.name:
            yield f"has a signal {quantity} of {asset}, whose address does not begin with {utility.name}/"
    quantities = {quantity for _, quantity in places}
    for name, members in scenario.capacities.items():
        kind = kind_of(members)
        if utility_of(next(iter(members))) == utility.name and kind.quantity not in quantities:
            yield f"has no signal {kind.quantity}, the load on the capacity {name} ({kind.name})"
    for incident in utility.incidents:
        for quantity in filter(None, (incident.required, incident.delivered)):
            if points and quantity not in quantities:
                yield f"has no signal {quantity}, by which {incident.kind} is told"
    for quantity in utility.access:
        if points and quantity not in quantities:
            yield f"has no signal {quantity}, which tells what people reach"
    for port in sorted(ports.ignored):
        yield f"does not take the port {port}, which links fill for {', '.join(ports[port].assets)}"
