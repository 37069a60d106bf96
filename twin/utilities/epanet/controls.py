"""The simple controls of a project, as EPANET keeps them."""

from typing import NamedTuple

from epanet import toolkit as en

from twin.utilities.epanet import calls
from twin.utilities.epanet.project import Project, as_in_file

BY_LEVEL = (en.LOWLEVEL, en.HILEVEL)


class Control(NamedTuple):
    """A simple control as EPANET numbers and keeps it; ``level`` is a time for those by the clock."""

    number: int
    kind: int
    link: int
    setting: float
    node: int
    level: float


def read_controls(project: Project) -> list[Control]:
    """Return the simple controls that act, in file order; links and nodes from 1.

    One that the file disables is none, but EPANET lets those by a junction's pressure act all the same.
    """
    handle, found = project.handle, []
    for number in range(1, en.getcount(handle, en.CONTROLCOUNT) + 1):
        kind, link, setting, node, level = en.getcontrol(handle, number)
        by_pressure = kind in BY_LEVEL and en.getnodetype(handle, node) == en.JUNCTION
        if by_pressure or calls.is_control_enabled(project.address, number):
            found.append(Control(number, kind, link, as_in_file(setting), node, as_in_file(level)))
    return found
