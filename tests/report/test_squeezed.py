"""Histories are kept small: what comes out again is what is drawn."""

import base64
from typing import Any

import numpy as np
import pytest

from twin.report.map import squeezed


def opened(row: list[Any]) -> list[float | None]:
    if not row:
        return []
    low, step, text = row
    steps = np.frombuffer(base64.b64decode(text), dtype="<u2")
    return [None if own == 65_535 else low + step * float(own) for own in steps]


@pytest.mark.parametrize(
    "row",
    [[], [None], [0.0, 0.0], [0.0, None, 1.0], [-3.25, 12_345.0, 0.001, None], [1e-7, 2e-7], [5e11, -5e11]],
)
def test_a_row_comes_out_as_it_went_in(row: list[float | None]) -> None:
    told = squeezed({"mean": [row], "high": [row], "low": [row]})["high"][0]
    again = opened(told)
    assert [value is None for value in again] == [value is None for value in row]
    known = [value for value in row if value is not None]
    within = (max(known) - min(known)) / 65_000 if known else 0.0
    for value, was in zip(again, row, strict=True):
        if value is not None and was is not None:
            assert value == pytest.approx(was, abs=within + 1e-12)
