"""The power network: load flows by pandapower's solver."""

from twin.utilities.power.shown import LOSSES, SHOWN
from twin.utilities.power.settings import PowerSettings
from twin.utilities.utility import Utility


class Power(Utility):
    """The twin's own: see `Utility`."""

    name = "power"
    settings = PowerSettings
    losses = LOSSES
    shown = SHOWN


UTILITY = Power()
