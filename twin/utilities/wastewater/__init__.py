"""The wastewater network: EPANET, gravity reaches, lift stations and plants."""

from twin.utilities.utility import Utility
from twin.utilities.wastewater.settings import WastewaterSettings


class Wastewater(Utility):
    """The twin's own: see `Utility`."""

    name = "wastewater"
    settings = WastewaterSettings


UTILITY = Wastewater()
