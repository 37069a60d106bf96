"""Mistakes and failures beside their lines: GitHub's commands, GitLab's report, SARIF."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.town import write_town
from twin.checks.annotations import Note, code_quality, github, of_mistakes, of_verdicts, sarif
from twin.checks.evaluate import Verdict
from twin.checks.formats import Judgement
from twin.cli.main import app
from twin.errors import Mistake

NOTE = Note("error", "mistake", "50 % is no share\nof anything", "ci/checks, new.yaml", 3)


def test_a_command_of_github_is_one_line() -> None:
    (line,) = github([NOTE])
    assert line == (
        "::error file=ci/checks%2C new.yaml,line=3,title=twin%3A mistake::50 %25 is no share%0Aof anything"
    )


@given(message=st.text(max_size=50), path=st.text(max_size=20))
def test_no_name_begins_another_command(message: str, path: str) -> None:
    (line,) = github([Note("warning", "r", message, path, 0)])
    assert "\n" not in line and "\r" not in line
    assert line.startswith("::warning ")


def test_sarif_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "sites.csv").write_text("id\n")
    mistakes = [Mistake("sites.csv", 4, "no site S9", "S1"), Mistake("--set a", 0, "no key")]
    content = json.loads(sarif(of_mistakes(mistakes, "error", [Path("town")])))
    (run,) = content["runs"]
    assert (content["version"], run["tool"]["driver"]["name"]) == ("2.1.0", "twin")
    placed, other = run["results"]
    (location,) = placed["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "town/sites.csv"},
        "region": {"startLine": 4},
    }
    assert placed["message"] == {"text": "no site S9 (S1)"}
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == rules
    assert "locations" not in other
    assert other["message"] == {"text": "--set a: no key"}


NOTES = [
    NOTE,
    NOTE._replace(line=9),
    NOTE._replace(level="warning", rule="warning", path="Алатау/sites 50 %#?:.csv", line=0),
    NOTE._replace(level="note", rule="lights", path="", message=""),
]
FORMS = {"sarif": sarif, "gitlab": code_quality}


def schema_of(form: str) -> dict[str, object]:
    schema: dict[str, object] = json.loads((Path(__file__).parent / f"{form}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [0, 1, len(NOTES)])
def test_a_form_fits_its_published_schema(form: str, count: int) -> None:
    jsonschema.validate(json.loads(FORMS[form](NOTES[:count])), schema_of(form))


@pytest.mark.parametrize(
    ("form", "spoil"),
    [
        ("sarif", lambda own: own["runs"][0]["results"][0].pop("message")),
        ("sarif", lambda own: own["runs"][0]["results"][0].update(level="fatal")),
        ("sarif", lambda own: own["runs"][0]["results"][0].update(file="a.csv")),
        ("sarif", lambda own: own["runs"][0]["tool"]["driver"]["rules"].extend([{"id": "mistake"}] * 2)),
        (
            "sarif",
            lambda own: own["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"].update(
                startLine=0
            ),
        ),
        (
            "sarif",
            lambda own: own["runs"][0]["results"][0]["locations"][0]["physicalLocation"].update(
                artifactLocation={"uri": "my sites.csv"}
            ),
        ),
        ("gitlab", lambda own: own[0].pop("fingerprint")),
        ("gitlab", lambda own: own[0].update(severity="error")),
        ("gitlab", lambda own: own[0]["location"]["lines"].update(begin="3")),
    ],
)
def test_the_schemas_refuse_what_their_readers_would(form: str, spoil: Callable[[Any], object]) -> None:
    content = json.loads(FORMS[form](NOTES))
    spoil(content)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema_of(form))


def test_gitlab_tells_two_alike_in_one_file_apart_and_knows_them_again() -> None:
    """It shows one of those that share a fingerprint; lines above may come and go between commits."""

    def prints(*notes: Note) -> list[str]:
        return [row["fingerprint"] for row in json.loads(code_quality(notes))]

    moved = [note._replace(line=note.line + 5) for note in NOTES[:2]]
    assert len(set(prints(*NOTES))) == len(NOTES)
    assert prints(*NOTES[:2]) == prints(*moved)


def test_sarif_names_files_as_uris() -> None:
    results = json.loads(sarif(NOTES))["runs"][0]["results"]
    uris = [
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results if "locations" in r
    ]
    assert [unquote(uri) for uri in uris] == [note.path for note in NOTES if note.path]
    assert all(uri.isascii() for uri in uris)


def test_the_report_of_gitlab_has_what_it_asks_for() -> None:
    (row,) = json.loads(code_quality([NOTE]))
    assert row.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
    assert row["location"] == {"path": "ci/checks, new.yaml", "lines": {"begin": 3}}
    assert row["severity"] in ("info", "minor", "major", "critical", "blocker")


def test_what_decides_nothing_is_no_error() -> None:
    def of(status: str, **more: str) -> list[str]:
        verdict = Verdict("a", "all", status, 1.0, "<= 0", "worst run", 1, file="c.yaml", line=2, **more)  # type: ignore[arg-type]
        return [note.level for note in of_verdicts(Judgement("T", [verdict], path="ci/c.yaml"))]

    assert of("pass") == []
    assert of("fail") == of("error") == ["error"]
    assert of("fail", severity="warning") == ["warning"]
    assert of("fail", severity="info") == of("fail", known="until then") == ["note"]


def test_validate_tells_every_mistake_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = write_town(tmp_path / "town")
    with (town / "demand_points.csv").open("a") as file:
        file.write("power/NOWHERE,Town,1\n")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["validate", "town", "--format", "sarif"])
    assert done.exit_code == 2
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("town/demand_points.csv", 5)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    said = CliRunner().invoke(app, ["validate", "town"]).output
    assert (
        "::error file=town/demand_points.csv,line=5,title=twin%3A mistake::unknown load or junction" in said
    )
