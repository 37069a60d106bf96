"""What a scenario says of its wastewater network, its treatment plants and lift stations."""

from twin.model import Flag, Model, NotNegative, Positive, SomeNames


class WastewaterSettings(Model):
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
