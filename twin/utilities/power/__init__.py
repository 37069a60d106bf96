"""The power network: load flows by pandapower's solver."""

from twin.utilities.power.settings import PowerSettings
from twin.utilities.power.tables import ContingencyRow, FirmLoadRow
from twin.utilities.utility import Utility


class Power(Utility):
    """The twin's own: see `Utility`."""

    name = "power"
    settings = PowerSettings
    result_tables = (ContingencyRow, FirmLoadRow)


UTILITY = Power()
