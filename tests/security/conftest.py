"""A town that strangers may change, and how its mistakes are told."""

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.town import write_town
from twin.errors import InvalidInput
from twin.scenario import load_scenario

Told = Callable[[], list[str]]
_MOST_S = 20.0
"""Of a refusal, on a machine that does other things too."""
_MOST_MB = 400.0


def peak_mb() -> float:
    """Return the most memory that this process ever held."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024.0 if sys.platform != "darwin" else 1e6)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("pristine") / "town")


@pytest.fixture
def town(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "town"))


@pytest.fixture
def told(town: Path) -> Told:
    """Return a function that loads the town and tells what is wrong, fast and in little memory."""

    def mistakes() -> list[str]:
        began, held = time.process_time(), peak_mb()
        with pytest.raises(InvalidInput) as caught:
            load_scenario(town)
        assert time.process_time() - began < _MOST_S
        assert peak_mb() - held < _MOST_MB
        return [str(mistake) for mistake in caught.value.mistakes]

    return mistakes
