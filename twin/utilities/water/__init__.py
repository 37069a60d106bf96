"""The water network: EPANET, delivering what pressure allows."""

from twin.utilities.water.shown import LOSSES, SHOWN
from twin.utilities.water.settings import WaterSettings
from twin.utilities.utility import Utility


class Water(Utility):
    """The twin's own: see `Utility`."""

    name = "water"
    settings = WaterSettings
    losses = LOSSES
    shown = SHOWN


UTILITY = Water()
