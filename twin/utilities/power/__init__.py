"""The power network: load flows by pandapower's solver."""

from twin.utilities.power.settings import PowerSettings
from twin.utilities.utility import Utility


class Power(Utility):
    """The twin's own: see `Utility`."""

    name = "power"
    settings = PowerSettings


UTILITY = Power()
