"""A scenario folder, checked and frozen: YAML, tables and the networks' own files."""

from twin.scenario.loading import dump_resolved, input_files, load_scenario
from twin.scenario.schema import Scenario

__all__ = ["Scenario", "dump_resolved", "input_files", "load_scenario"]
