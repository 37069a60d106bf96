"""Below which volume whatever fills a tank has been called for."""

import numpy as np
from epanet import toolkit as en

from twin.utilities.base import Vector
from twin.utilities.epanet.project import Project
from twin.utilities.epanet.rules import Rules
from twin.utilities.epanet.tanks import Tanks


def calls_m3(project: Project, tanks: Tanks, rules: Rules) -> Vector:
    """Return the lowest volume of each tank at which a control or a rule opens a link, nan without any.

    A rule's conditions are taken one by one: others of the same rule may keep it from acting there.
    """
    lowest = np.full(len(tanks.volume), np.nan)
    levels = tanks.levels
    for tank, volume, sign, setting in zip(
        levels.tank, levels.volume, levels.sign, levels.setting, strict=True
    ):
        if sign < 0.0 and setting > 0.0:
            lowest[tank] = np.fmin(lowest[tank], volume)
    for premise in rules.that_open_below(tanks.place):
        tank = tanks.place[premise.at - 1]
        volume = tanks.volume_at(tank, _level_m(project, premise.at, premise.variable, premise.value))
        lowest[tank] = np.fmin(lowest[tank], volume)
    return lowest


def _level_m(project: Project, node: int, variable: int, value: float) -> float:
    """Return the level above a tank's bottom that a rule's head, level or pressure means."""
    if variable in (en.R_HEAD, en.R_GRADE):
        value -= en.getnodevalue(project.handle, node, en.ELEVATION)
    per_m = project.pressure_per_m() if variable == en.R_PRESSURE else 1.0 / project.length_unit
    return value / per_m
