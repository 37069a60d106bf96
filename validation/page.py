"""Runs all cases, prints the table and writes docs/validation.md: ``make validate``."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from validation.kinds import KINDS

CASES = Path(__file__).parent / "cases"
PAGE = Path(__file__).parents[1] / "docs" / "validation.md"
_INTRO = """\
# Validation: published answers beside ours
Made by `make validate`; the same cases run in every test. Each stands in `validation/cases/` with its data.
"""


@dataclass(frozen=True)
class Row:
    """One published number beside ours."""

    case: str
    name: str
    unit: str
    published: float
    own: float
    allowed: float

    @property
    def within(self) -> bool:
        """Return whether ours is within tolerance."""
        return abs(self.own - self.published) <= self.allowed


def cases() -> list[Path]:
    """Return the files of all cases."""
    return sorted(CASES.glob("*/*.yaml"), key=name_of)


def name_of(case: Path) -> str:
    """Return what a case is called: its folder, or its file where several share one network."""
    return case.parent.name if case.name == "case.yaml" else case.stem


def read(case: Path) -> dict[str, Any]:
    """Read a case."""
    content: dict[str, Any] = YAML(typ="safe").load(case.read_text(encoding="utf-8"))
    return content


def rows(file: Path) -> Iterator[Row]:
    """Compute a case."""
    case = read(file)
    own = KINDS[case["kind"]](file.parent, case["options"])
    for value in case["values"]:
        published = float(value["published"])
        allowed = float(value.get("absolute", 0.0)) + float(value.get("relative", 0.0)) * abs(published)
        yield Row(name_of(file), value["name"], value["unit"], published, float(own[value["name"]]), allowed)


def page(table: dict[Path, list[Row]]) -> str:
    """Return the page in Markdown."""
    head = "| case | quantity | unit | published | twin | difference | tolerance |"
    lines = [_INTRO, head, "|---" * 7 + "|"]
    for file, found in table.items():
        for row in found:
            difference = row.own - row.published
            lines.append(
                f"| {name_of(file)} | {row.name} | {row.unit} | {row.published:.10g} | {row.own:.7g} | "
                f"{0.0 if abs(difference) < 1e-12 else difference:.1e} | {row.allowed:.1e} |"
            )
    lines += ["", "## Sources"]
    for file in table:
        case = read(file)
        lines.append(f"- **{name_of(file)}**: {case['title']}. {case['source']}. Licence: {case['licence']}.")
    notes = PAGE.parent / "validation-notes.md"
    return "\n".join(lines) + "\n\n" + notes.read_text(encoding="utf-8")


def main() -> None:
    """Print the table, write the page, fail if a value is out of tolerance."""
    table = {file: list(rows(file)) for file in cases()}
    wrong = [row for found in table.values() for row in found if not row.within]
    for found in table.values():
        for row in found:
            word = "ok  " if row.within else "OUT "
            print(f"{word}{row.case:28} {row.name:34} {row.published:>14.8g} {row.own:>14.8g} {row.unit}")
    PAGE.write_text(page(table), encoding="utf-8")
    print(f"{sum(map(len, table.values()))} values of {len(table)} cases, {len(wrong)} out of tolerance")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
