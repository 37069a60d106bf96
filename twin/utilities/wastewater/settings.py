"""What a scenario says of its wastewater network, its plants and stations, and what reaches it."""

from typing import Annotated

from pydantic import BeforeValidator, Field, Strict

from twin.model import Flag, Model, NotNegative, Positive, Share, SomeNames, whole
from twin.utilities.utility import NetworkSettings

NOT_IN_FILE = (
    "plants are reservoirs in an INP file: what their basins hold and treat is not in it",
    "lift stations do not follow their wet wells in an INP file: their pumps run at the speed of the instant",
)
"""What of an instant no INP file can say."""


class WastewaterSettings(NetworkSettings):
    """The wastewater network and its limits."""

    file: str = "wastewater.inp"
    """EPANET network; gravity reaches carry the tag `gravity`."""
    max_filling_percent: Positive = 100.0
    """Highest flow of a gravity reach over its full-pipe capacity (Manning)."""


class Treatment(Model):
    """A treatment plant at the end of the sewers."""

    node: str
    """EPANET reservoir that receives the flow."""
    capacity_m3_per_day: NotNegative
    equalisation_m3: NotNegative = 0.0
    """Basin that holds back the daily peak."""
    in_service: Flag = True


class LiftStation(Model):
    """Pumps whose speed follows the level of their wet well."""

    wet_well: str
    """EPANET tank."""
    pumps: SomeNames
    main: SomeNames
    """Pipes of the force main, from the pumps to its discharge."""
    discharge: str
    """Node where the force main ends, at its elevation (a PSV keeps it under no pressure)."""


class Sewers(Model):
    """Tables of the wastewater network."""

    treatment: dict[str, Treatment] = {}
    lift_stations: dict[str, LiftStation] = {}


class SewageDemand(Model):
    """How much of the water that is used becomes sewage."""

    domestic_return: Share = 0.90
    """Share of average domestic water that becomes sewage where there are sewers."""
    development_return: Share = 0.85
    """Share of a development's water that becomes sewage."""
    infiltration_factor: Positive = 1.08
    """Groundwater that enters the sewers, as a factor on domestic sewage."""


class OtherSewage(Model):
    """What customers beyond population and developments let off."""

    average_sewage_km3: NotNegative = 0.0
    """Sewage on the average day, thousand m3."""


class SpillPrice(Model):
    """What sewage that is spilled is worth."""

    spill_kzt_per_m3: NotNegative = 0.0


class Sewage(Model):
    """A water junction and the manhole its used water reaches, a link of kind `sewage`."""

    lag_h: Annotated[int, Strict(), Field(ge=1, le=24), BeforeValidator(whole)] = 1
    """Hours between the use of water and its arrival at the manhole."""
