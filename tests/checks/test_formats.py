"""Verdicts as files: JUnit XML that servers read, a summary that GitHub takes."""

import json
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from xml.etree import ElementTree

import junitparser
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.checks.evaluate import Verdict
from twin.checks.formats import SUMMARY_LIMIT_BYTES, Judgement, headline, markdown, sentence, table
from twin.checks.junit import junit
from twin.checks.written import write_verdicts

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd")
PASS = Verdict("lights", "gate=late", "pass", 0.0, "<= 0", "worst run", 4, file="checks.yaml", line=2)
FAIL = Verdict(
    "pressure",
    "gate=late",
    "fail",
    8.5,
    ">= 10",
    "quantile 0.1",
    4,
    1,
    "2029-07",
    "ab12",
    "1 of 4 runs without a result",
    "checks.yaml",
    3,
)
ERROR = Verdict("typo", "gate=on time", "error", nan, "<= 1", "worst run", 4, detail="no metric tpyo")


def test_junit_has_a_case_per_check_and_cell_with_what_a_reader_needs() -> None:
    text = junit(Judgement("Town", [PASS, FAIL, ERROR], path="ci/checks.yaml"))
    SCHEMA.validate(text)
    suites = junitparser.JUnitXml.fromstring(text.encode())
    late, on_time = list(suites)
    assert (late.name, late.tests, late.failures, late.errors) == ("Town: gate=late", 2, 1, 0)
    assert (on_time.tests, on_time.failures, on_time.errors) == (1, 0, 1)
    _, failed = list(late)
    (told,) = failed.result
    assert told.message == (
        "checks.yaml:3: pressure in gate=late: 8.5 (quantile 0.1), must be >= 10; first breach 2029-07; "
        "1 of 4 runs without a result"
    )
    for fact in ("value: 8.5", "must be: >= 10", "first breach: 2029-07", "check: checks.yaml:3", "ab12"):
        assert fact in told.text


KNOWN = replace(FAIL, name="spills", known="known until 2027-03-31: works are late (Aigul)", detail="")
WARNING = replace(FAIL, name="loading", severity="warning", seconds=0.25)


def test_what_decides_nothing_is_skipped_with_its_reason() -> None:
    judged = Judgement(
        "Town", [PASS, KNOWN, WARNING], path="ci/checks.yaml", wall_s={"gate=late": 2.0}, about={"twin": "1"}
    )
    text = junit(judged)
    SCHEMA.validate(text)
    (suite,) = ElementTree.fromstring(text.encode())
    assert (suite.get("failures"), suite.get("skipped"), suite.get("time")) == ("0", "2", "2.250")
    assert [p.attrib for p in suite.findall("properties/property")] == [{"name": "twin", "value": "1"}]
    known, warning = suite.findall("testcase")[1:]
    assert (known.get("file"), known.get("line")) == ("ci/checks.yaml", "3")
    message = known.findall("skipped")[0].get("message")
    assert message is not None
    assert message.startswith("known: checks.yaml:3: spills in gate=late: 8.5")
    assert "known until 2027-03-31: works are late (Aigul)" in message
    told = {p.get("name"): p.get("value") for p in warning.findall("properties/property")}
    assert told == {"severity": "warning", "first_breach": "2029-07"}


def test_the_first_month_stands_in_the_text_of_a_failure() -> None:
    (suite,) = ElementTree.fromstring(junit(Judgement("Town", [FAIL])).encode())
    assert "first breach: 2029-07" in (suite.findall("testcase/failure")[0].text or "")


@pytest.mark.parametrize(
    ("verdicts", "line"),
    [
        ([PASS], "verdict: PASS: 1 check; 1 holds"),
        ([PASS, KNOWN, WARNING], "verdict: PASS: 3 checks; 1 holds, 1 known to fail, 1 warns"),
        (
            [PASS, FAIL, ERROR],
            "verdict: FAIL: 3 checks; 1 holds, 1 fails, 1 cannot be judged; "
            "first pressure in gate=late since 2029-07",
        ),
    ],
)
def test_one_line_tells_the_verdict(verdicts: list[Verdict], line: str) -> None:
    assert headline(verdicts) == line


def test_the_summary_tells_known_ones_and_warnings_apart() -> None:
    lines = markdown(Judgement("Town", [PASS, WARNING, KNOWN])).splitlines()
    assert lines[0] == "## Town: no check of 3 decides against it (1 known to fail, 1 warns)"
    marks = [line.split(" | ")[0] for line in lines if line.startswith(("| known", "| warns", "| ok"))]
    assert marks == ["| known", "| warns", "| ok"]


def test_the_schema_does_refuse() -> None:
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        SCHEMA.validate(junit(Judgement("Town", [FAIL])).replace('classname="Town.gate=late" ', ""))


@given(text=st.text(max_size=40), value=st.floats())
@settings(max_examples=60, deadline=None)
def test_any_name_and_value_gives_valid_xml(text: str, value: float) -> None:
    verdicts = [
        Verdict(text, text, "fail", value, "<= 0", "worst run", 1, detail=text),
        Verdict(text, text, "pass", value, "<= 0", "worst run", 1, detail=text),
    ]
    written = junit(Judgement(text, verdicts, path=text))
    SCHEMA.validate(written)
    ElementTree.fromstring(written.encode())
    assert markdown(Judgement(text, verdicts)).count("\n| **fails**") == 1


def test_the_summary_tells_failures_first() -> None:
    lines = markdown(Judgement("Town", [PASS, FAIL, ERROR], ["8 complete"])).splitlines()
    assert lines[0] == "## Town: 2 of 3 checks do not hold"
    assert "8 complete" in lines
    marks = [line.split(" | ")[0] for line in lines if line.startswith(("| *", "| ok"))]
    assert marks == ["| **fails**", "| **error**", "| ok"]


@pytest.mark.parametrize("detail", ["x" * 50, "ß|" * 4000], ids=["many", "long"])
def test_the_summary_never_exceeds_the_limit_and_says_what_it_left_out(detail: str) -> None:
    verdicts = [
        Verdict(f"check {n}", "cell", "fail" if n % 2 else "pass", 1.0, "<= 0", "worst run", 9, detail=detail)
        for n in range(20_000)
    ]
    text = markdown(Judgement("Town" * 100_000, verdicts, [detail * 1000]))
    assert SUMMARY_LIMIT_BYTES // 2 < len(text.encode()) <= SUMMARY_LIMIT_BYTES
    shown = text.count("\n| ok") + text.count("\n| **fails**")
    assert text.rstrip().endswith(f"{20_000 - shown:,} more are in checks.json and junit.xml.")


def test_verdicts_are_written_together(tmp_path: Path) -> None:
    infinite = Verdict("lights", "all", "fail", inf, "<= 0", "worst run", 1, 1)
    write_verdicts(tmp_path, Judgement("Town", [PASS, ERROR, infinite]))
    assert {path.name for path in tmp_path.iterdir()} == {
        *("checks.json", "codequality.json", "junit.xml", "summary.md")
    }
    content = json.loads((tmp_path / "checks.json").read_text(), parse_constant=pytest.fail)
    assert content["passed"] is False
    assert [row["outcome"] for row in content["verdicts"]] == ["pass", "error", "fail"]
    (quality, other) = json.loads((tmp_path / "codequality.json").read_text())
    assert (quality["check_name"], quality["severity"]) == ("typo", "major")
    assert quality["fingerprint"] != other["fingerprint"]


def test_a_verdict_in_words() -> None:
    assert sentence(PASS) == "checks.yaml:2: lights in gate=late: 0 (worst run), must be <= 0"
    assert [name for name, _ in table([PASS, FAIL])] == ["pressure [gate=late]", "lights [gate=late]"]
