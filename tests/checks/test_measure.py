"""What a check of headroom tells of the capacity that decides it."""

from typing import Any

import pyarrow as pa

from twin.checks.checks import Check
from twin.checks.measure import Observed, observe

MONTHS = ("2026-01", "2026-02", "2028-09", "2028-10")


def tables(encoded: bool = False) -> dict[str, pa.Table]:
    """Return two runs: in both the works fall short twice, for want of two sites; a station has room."""
    rows: list[dict[str, Any]] = []
    for run, last in (("r1", -5.0), ("r2", 7.0)):
        works = zip(
            MONTHS, (-2.0, -3.0, -1.0 if last < 0.0 else 6.0, last), ("S03", "", "S04", ""), strict=True
        )
        for month, left, site in works:
            site = site if left < 0.0 else ""
            rows.append(row(run, "Works", month, "m3/day", 100.0, left, site))
            rows.append(row(run, "Station", month, "MW", 40.0, 1.5, ""))
    texts = ("run_id", "capacity_name", "month", "unit", "relieved_by", "district")
    table = pa.Table.from_pylist(rows)
    for name in texts if encoded else ():
        place = table.column_names.index(name)
        table = table.set_column(place, name, table[name].dictionary_encode())
    return {"metrics": pa.table({"run_id": ["r1", "r2"]}), "headroom": table}


def row(run: str, name: str, month: str, unit: str, firm: float, left: float, site: str) -> dict[str, Any]:
    own = {"run_id": run, "capacity_name": name, "month": month, "unit": unit, "district": "Gate"}
    sizes = {"capacity": firm, "intact_capacity": 2.0 * firm, "peak_12_months": firm - left}
    return {**own, **sizes, "firm_headroom": left, "intact_headroom": firm + left, "relieved_by": site}


def check(**asked: Any) -> Check:
    return Check.model_validate({"name": "room", "is": ">= 0", **asked})


def test_the_shortest_capacity_is_told_with_the_site_of_that_shortage() -> None:
    for encoded in (False, True):
        found = observe(check(headroom="*"), tables(encoded))
        shortest = "capacity 100 m3/day, peak of twelve months"
        assert found["r1"] == Observed(
            -5.0, "2026-01", "m3/day", f"Works in 2028-10: {shortest} 105 m3/day; would be relieved by S04"
        )
        assert found["r2"] == Observed(
            -3.0, "2026-01", "m3/day", f"Works in 2026-02: {shortest} 103 m3/day; would be relieved by S03"
        )


def test_the_unit_is_that_of_the_capacity_and_a_bound_that_holds_tells_nothing_more() -> None:
    assert observe(check(headroom="Station"), tables())["r1"] == Observed(1.5, "", "MW", "")
    intact = observe(check(headroom="*", of="intact_headroom"), tables())["r1"]
    assert (intact.value, intact.unit, intact.detail) == (41.5, "MW", "")
    upper = observe(check(headroom="Works", **{"is": "<= -4"}), tables())["r1"]
    assert upper.detail.startswith("Works in 2028-09: ")


def test_a_period_narrows_what_is_told() -> None:
    found = observe(check(headroom="*", period="2026"), tables())
    assert {own.detail.split(":")[0] for own in found.values()} == {"Works in 2026-02"}
