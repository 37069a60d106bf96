"""Cash flows: the hand-worked tables of docs/orders.md to the tenge, and that every balance closes."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.dates import month_position
from twin.scenario.works import Instrument
from twin.works.finance import Contract, Flows, all_in_rate_percent, flows, works_by_month

PAGE = Path(__file__).parents[2] / "docs" / "orders.md"
PRICE = 1_000_000_000.0
START = month_position(date(2026, 1, 1))
FOREVER = 10**6

LOAN: dict[str, object] = {
    "kind": "loan",
    "rate_percent": 10,
    "term_years": 2,
    "grace_years": 0.5,
    "repayment": "annuity",
    "anchor": "draw",
}
CASES = {
    "epcf": (
        Instrument(
            kind="epcf",
            rate_percent=12,
            term_years=2,
            grace_years=0.5,
            advance_percent=15,
            repayment="equal principal",
            anchor="commissioning",
        ),
        4,
    ),
    "annuity": (Instrument.model_validate(LOAN), 2),
    "loan": (Instrument.model_validate(LOAN | {"repayment": "equal principal"}), 2),
}


def contract(months: float, **changes: float) -> Contract:
    ready = START + months
    fields = {"price": PRICE, "signed": START, "ready": ready, "planned_ready": ready, "commissioned": ready}
    return Contract(**(fields | changes))


def table(name: str) -> dict[str, list[int]]:
    text = PAGE.read_text(encoding="utf-8").split(f"<!-- table: {name} -->")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.strip().splitlines()]
    return {row[0]: [int(cell.replace(",", "")) for cell in row[1:]] for row in rows[2:]}


@pytest.mark.parametrize("name", CASES)
def test_the_tables_of_the_page_hold_to_the_tenge(name: str) -> None:
    terms, months = CASES[name]
    f = flows(terms, contract(months), FOREVER)
    columns = np.array([f.works, f.own, f.drawn, f.interest, f.principal, f.liability])
    shown = table(name)
    assert len(shown) >= 6
    for month, row in shown.items():
        year, number = map(int, month.split("-"))
        assert [round(x) for x in columns[:, year * 12 + number - 1 - f.first]] == row, month
    moving = np.flatnonzero(np.abs(columns[:5]).sum(axis=0) > 0.5)
    assert [f"{(f.first + i) // 12}-{(f.first + i) % 12 + 1:02}" for i in moving] == list(shown)


def test_the_all_in_rate_of_the_page() -> None:
    rate = all_in_rate_percent([flows(CASES["epcf"][0], contract(4), FOREVER)])
    assert f"{rate:.2f} %" in PAGE.read_text(encoding="utf-8")


def test_the_all_in_rate_of_a_plain_loan_is_its_rate_compounded() -> None:
    terms = Instrument(
        kind="loan",
        rate_percent=12,
        term_years=5,
        repayment="annuity",
        anchor="draw",
        payments_per_year=12,
    )
    rate = all_in_rate_percent([flows(terms, contract(6), FOREVER)])
    assert rate == pytest.approx(100.0 * (1.01**12 - 1.0), abs=1e-6)


KINDS = st.sampled_from(["loan", "bond", "epcf"])


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    return Instrument(
        kind=draw(KINDS),
        rate_percent=draw(st.sampled_from([0.0, 3.0, 14.0])),
        term_years=draw(st.integers(2, 15)),
        grace_years=draw(st.integers(0, 1)),
        payments_per_year=draw(st.sampled_from([1, 2, 4, 12])),
        repayment=draw(st.sampled_from(["annuity", "equal principal", "bullet"])),
        anchor=draw(st.sampled_from(["draw", "contract", "commissioning"])),
        advance_percent=draw(st.sampled_from([0.0, 15.0])),
        commitment_fee_percent=draw(st.sampled_from([0.0, 1.0])),
    )


@given(instruments(), st.floats(0.1, 50), st.floats(0, 30), st.floats(0, 0.99))
def test_every_instrument_repays_exactly_what_was_drawn(
    terms: Instrument, months: float, wait: float, part: float
) -> None:
    signed = START + part
    ready = signed + months
    f = flows(terms, Contract(PRICE, signed, ready, ready, ready + wait), FOREVER)
    assert f.principal.sum() == pytest.approx(f.drawn.sum(), abs=0.01)
    assert f.liability[-1] == pytest.approx(0.0, abs=0.01)
    assert np.allclose(f.liability, np.cumsum(f.drawn - f.principal), atol=0.01)
    assert f.liability.min() > -0.01
    assert f.works.sum() == pytest.approx(PRICE, abs=0.01)
    before_anchor = f.own.sum() + f.drawn.sum() - f.works.sum()
    assert before_anchor >= -0.01
    if terms.anchor != "commissioning":
        assert before_anchor == pytest.approx(0.0, abs=0.01)


@given(instruments(), st.floats(1, 40))
def test_without_interest_and_fees_payments_sum_to_the_price(terms: Instrument, months: float) -> None:
    free = terms.model_copy(update={"rate_percent": 0.0, "commitment_fee_percent": 0.0})
    assert flows(free, contract(months), FOREVER).paid.sum() == pytest.approx(PRICE, abs=0.01)


@given(st.floats(0, 0.99), st.floats(0, 60))
def test_all_is_earned_and_nothing_twice(part: float, months: float) -> None:
    by_month = works_by_month(PRICE, START + part, START + part + months)
    assert by_month.sum() == pytest.approx(PRICE)
    assert by_month.min() >= -1e-6


def paid(f: Flows) -> float:
    return float(f.paid.sum())


def test_a_late_site_is_paid_for_before_it_serves_where_the_contract_is_the_anchor() -> None:
    terms = CASES["epcf"][0].model_copy(update={"anchor": "contract"})
    f = flows(terms, contract(4, commissioned=START + 30), FOREVER)
    assert f.liability[-1] == pytest.approx(0.0, abs=0.01)
    assert len(f.liability) < 30
    later = flows(CASES["epcf"][0], contract(4, commissioned=START + 30), FOREVER)
    assert later.interest[:30].sum() == 0.0
    assert later.drawn.sum() > f.drawn.sum()


def test_a_late_contractor_owes_damages_up_to_the_cap() -> None:
    terms = CASES["epcf"][0].model_copy(update={"damages_percent_per_month": 2.0})
    two = flows(terms, contract(6, planned_ready=START + 4), FOREVER)
    assert two.damages.sum() == pytest.approx(0.04 * PRICE)
    many = flows(terms, contract(20, planned_ready=START + 4), FOREVER)
    assert many.damages.sum() == pytest.approx(0.10 * PRICE)


def test_a_commitment_fee_is_paid_on_what_is_not_yet_drawn() -> None:
    terms = CASES["annuity"][0].model_copy(update={"commitment_fee_percent": 1.2})
    f = flows(terms, contract(2), FOREVER)
    assert f.fees[0] == pytest.approx(0.001 * 500_000_000)
    assert f.fees.sum() == pytest.approx(f.fees[0])


def test_flows_end_where_they_are_cut() -> None:
    f = flows(CASES["epcf"][0], contract(4), int(START) + 3)
    assert len(f.works) == 3
    assert f.liability[-1] == pytest.approx(722_778_906, abs=1)
