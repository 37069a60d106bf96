"""docs/pipelines.md: its steps are done in order, its keys are those that there are."""

import json
from pathlib import Path

from ruamel.yaml import YAML

from tests.docs.pages import follow
from twin.checks.checks import Check, ChecksFile
from twin.checks.written import FILES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")


def _excused_for_long(code: str) -> str:
    """Return a step whose excuse holds on any day on which this test is run."""
    return code.replace("until: 2027-03-31", "until: 2999-12-31")


def test_the_page_is_followed(tmp_path: Path) -> None:
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    count, printed = follow(PAGE, tmp_path, _excused_for_long)
    assert count == 5
    first, second, *others = [line for line in printed.splitlines() if line.startswith("verdict: ")]
    assert f"`{first}`" in PAGE and first.startswith("verdict: FAIL")
    assert f"`{second}`" in PAGE and second.startswith("verdict: PASS")
    assert [line[:13] for line in others] == ["verdict: PASS", "verdict: FAIL"]
    assert printed.count("exit code 1") == 2
    assert "beside the baseline: norms water_l_per_person_day 2025: value 150 -> 160" in printed
    assert "sites SS01: build_months 24 -> 36" in printed
    assert "0 True" in printed
    assert json.loads((tmp_path / "answer.schema.json").read_text())["properties"]["format"] == {"const": 1}
    comment = (tmp_path / "comment.md").read_text()
    assert comment.startswith("## What the change does to the city: today -> thirsty")
    assert "water&#95;served&#95;m3" in comment


def test_the_page_has_every_key_and_every_file() -> None:
    keys = {field.alias or name for name, field in Check.model_fields.items()}
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    named = {word for row in rows for word in row.split("`")[1::2]}
    assert keys - {"of"} <= named
    assert set(FILES) <= named


def test_the_tolerances_of_the_page_are_valid() -> None:
    (block,) = [part.split("```")[0] for part in PAGE.split("```yaml\n")[1:]]
    assert len(ChecksFile.model_validate(YAML(typ="safe").load(block)).tolerances) == 2
