"""Pages of made-up results."""

from pathlib import Path

import pytest

from tests.report.folders import write_run
from twin.report import write_report


@pytest.fixture(scope="session")
def run_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(write_run(tmp_path_factory.mktemp("pages") / "run"))
