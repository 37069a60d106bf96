"""Construction and money of very many sites: seconds of processor time, which should grow with their number.

``python -m benchmarks.orders``
"""

from datetime import date
from time import process_time

from twin.drivers.construction import forecast
from twin.money import cashflow, money_metrics, site_money
from twin.scenario.schema import Scenario

SIZES = (1000, 2000, 4000, 10000)


def works(count: int) -> Scenario:
    """Return a scenario of so many sites in chains of ten, of two trades, half of them on a loan."""
    names = [f"S{i}" for i in range(count)]
    return Scenario.model_validate(
        {
            "name": "many sites",
            "start": date(2026, 1, 1),
            "end": date(2036, 1, 1),
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
            "stages": {"1": date(2026, 1, 1)},
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


def main() -> None:
    for count in SIZES:
        scenario = works(count)
        began = process_time()
        built = forecast(scenario)
        forecast_s = process_time() - began
        money = site_money(scenario, built)
        money_metrics(scenario, built, money)
        rows = len(cashflow(scenario, money))
        money_s = process_time() - began - forecast_s
        print(f"{count:6} sites: construction {forecast_s:.2f} s, money {money_s:.2f} s ({rows:,} rows)")


if __name__ == "__main__":
    main()
