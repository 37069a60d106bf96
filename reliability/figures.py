"""The figures of the slow tests' last run: stored, and shown in docs/reliability.md between two markers."""

import json
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
FIGURES = Path(__file__).parent / "figures.json"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
Figures = dict[str, Any]


def read() -> Figures:
    """Return what was stored, empty if nothing was."""
    return dict(json.loads(FIGURES.read_text(encoding="utf-8"))) if FIGURES.exists() else {}


def write(figures: Figures) -> None:
    """Store figures and show them."""
    FIGURES.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table(figures)}\n{END}{after}", encoding="utf-8")


def shown() -> str:
    """Return what the page shows."""
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip("\n")


def table(figures: Figures) -> str:
    """Return the figures in Markdown, one line for each kind."""
    lines = ["| kind | when | minutes | counted | failures |", "|---|---|---|---|---|"]
    for kind, own in figures.items():
        counted = ", ".join(f"{name}: {count:,}" for name, count in own["counts"].items())
        lines.append(f"| {kind} | {own['date']} | {own['minutes']} | {counted} | {len(own['failures'])} |")
    return "\n".join(lines)
