"""Which pages the site has, in which order."""

NAV: dict[str, tuple[str, ...]] = {
    "Tutorials": ("own-network.md", "planner.md", "pipelines.md"),
    "How to": (
        "board.md",
        "which-order.md",
        "orders.md",
        "sweeps.md",
        "time-series.md",
        "resources.md",
        "gas.md",
        "roads.md",
        "security-of-supply.md",
        "recording.md",
        "maps-and-tables.md",
        "objects.md",
        "python.md",
        "report.md",
        "ci/recipes.md",
        "ci/cluster.md",
    ),
    "Reference": (
        "reference/commands.md",
        "scenario.md",
        "results/README.md",
        "metrics.md",
        "reference/python.md",
        "versions.md",
        "trust.md",
        "CHANGELOG.md",
    ),
    "Theory and evidence": (
        "physics.md",
        "validation.md",
        "compatibility.md",
        "performance.md",
        "reliability.md",
    ),
    "The project": (
        "architecture.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "scenarios/alatau/README.md",
        "scenarios/alatau/build_orders/README.md",
        "scenarios/town/README.md",
        "decisions.md",
    ),
}
ELSEWHERE = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "results/README.md",
    "scenarios/alatau/README.md",
    "scenarios/alatau/build_orders/README.md",
    "scenarios/town/README.md",
)
"""Pages that lie where their readers need them first, outside docs/."""
PARTS = ("performance-notes.md", "validation-notes.md")
"""What generated pages end with."""

PYTHON = """\
# Python
What the package offers by name. [From Python](../python.md) shows it at work.

```{eval-rst}
.. autofunction:: twin.scenario.load_scenario
.. autofunction:: twin.scenario.objects.from_networks
.. autofunction:: twin.simulation.clock.run
.. autoclass:: twin.results.run.Run
   :members:
.. autofunction:: twin.results.run.save
.. autofunction:: twin.results.read
.. autofunction:: twin.report.write_report
.. automodule:: twin.sweep
   :members:
.. automodule:: twin.report.figures
   :members:
```
"""
