"""The notebook runs from top to bottom and says what it promises."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "alatau.ipynb"

pytestmark = pytest.mark.xdist_group("alatau")


def test_the_notebook_runs_and_shows_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOK.parents[2]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (tmp_path / "scenarios").symlink_to(NOTEBOOK.parents[2] / "scenarios", target_is_directory=True)
    context = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=context).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    text = "".join(output.get("text", "") for output in outputs)
    assert "2026-01 Wastewater treatment relieved by S03" in text
    assert "m3 more sewage spilled by the end of 2027" in text
    assert sum("image/png" in output.get("data", ()) for output in outputs) == 3
    assert sum("text/html" in output.get("data", ()) for output in outputs) == 3
    assert (tmp_path / "results" / "as-planned" / "report.html").exists()


def test_the_notebook_is_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
