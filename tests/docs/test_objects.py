"""The page and the notebook on objects run from top to bottom and say what they promise."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOK = DOCS / "notebooks" / "objects.ipynb"


def test_every_step_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    text = (DOCS / "objects.md").read_text(encoding="utf-8")
    steps = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(steps) == 6
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(steps)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(DOCS.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "2026-01-01T18:20: was not solved, but between instants" in done.stdout


def test_the_notebook_finds_the_runs_figures_in_other_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(DOCS.parent))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    context = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=context).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    text = "".join(output.get("text", "") for output in outputs)
    assert re.search(r"load flow apart by \d\.\de-\d\d pu", text)
    assert "Todini index" in text
    assert "24 hours" in text
    assert sum("image/png" in output.get("data", ()) for output in outputs) == 1


def test_the_notebook_is_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
