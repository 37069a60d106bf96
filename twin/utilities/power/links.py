"""What other networks' assets may be to a grid: motors and processes that it feeds, through which ports."""

from twin.utilities.coupling import LinkKind

DRAWN, RUNNING = "drawn", "running"
FUELLED = "fuelled"
"""The port of plants whose fuel another network delivers: MW that it allows, infinite where all is there."""
STOPPED, ON_GENERATOR = "stopped", "on generator"
FED_AT = ("load", "bus")
"""At a bus a load is made."""
_UNFED = "has its power always"
PUMP = LinkKind(
    "pump",
    ("pump",),
    FED_AT,
    gives=DRAWN,
    takes=RUNNING,
    without=_UNFED,
    unlinked="no load of the grid feeds this {kind}: it runs without electricity",
)
PROCESS = LinkKind(
    "process", ("pump", "valve", "pipe", "plant"), FED_AT, gives=DRAWN, takes=RUNNING, without=_UNFED
)
