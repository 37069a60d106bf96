"""When a project changes by the clock: its patterns, its hydraulic step and its timed controls."""

from collections.abc import Sequence
from math import lcm

from epanet import toolkit as en

from twin.utilities.epanet.controls import Control
from twin.utilities.epanet.project import FOREVER, Project

_DAY_S = 86400


class Times:
    """The instants that the file names.

    Parameters
    ----------
    project
        Opened.
    controls
        Its simple controls.
    rule_times
        Times since the start that its rules name.

    Attributes
    ----------
    any
        Whether there are any.
    """

    def __init__(self, project: Project, controls: Sequence[Control], rule_times: Sequence[float]) -> None:
        self._step = project.hydraulic_step_s
        self._pattern_step, self._pattern_start = project.pattern_step_s(), project.time_s(en.PATTERNSTART)
        self._once = [int(c.level) for c in controls if c.kind == en.TIMER]
        self._daily = [int(c.level) for c in controls if c.kind == en.TIMEOFDAY]
        self._last = max([*self._once, *(int(value) for value in rule_times)], default=-1)
        self._period_days = lcm(project.pattern_period_s() or _DAY_S, _DAY_S) // _DAY_S
        self.any = any((self._step, self._pattern_step, self._once, self._daily))

    def alike(self, day: int) -> int:
        """Return the earliest day that goes like one: a schedule ends, patterns return."""
        first = self._last // _DAY_S + 1
        return day if day <= first else first + (day - first) % self._period_days

    def next_s(self, now: int) -> int:
        """Return the seconds until the next of them."""
        soonest = FOREVER
        if self._step:
            soonest = min(soonest, self._step - now % self._step)
        if self._pattern_step:
            soonest = min(soonest, self._pattern_step - (now + self._pattern_start) % self._pattern_step)
        for time in self._once:
            if time > now:
                soonest = min(soonest, time - now)
        for time in self._daily:
            soonest = min(soonest, (time - now) % _DAY_S or _DAY_S)
        return soonest
