"""What construction, the connection queue and money cost: their share of a run, and how they grow.

``python -m benchmarks.orders``; seconds are of processor time.
"""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from time import process_time
from types import FrameType

import numpy as np
import simpy

from benchmarks.without import ON_REQUEST
from twin.city.capacity import Headroom
from twin.city.events import Postings
from twin.demand.developments import Connections
from twin.demand.growth import Growth
from twin.scenario import load_scenario
from twin.scenario.schema import Scenario, ServicePrices
from twin.simulation import clock as simulation
from twin.works.construction import forecast
from twin.works.money import cashflow, money_metrics, site_money

SIZES = (1000, 2000, 5000, 10000)
START, END = date(2026, 1, 1), date(2036, 1, 1)
DISTRICTS = 10
ORDERS = {
    "crews and money": ("construction.py", "yard.py", "budgets.py"),
    "connection queue": ("developments.py", "requests.py", "power_by_point"),
    "growth and luck": ("growth.py", "futures.py", "streams.py"),
    "outages and conditions": ("outages.py", "conditions.py", "postings.py"),
    "money and delays": ("money.py", "finance.py", "delays.py"),
}
"""Files (and one function) of the drivers and of finance, by what they do."""
_EVERY_S = 0.001


def works(count: int) -> Scenario:
    """Return a scenario of so many sites in chains of ten, of two trades, half of them on a loan."""
    names = [f"S{i}" for i in range(count)]
    return Scenario.model_validate(
        {
            "name": "many sites",
            "start": START,
            "end": END,
            "networks": {},
            "future": 1,
            "uncertainties": {"slip": {"*": {"distribution": "lognormal", "median": 1.15, "p90": 1.6}}},
            "sites": {
                name: {
                    "kind": "station" if i % 3 else "road",
                    "name": name,
                    "build_months": 20,
                    "stage": "1",
                    "cost_bn_kzt": 10,
                    "requires": names[i - 1] if i % 10 else "",
                }
                for i, name in enumerate(names)
            },
            "stages": {"1": START},
            "order": [{"site": name} for name in names],
            "crews": {
                trade: {2026: {"crews": count // 20, "builds": kind}}
                for trade, kind in (("builders", "station"), ("roads", "road"))
            },
            "instruments": {
                "loan": {
                    "kind": "loan",
                    "sites": tuple(names[::2]),
                    "limit_bn_kzt_per_year": 3 * count,
                    "rate_percent": 10,
                    "term_years": 10,
                    "repayment": "annuity",
                    "anchor": "draw",
                }
            },
            "finance": {"debt_service_ceiling_bn_kzt_per_year": 1e6},
        }
    )


def customers(count: int) -> Scenario:
    """Return a scenario of so many developments and sites in ten districts, each with a station and wells."""
    places = range(DISTRICTS)
    return Scenario.model_validate(
        {
            "name": "many developments",
            "start": START,
            "end": END,
            "networks": {"power": {}, "water": {}},
            "connection": "when-capacity",
            "connection_terms": {"ramp_months": 12},
            "districts": {f"D{d}": {} for d in places},
            "profiles": {
                hour: {f"{c}_power": 1.0 for c in ("residential", "commercial", "industrial")}
                | {"water": 1.0}
                for hour in range(24)
            },
            "sites": {
                f"S{i}": {"kind": "station", "name": "s", "build_months": 20, "stage": "1"}
                for i in range(count)
            },
            "stages": {"1": START},
            "capacities": {
                f"C{d}": {
                    f"power/T{d}-{site}": {"kind": "substation", "rating": 10, "from_site": site}
                    for site in ("", f"S{d}")
                }
                for d in places
            },
            "demand_points": [
                {"asset": f"{asset}{d}", "district": f"D{d}", "weight": 1}
                for d in places
                for asset in ("power/L", "water/J")
            ],
            "developments": {
                f"P{i}": {
                    "name": "p",
                    "district": f"D{i % DISTRICTS}",
                    "power_mw": 1,
                    "water_m3_per_day": 10,
                    "jobs": 10,
                    "request_year": 2026 + i % 8,
                }
                for i in range(count)
            },
        }
    )


def queue_s(scenario: Scenario) -> float:
    """Return what ten years of the queue cost, while capacity grows so slowly that many wait."""
    count, began = len(scenario.developments), process_time()
    env, postings, growth = simpy.Environment(), Postings(), Growth(scenario)
    queue = Connections(env, scenario, postings, growth, lambda sites: min(sites, default=""))
    built = list(scenario.sites)[DISTRICTS:]
    power = {f"C{d}": np.eye(DISTRICTS)[d] for d in range(DISTRICTS)}
    for number in range(120):
        month = date(2026 + number // 12, number % 12 + 1, 1)
        following = (month + timedelta(days=32)).replace(day=1)
        env.run(until=(following - START).days * 86400 - 1)
        drawn = growth.demand(month, queue.shares(month))["power"].base.sum(axis=1)
        growth.committed(postings.connected)
        offered = scenario.demand.coincidence * count / DISTRICTS * number / 120
        rows = [
            Headroom(
                "", f"C{d}", "substation", "MW", offered, mw, mw, offered - mw, offered - mw, 0, "", False
            )
            for d, mw in enumerate(drawn.tolist())
        ]
        queue.end_month(month, rows, power, built)
    return process_time() - began


def grown() -> Iterator[dict[str, float]]:
    """Yield by number the seconds of construction, of money and of the queue."""
    for count in SIZES:
        scenario = works(count)
        began = process_time()
        built = forecast(scenario)
        construction = process_time()
        money = site_money(scenario, built)
        money_metrics(scenario, built, money)
        cashflow(scenario, money)
        paid = process_time()
        yield {
            "construction": construction - began,
            "money": paid - construction,
            "connection queue": queue_s(customers(count)),
        }


@contextmanager
def watched(spent: Counter[str]) -> Iterator[None]:
    """Add up the processor time spent in, or below, each group of `ORDERS`, and in none of them.

    A profiler that counts calls would make drivers, which are many small functions, look dearer.
    """
    last, groups = process_time(), {part: group for group, parts in ORDERS.items() for part in parts}

    def look(_: int, frame: FrameType | None) -> None:
        nonlocal last
        found, before, last = "", last, process_time()
        while frame is not None:
            code = frame.f_code
            found = groups.get(Path(code.co_filename).name) or groups.get(code.co_name) or found
            frame = frame.f_back
        spent[found] += last - before

    handler = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, handler)


def share(scenario: Scenario, run: Callable[[Scenario], object]) -> tuple[float, dict[str, float]]:
    """Return the seconds of a run, and by group of `ORDERS` its percent of what the rest takes."""
    spent: Counter[str] = Counter()
    began = process_time()
    with watched(spent):
        run(scenario)
    seconds = process_time() - began
    return seconds, {group: 100.0 * spent[group] / spent[""] for group in ORDERS}


def main() -> None:
    plain = load_scenario(ON_REQUEST)
    plain = plain.model_copy(update={"instruments": {}, "crews": {}, "service_prices": ServicePrices()})
    full = load_scenario(ON_REQUEST, ["build_order=roadmap", "connection=when-capacity"])
    runner = simulation.Runner()
    runner.run(load_scenario(ON_REQUEST, ["end=2026-02-01"]))
    for name, scenario in (("stages, on request, no money", plain), ("roadmap, when-capacity, money", full)):
        seconds, parts = share(scenario, runner.run)
        told = ", ".join(f"{group} {percent:.1f}" for group, percent in parts.items())
        print(f"{name}: {seconds:.1f} s; drivers and money {sum(parts.values()):.1f} % of the rest ({told})")
    rows = list(grown())
    for count, row in zip(SIZES, rows, strict=True):
        print(f"{count:6}: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in row.items()))
    for name in rows[0]:
        exponent = np.polyfit(np.log(SIZES), np.log([row[name] for row in rows]), 1)[0]
        print(f"{name}: grows as the number to the power of {exponent:.2f}")


if __name__ == "__main__":
    main()
