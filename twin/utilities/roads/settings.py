"""What a scenario says of its roads."""

from twin.model import Flag, Model, NotNegative, Positive, Share, SomeNames
from twin.utilities.utility import NetworkSettings


class RoadsSettings(NetworkSettings):
    """The road network, how trips find their way, and the limit of roads."""

    file: str = "link.csv"
    """Links: TNTP (`.tntp`) or GMNS (`.csv`, with `nodes`)."""
    nodes: str = ""
    """Nodes and their coordinates, in the same form; of TNTP they may be missing."""
    trips: str = ""
    """Trips of the network's own in an hour: TNTP, or a CSV with o_zone_id, d_zone_id and volume."""
    minutes_per_unit: Positive = 1.0
    """Of the times in a TNTP file, which has no units."""
    max_gap: Positive = 1e-6
    """Relative gap of the user equilibrium; an hour that does not reach it is unsolved."""
    max_rounds: Positive = 400
    """Searches of all shortest paths after which it is given up."""
    persons_per_car: Positive = 1.3
    """People in a car."""
    peak_hour_share: Share = 0.12
    """Part of a day's trips in the hour on whose travel times people choose where to go."""
    work_beta_per_min: NotNegative = 0.05
    """How trips to work shun time: exp(-beta t)."""
    other_beta_per_min: NotNegative = 0.1
    """How other trips shun time."""
    freight_beta_per_min: NotNegative = 0.02
    """How freight shuns time."""
    dark_capacity_share: Share = 0.6
    """What a road whose traffic lights have no power can carry, of its capacity."""
    signals_kw: NotNegative = 2.0
    """What the traffic lights of a road draw that a link of `links.csv` feeds."""
    closures: dict[str, SomeNames] = {}
    """Bridges and carriageways, each a name with the links that are closed with it: what becomes of the
    busiest hour of each month without it stands in `closures.csv`."""
    depot: str = ""
    """Zone from which crews and building material come; empty: the first."""
    max_volume_over_capacity_percent: Positive = 100.0
    """Highest volume of a road over its capacity."""


class Zone(Model):
    """A zone that is more than a place in the city."""

    external: Flag = False
    """It stands for all beyond the city: it takes the balance of commuters, and half of the freight."""


class RoadTables(Model):
    """Tables of the road network."""

    zones: dict[str, Zone] = {}


class RoadPrices(Model):
    """What time on the road is worth."""

    lost_hour_kzt_per_person_hour: NotNegative = 0.0
    """An hour that a person loses against free roads."""
    trip_not_made_kzt_per_trip: NotNegative = 0.0
    """A vehicle's trip for which every way is closed."""
