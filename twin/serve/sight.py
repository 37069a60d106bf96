"""What a board shows of a scenario before anything is run: sites as planned, and what can be chosen."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from twin.dates import add_months
from twin.scenario import Scenario
from twin.scenario.currency import told
from twin.scenario.variants import base_digest
from twin.works.construction import order_rows

_LOW, _HIGH = 0.8, 1.2
"""Growth where the scenario does not say how uncertain it is."""
_TABLES = ("sites", "capacities")


def sight(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as a board shows it."""
    orders = sorted(path.stem for path in (scenario.folder / "build_orders").glob("*.csv"))
    return {
        "name": scenario.name,
        "digest": base_digest(scenario),
        "start": scenario.start.isoformat(),
        "end": scenario.end.isoformat(),
        "currency": scenario.currency,
        "sites": sites_of(scenario),
        "choices": {
            "connection": list(get_args(Scenario.model_fields["connection"].annotation)),
            "build_order": ["", *orders],
            "works.means": list(get_args(type(scenario.works).model_fields["means"].annotation)),
            "demand.growth_factor": _growth(scenario),
        },
        "chosen": {
            "connection": scenario.connection,
            "build_order": scenario.build_order,
            "works.means": scenario.works.means if scenario.order else "at-hand",
            "demand.growth_factor": scenario.demand.growth_factor,
        },
        "keys": dict(_keys(scenario)),
    }


def sites_of(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the sites as the scenario's own order plans them, in its order."""
    rows = order_rows(scenario)
    return [
        {
            "site": name,
            "name": scenario.sites[name].name,
            "kind": scenario.sites[name].kind,
            "district": scenario.sites[name].district,
            "cost": scenario.sites[name].cost_bn_kzt,
            "build_months": scenario.sites[name].build_months,
            "requires": list(scenario.sites[name].requires),
            "start": (row.start or scenario.start).isoformat(),
            "ready": add_months(row.start or scenario.start, scenario.sites[name].build_months).isoformat(),
            "slip_months": scenario.sites[name].slip_months,
            "cancelled": row.cancelled,
            "trigger": row.capacity,
        }
        for name, row in rows.items()
    ]


def _growth(scenario: Scenario) -> dict[str, float]:
    """Return low, planned and high growth: as the uncertainties say it of the whole city, if they do."""
    tables = {str(name): rows for name, rows in scenario.uncertainties.items()}
    row = tables.get("growth", {}).get("*")
    if row is None or row.low is None or row.high is None:
        return {"low": _LOW, "plan": 1.0, "high": _HIGH}
    return {"low": row.low, "plan": row.mode or 1.0, "high": row.high}


def _keys(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    """Yield keys that a planner may set: of sites, ratings of capacities, switches of networks, money."""
    for table in _TABLES:
        yield from _plain(table, getattr(scenario, table), scenario.currency)
    for name, settings in scenario.simulated.items():
        for key, value in _plain(f"networks.{name}", settings, scenario.currency):
            if isinstance(value, bool):
                yield key, value
    for part in ("connection_terms", "finance", "service_prices", "works"):
        yield from _plain(part, getattr(scenario, part), scenario.currency)


def _plain(path: str, value: Any, currency: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        inner: Mapping[str, Any] = {name: getattr(value, name) for name in type(value).model_fields}
    elif isinstance(value, Mapping):
        inner = value
    else:
        if isinstance(value, bool | int | float):
            yield path, value
        return
    for name, own in inner.items():
        yield from _plain(f"{path}.{told(str(name), currency)}", own, currency)
