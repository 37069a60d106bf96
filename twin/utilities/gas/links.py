"""What others' assets may be to a gas network: plants that burn what a sink delivers."""

from typing import Annotated

from pydantic import Field, Strict

from twin.model import Model
from twin.utilities.coupling import LinkKind

BURNT, FUELLED = "burnt", "fuelled"
"""Ports: m3/h that plants at sinks ask for; MW that their fuel allows."""
FUEL = LinkKind(
    "fuel",
    ("chp", "peaking"),
    ("sink",),
    gives=BURNT,
    takes=FUELLED,
    of="power",
    without="has its fuel always",
)


class Fuel(Model):
    """A plant of the grid and the sink at which its gas is delivered."""

    electric_efficiency: Annotated[float, Strict(), Field(gt=0.01, le=1)] = 0.38
    """Electricity over the lower heating value of the gas."""
