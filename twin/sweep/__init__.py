"""Many runs of one scenario: choices and sampled futures, on this machine or a cluster."""

from twin.sweep.execute import Tally, execute, refuse
from twin.sweep.runs import Plan
from twin.sweep.spec import Sweep

__all__ = ["Plan", "Sweep", "Tally", "execute", "refuse"]
