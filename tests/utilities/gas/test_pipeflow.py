"""The twin's solutions beside `pandapipes.pipeflow`: every example of pandapipes that is gas."""

from pathlib import Path

import pytest

from compatibility.gas import BEGIN, END, HOURS, PAGE, compared, examples


@pytest.mark.parametrize("name", examples())
def test_an_example_agrees_with_pipeflow(name: str, tmp_path: Path) -> None:
    _, pressure, flow = compared(name, tmp_path, range(0, HOURS, 12))
    assert max(pressure, flow) < 1e-6


def test_all_hours_of_a_day_agree(tmp_path: Path) -> None:
    _, pressure, flow = compared("gas_versatility", tmp_path, range(HOURS))
    assert max(pressure, flow) < 1e-6


def test_the_page_names_every_example_and_how_near_it_is() -> None:
    rows = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [row[0] for row in cells] == [*examples()]
    assert all(float(value) <= 1e-6 for row in cells for value in row[2:])
