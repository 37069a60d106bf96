"""The committed reference is what the schema says."""

from pathlib import Path

from twin.scenario.reference import reference
from twin.scenario.schema import TABLES
from twin.utilities.registry import utilities

PAGE = Path(__file__).parents[2] / "docs" / "scenario.md"


def test_the_reference_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_table_is_in_it() -> None:
    page = reference()
    assert [table for table in TABLES if f"### {table}.csv" not in page] == []


def test_every_field_that_a_utility_declares_is_in_it_with_its_meaning_and_its_utility() -> None:
    page = reference()
    lines = page.splitlines()
    for name, own in utilities().items():
        for section, model in own.fields.items():
            if section != "scenario":
                assert f"- {name}: {' '.join((model.__doc__ or '').split())}" in lines
            for field, info in model.model_fields.items():
                if field not in own.tables:
                    found = [row for row in lines if row.startswith(f"| `{field}` | {name} |")]
                    meaning = " ".join((info.description or "").split())
                    assert [row for row in found if row.endswith(f"| {meaning} |")], field


def test_kinds_norms_and_profiles_are_in_it_with_their_utility() -> None:
    page = reference()
    for name, own in utilities().items():
        named = [kind.name for kind in own.capacities] + [norm.name for norm in own.norms]
        assert [n for n in named if f"| `{n}` | {name} |" not in page] == []
        assert [p for p in own.profiles if f"| `{p}` |" not in page] == []
        assert [t for t in own.tables if f" Of {name}." not in page.split(f"### {t}.csv")[1][:300]] == []
