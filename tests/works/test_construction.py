"""Commissioning dates: finish to finish, with slips, as a short trace."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from twin.scenario.schema import Scenario
from twin.works.construction import add_months, commissioning_dates


def works(**slips: float) -> Scenario:
    def site(name: str, months: float, requires: str = "") -> dict[str, object]:
        return {
            "kind": "substation",
            "name": name,
            "build_months": months,
            "stage": "1",
            "requires": requires,
            "slip_months": slips.get(name, 0.0),
        }

    return Scenario.model_validate(
        {
            "name": "works",
            "start": date(2026, 1, 1),
            "end": date(2030, 1, 1),
            "networks": {},
            "stages": {"1": date(2026, 1, 1)},
            "sites": {"A": site("A", 24), "B": site("B", 16, "A"), "C": site("C", 30, "B")},
        }
    )


def test_a_site_waits_for_what_it_requires() -> None:
    assert commissioning_dates(works()) == {
        "A": date(2028, 1, 1),
        "B": date(2028, 1, 1),
        "C": date(2028, 7, 1),
    }


def test_a_slip_moves_only_what_is_not_late_enough_already() -> None:
    assert commissioning_dates(works(A=5)) == {
        "A": date(2028, 6, 1),
        "B": date(2028, 6, 1),
        "C": date(2028, 7, 1),
    }


def test_months_are_calendar_months_and_fractions_are_days() -> None:
    assert add_months(date(2026, 1, 1), 38.4) == date(2029, 3, 13)
    assert add_months(date(2026, 12, 1), 1) == date(2027, 1, 1)


@given(st.floats(0, 60), st.floats(0, 60))
def test_a_longer_slip_never_brings_a_site_forward(short: float, extra: float) -> None:
    early, late = commissioning_dates(works(A=short)), commissioning_dates(works(A=short + extra))
    assert all(late[name] >= early[name] for name in early)
