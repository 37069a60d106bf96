"""Representative days beside every day, and kept days: what the page tells of them, from made-up figures."""

import tempfile
from pathlib import Path

import pytest

from benchmarks import days, kept
from benchmarks.performance import days_section, kept_section
from benchmarks.steady import Timing
from twin.results.tables import Headroom


def row(month: str, peak: float, name: str = "Town") -> Headroom:
    return Headroom(month, name, "power", "substation", "MW", 9, 9, peak, *([0.0] * 7), "", False)


def year(name: str, *peaks: float, of: int = 2026) -> list[Headroom]:
    return [row(f"{of}-{number:02}", peak, name) for number, peak in enumerate(peaks, 1)]


def test_monthly_shares_are_of_what_was_asked_for_in_the_month_alone() -> None:
    sums = {"2026-01": (0.0, 100.0), "2026-02": (10.0, 190.0), "2026-03": (15.0, 285.0)}
    assert days.monthly_shares(sums) == pytest.approx({"2026-01": 0.0, "2026-02": 10.0, "2026-03": 5.0})


@pytest.mark.parametrize(
    ("shares", "begins"),
    [
        ((0.0, 0.2, 9.0, 0.0), {"2": 9.0}),
        ((3.0, 0.1, 3.5), {"1": 3.0, "3": 3.5}),
        ((0.05, 0.1), {}),
        ((0.0, 2.0, 2.1, 0.0, 0.0, 50.0), {"2": 2.1, "6": 50.0}),
    ],
)
def test_shortage_begins_in_the_month_after_one_without(
    shares: tuple[float, ...], begins: dict[str, float]
) -> None:
    assert days.shortages({str(n): share for n, share in enumerate(shares, 1)}) == begins


def test_annual_peak_is_that_of_whole_years() -> None:
    a, b = [1.0] * 11 + [5.0], [7.0] + [2.0] * 11
    assert days.annual(year("a", *a)) == [5.0]
    assert days.annual(year("a", *a[:11])) == []
    assert days.annual([*year("a", *a), *year("a", *b, of=2027)]) == [5.0, 7.0]


def test_peaks_differ_by_the_worst_year_and_what_never_stands_is_left_out() -> None:
    chosen, every = {"a": [1.0, 2.2], "b": [0.0]}, {"a": [1.0, 2.0], "b": [0.0]}
    assert days.peaks(chosen, every) == pytest.approx({"a": 0.1})


def test_page_tells_differences_with_their_sign_and_shortages_of_both() -> None:
    found = days.Comparison(
        {"unserved_water_m3": (2e6, 1.9e6)},
        {"Town": 0.0123},
        {"Town": ("2026-01", "none")},
        {"2034-07": (3.51, 0.0)},
        Timing(0.0, 0.0, 0.0, (0.0, 0.0)),
    )
    text = "\n".join(days_section(found))
    assert "| unserved_water_m3 | 2.00 million | 1.90 million | -5.00 % |" in text
    assert "| Town | 1.23 % |" in text
    assert "| 2034-07 | 3.5 % at worst | no |" in text
    assert "| Town | 2026-01 | none |" in text


def test_page_tells_kept_days_beside_the_first_run() -> None:
    text = kept_section({"on request": {kept.FIRST: 8.0, kept.CORES: 4.0, "W01 6 months late": 1.0}})
    assert f"| on request | {kept.CORES} | 4.00 | 2.00 times as fast |" in text
    assert "| on request | W01 6 months late | 1.00 | 12 % |" in text


def test_kept_days_are_timed_over_a_short_horizon_and_leave_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(kept, "SLIPS", ("W01",))
    took = kept.measure(1, "end=2026-02-01")
    assert list(took) == list(kept.PLANS)
    assert list(took["on request"]) == [kept.FIRST, kept.CORES, kept.AGAIN, "W01 6 months late"]
    assert all(seconds > 0.0 for own in took.values() for seconds in own.values())
    assert not list(tmp_path.glob("twin-benchmark-*"))
