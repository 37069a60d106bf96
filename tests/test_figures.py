"""A figure is rounded once, and the same way on the terminal and on the page."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.figures import amount, fixed

PAGE = Path(__file__).parents[1] / "twin" / "report" / "page" / "core.js"


@pytest.mark.parametrize(
    ("value", "decimals", "told"),
    [
        (1234.5, 0, "1,235"),
        (2.5, 0, "3"),
        (677.649, 1, "677.6"),
        (677.65, 1, "677.7"),
        (-0.4, 0, "0"),
        (-1.5, 0, "-2"),
        (0.9794999, 3, "0.979"),
        (999_999.4, 0, "999,999"),
        (1_005_000.0, 0, "1.01 million"),
        (214_624_999.9, 0, "214.62 million"),
        (12_345_678_901.0, 0, "12.35 billion"),
        (0.0, 0, "0"),
    ],
)
def test_amounts_in_words(value: float, decimals: int, told: str) -> None:
    assert amount(value, decimals) == told


@given(st.floats(-1e12, 1e12), st.integers(0, 3))
def test_what_is_told_is_within_half_a_digit(value: float, decimals: int) -> None:
    told = float(fixed(value, decimals).replace(",", ""))
    assert abs(told - value) <= 0.5 * 10**-decimals * (1 + 1e-9) + 1e-15 * abs(value)


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js here")
def test_the_page_tells_the_same(tmp_path: Path) -> None:
    values = [i * 10.0**e / 8 for i in (1, 3, 4, 5, 12.34, 99.95, -7) for e in range(-3, 10)]
    values += [0.0, 2.5, 1234.5, 999_999.5, 1e6, 12.25, 677.65, 0.005, 1.005]
    source = PAGE.read_text(encoding="utf-8")
    start = source.index("// numbers by the language's own locale")
    functions = source[start : source.index("const percent")]
    large = {f"large.{word}": f"{{amount}} {word}" for word in ("million", "billion")}
    script = (
        f"const WORDS = {json.dumps({'language.numbers': 'en-US', **large})};\n"
        "const T = (key, values) => WORDS[key].replace('{amount}', values?.amount);\n"
        f"{functions}\nconst values = {json.dumps(values)};\n"
        "console.log(JSON.stringify(values.map((v) => [0, 1, 3].map((d) => large(v, d)))));"
    )
    (tmp_path / "told.js").write_text(script, encoding="utf-8")
    run = subprocess.run(["node", str(tmp_path / "told.js")], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == [[amount(v, d) for d in (0, 1, 3)] for v in values]


@pytest.mark.parametrize("value", [1e27, -1e30, 1.5e300, 1.7976931348623157e308, 5e-324])
def test_a_figure_of_any_size_is_told(value: float) -> None:
    assert float(fixed(value, 2).replace(",", "")) == pytest.approx(value, abs=0.01)
