"""Charts of the first failure: from the tables that there are, and no others."""

import pyarrow as pa

from twin.checks.charts import explain
from twin.checks.checks import Check, Checks
from twin.checks.evaluate import Verdict

MONTHS = [f"{year}-{month:02}" for year in range(2026, 2030) for month in range(1, 13)]


def failed(**fields: object) -> tuple[Checks, list[Verdict]]:
    check = Check.model_validate({"name": "it", **fields})
    verdict = Verdict("it", "all", "fail", 1.0, str(check.bound), "worst run", 1, file="c.yaml", line=2)
    return Checks((check,), (("c.yaml", 2),)), [verdict]


def headroom(months: list[str]) -> pa.Table:
    return pa.table(
        {
            "run_id": ["r"] * len(months),
            "month": months,
            "capacity_name": ['Old "import"'] * len(months),
            "network": ["power"] * len(months),
            "district": [""] * len(months),
            "unit": ["MW"] * len(months),
            "capacity": [10.0] * len(months),
            "peak": [float(n) for n in range(len(months))],
            "firm_headroom": [10.0 - n for n in range(len(months))],
        }
    )


def test_without_the_table_of_a_check_other_charts_are_drawn() -> None:
    charts = explain(
        *failed(metric="min_voltage_pu", **{"is": ">= 1"}), {"headroom": headroom(MONTHS[:3])}, "r"
    )
    assert len(charts) == 2
    assert 'title "Old  import : peak and firm capacity, MW"' in charts[1]
    assert charts[1].endswith("Lines, in order: peak, firm capacity.")


def test_many_months_become_years_by_the_worst() -> None:
    charts = explain(*failed(headroom="Old*", **{"is": ">= 0"}), {"headroom": headroom(MONTHS)}, "r")
    lines = charts[1].splitlines()
    assert lines[3] == '  x-axis ["2026", "2027", "2028", "2029"]'
    assert lines[4] == "  line [-1, -13, -25, -37]"
    assert "must be &gt;= 0" in lines[-1]


def test_what_was_not_served_is_summed_by_month() -> None:
    unserved = pa.table(
        {
            "run_id": ["r", "r", "r", "other"],
            "month": ["2026-01", "2026-01", "2026-02", "2026-02"],
            "quantity": ["unserved_mwh"] * 4,
            "network": ["power"] * 4,
            "asset": ["power/T"] * 4,
            "amount": [1.0, 2.0, 4.0, 100.0],
        }
    )
    charts = explain(*failed(metric="unserved_energy_mwh", **{"is": "<= 0"}), {"unserved": unserved}, "r")
    assert charts[-1].splitlines()[-2] == "  bar [3, 4]"
    # under the bound of the sum stands the sum, not its months
    assert charts[1].splitlines()[2] == '  title "unserved_energy_mwh up to each month"'
    assert charts[1].splitlines()[4] == "  line [3, 7]"


def test_nothing_that_passes_is_explained() -> None:
    checks, _ = failed(headroom="Old*", **{"is": ">= 0"})
    assert explain(checks, [], {"headroom": headroom(MONTHS)}, "r") == []
