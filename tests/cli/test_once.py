"""An option of one value that is given twice is refused: the first would be lost without a word."""

from pathlib import Path

import pytest

from tests.command import twin
from twin.cli.main import app


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "results", "--checks", "a.yaml", "--checks", "b.yaml"),
        ("run", "town", "--out", "a", "--out=b"),
        ("validate", "town", "--checks", "a.yaml", "--set", "seed=1", "--checks", "b.yaml"),
        ("sweep", "sweep.yaml", "--jobs", "1", "--jobs", "2"),
    ],
)
def test_an_option_of_one_value_is_given_once(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = twin(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert "is given twice" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_option_of_many_values_may_be_given_often(tmp_path: Path) -> None:
    done = twin("run", "town", "--set", "seed=1", "--set", "days=every", folder=tmp_path)
    assert done.returncode == 2
    assert "no scenario here" in done.stderr


def test_every_command_looks() -> None:
    assert app.info.cls is not None
    assert app.info.cls.__name__ == "Once"
