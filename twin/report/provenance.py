"""Where the numbers come from: inputs by standing, versions, checksums and settings of a run."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from twin.report.folder import Folder
from twin.results.solved import Gap
from twin.scenario.schema import Scenario

STANDINGS = {"P": "published", "N": "norm", "A": "assumption"}
_LETTER = re.compile(r"(?<![\w/])([PNA])(?![\w/])")
_TOLD = re.compile(r"(build_order|connection|start|end|sites\.\w+\.slip_months)=")
"""Overrides that a page tells in words."""
_TABLES = (
    "districts",
    "population",
    "norms",
    "other_demand",
    "developments",
    "sites",
    "capacities",
    "links",
    "outages",
)
_MARKED = ("sites", "capacities")
"""Tables whose figures a page marks, row by row, where they rest on an assumption."""
_DEMANDED = ("population", "norms", "other_demand")
"""Tables that every demand is made of."""


def provenance(folder: Folder) -> dict[str, Any]:
    """Return versions, checksums, settings, and the standing of the rows of each table."""
    scenario = folder.scenario.model_dump(mode="json")
    tables = []
    for name in _TABLES:
        sources = Counter(_sources(scenario[name]))
        if sources:
            tables.append(
                {
                    "table": name,
                    "sources": [
                        {"source": text, "rows": count, "standing": standing(text)}
                        for text, count in sources.most_common()
                    ],
                }
            )
    run = folder.run
    return {
        "versions": run.get("versions", {}),
        "inputs": run.get("inputs_sha256", {}),
        "settings": {
            key: run[key] for key in ("start", "end", "days", "seed", "coupled_hours", "wall_s") if key in run
        },
        "overrides": list(run.get("overrides", ())),
        "prices": {name: price for name, price in scenario["service_prices"].items() if price},
        "tables": tables,
        "drawn": sum(row["placed"] != "file" for row in folder.table("assets")),
    }


def told(folder: Folder) -> dict[str, Any]:
    """Return what is to be told beside the figures: hours without a solution, and warnings."""
    run = folder.run
    gaps = [Gap(**row) for row in run.get("unsolved", ())]
    beside = {str(gap) for gap in gaps}
    return {
        # a folder of a version that kept no such list says by its reason alone that it ended early
        "ended_early": run.get("ended_early", run.get("status") == "unsolved" and not gaps),
        "unsolved": [asdict(gap) for gap in gaps],
        "not_computed": list(run.get("not_computed", ())),
        "warnings": [line for line in run.get("warnings", ()) if line not in beside],
    }


def about(folder: Folder) -> dict[str, Any]:
    """Return what tells a run from others: order, connections, days, future, late works, overrides."""
    scenario = folder.scenario
    return {
        "order": scenario.build_order,
        "means": scenario.works.means,
        "connection": scenario.connection,
        "days": scenario.days,
        "future": scenario.future,
        "overrides": [own for own in folder.run.get("overrides", ()) if not _TOLD.match(own)],
        "slips": {name: own.slip_months for name, own in scenario.sites.items() if own.slip_months},
    }


def assumed(scenario: Scenario) -> dict[str, Any]:
    """Return which sites and capacities rest on an assumption, and whether demand does."""
    tables = scenario.model_dump(mode="json", include={*_MARKED, *_DEMANDED})
    return {
        **{table: [name for name, row in tables[table].items() if _assumed(row)] for table in _MARKED},
        "demand": any(_assumed(tables[table]) for table in _DEMANDED),
    }


def standing(source: str) -> list[str]:
    """Return the standings a source names by their letters, in the order P, N, A; none if it has none."""
    letters = set(_LETTER.findall(source))
    return [word for letter, word in STANDINGS.items() if letter in letters]


def _assumed(node: Any) -> bool:
    """Return whether a row, or one of a table's, rests on an assumption."""
    return any("assumption" in standing(source) for source in _sources([node]))


def _sources(node: Any) -> Iterator[str]:
    """Yield the source of every row of a table: a row is a mapping that holds no mappings."""
    rows = node.values() if isinstance(node, dict) else node
    for row in rows:
        if isinstance(row, dict) and any(isinstance(value, dict) for value in row.values()):
            yield from _sources(row)
        elif isinstance(row, dict):
            yield str(row.get("source", ""))
