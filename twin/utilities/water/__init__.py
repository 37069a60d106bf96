"""The water network: EPANET, delivering what pressure allows."""

from twin.utilities.utility import Utility
from twin.utilities.water.settings import WaterSettings


class Water(Utility):
    """The twin's own: see `Utility`."""

    name = "water"
    settings = WaterSettings


UTILITY = Water()
