"""The metrics that a check can name: ``python -m twin.checks.reference > docs/metrics.md``."""

from collections.abc import Iterator

from twin.report.page import words
from twin.simulation.metrics import declared

_INTRO = """\
# Metrics
Made from what the program declares by `make reference`; do not edit. Names of `metrics.json`, which a
[check](pipelines.md#a-check), a sweep, a plan and a baseline can name. Money is in the scenario's currency,
which stands in the name: `capex_bn_eur`. A metric that no network of a run has is not there.

| metric | what it is | unit | better | can be narrowed to |
|---|---|---|---|---|"""


def reference() -> str:
    """Return the page in Markdown."""
    return "\n".join([_INTRO, *_rows()]) + "\n"


def _rows() -> Iterator[str]:
    said = words()["en"]
    for name, metric in declared().items():
        narrowed = ", ".join(metric.narrowed.by) if metric.narrowed else ""
        yield f"| `{name}` | {said[f'metric.{name}']} | {metric.unit} | {metric.better} | {narrowed} |"


if __name__ == "__main__":
    print(reference(), end="")
