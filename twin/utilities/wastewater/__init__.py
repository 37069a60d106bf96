"""The wastewater network: EPANET, gravity reaches, lift stations and plants."""

from twin.utilities.wastewater.shown import LOSSES, SHOWN
from twin.utilities.wastewater.settings import WastewaterSettings
from twin.utilities.utility import Utility


class Wastewater(Utility):
    """The twin's own: see `Utility`."""

    name = "wastewater"
    settings = WastewaterSettings
    losses = LOSSES
    shown = SHOWN


UTILITY = Wastewater()
