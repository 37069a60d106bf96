"""Variables from a CSV: numbers are numbers, and what is nearly one is named at its line."""

from pathlib import Path

import pytest

from twin.errors import InvalidInput
from twin.sweep import Sweep

SWEEP = """name: t
scenario: town
uncertain:
  samples: 4
  variables:
    v: {{{act}: demand.coincidence, csv: {{file: v.csv, column: v}}}}
"""


def read(folder: Path, cells: str, act: str = "multiply") -> Sweep:
    (folder / "v.csv").write_text(cells, encoding="utf-8")
    (folder / "sweep.yaml").write_text(SWEEP.format(act=act))
    return Sweep(folder / "sweep.yaml")


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        ("v\n1\n2.5\n1e-3\n", [1.0, 2.5, 0.001]),
        ("\ufeffv,w\n1,a\n,\n2,b\n", [1.0, 2.0]),
        ("sep=,\nv,w\n1,a\n", [1.0]),
    ],
)
def test_numbers_are_read(tmp_path: Path, cells: str, values: list[float]) -> None:
    assert read(tmp_path, cells).values == {"v": values}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ('v\n"1,5"\n"2,5"\n', "v.csv:2: v is '1,5' (a number with a decimal point"),
        ("v\n1\nhigh\n", "v.csv:3: v is 'high' (a number)"),
        ("v\n1\n#N/A\n", "v.csv:3: v is '#N/A' (an error of the spreadsheet)"),
        ("v;w\n1;2\n", "v.csv:1: separated by semicolons"),
        ("v,v\n1,2\n", "v.csv:1: column v twice"),
        ("v\n\n", "column v of v.csv is empty"),
        ("", "v.csv:1: is empty"),
    ],
)
def test_what_is_no_number_is_named(tmp_path: Path, cells: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, cells)
    assert any(said in str(mistake) for mistake in caught.value.mistakes)


def test_words_and_dates_are_set_as_they_are(tmp_path: Path) -> None:
    assert read(tmp_path, "v\nlow\nhigh\n", "set").values == {"v": ["low", "high"]}
    assert read(tmp_path, "v\n2026-01-10\n", "set").values == {"v": ["2026-01-10"]}


def test_numbers_and_words_are_not_mixed(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"v.csv:3: v is 'high' \(a number\)"):
        read(tmp_path, "v\n1\nhigh\n", "set")


def test_a_sweep_in_another_encoding_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "sweep.yaml").write_bytes("name: Центр города\nscenario: town\n".encode("cp1251"))
    with pytest.raises(InvalidInput, match=r"^sweep.yaml:1: not UTF-8; it looks like CP1251"):
        Sweep(tmp_path / "sweep.yaml")
