"""A digital twin of a growing city: will the planned infrastructure carry the growth."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin import results, sweep
    from twin.report import figures as plot
    from twin.report import write_report
    from twin.results.run import save
    from twin.scenario import load_scenario
    from twin.scenario.objects import from_networks
    from twin.simulation.clock import run

__all__ = ["from_networks", "load_scenario", "plot", "results", "run", "save", "sweep", "write_report"]

_HOME = {
    "from_networks": "twin.scenario.objects",
    "load_scenario": "twin.scenario",
    "run": "twin.simulation.clock",
    "save": "twin.results.run",
    "write_report": "twin.report",
}
_MODULES = {"plot": "twin.report.figures", "results": "twin.results", "sweep": "twin.sweep"}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that the command line starts at once."""
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _HOME:
        raise AttributeError(f"module 'twin' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
