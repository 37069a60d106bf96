"""The files of a verdict, in a folder of results."""

import json
from pathlib import Path

from twin.checks.annotations import code_quality, of_verdicts
from twin.checks.formats import Judgement, markdown
from twin.checks.junit import junit
from twin.files import write_text
from twin.results.manifest import claim

FILES = ("checks.json", "codequality.json", "junit.xml", "summary.md")


def write_verdicts(folder: Path, judged: Judgement) -> None:
    """Write `FILES` into a folder of results."""
    claim(folder, FILES)
    write_text(folder / "checks.json", json.dumps(judged.as_data(), indent=2, ensure_ascii=False) + "\n")
    write_text(folder / "codequality.json", code_quality(of_verdicts(judged)))
    write_text(folder / "junit.xml", junit(judged))
    write_text(folder / "summary.md", markdown(judged))
