"""Names that come from a stranger are shown as they are, wherever they are shown."""

import json
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from typer.testing import CliRunner

from twin.cells import read_csv, write_csv
from twin.checks.evaluate import Verdict
from twin.checks.formats import Judgement, markdown
from twin.checks.junit import junit
from twin.cli.main import app
from twin.cli.terminal import print_lines, print_mistakes, print_table
from twin.errors import InvalidInput, Mistake
from twin.results.formats import FORMAT
from twin.scenario import load_scenario
from twin.visible import short, visible

NAMES = {
    "markup of the terminal's library": "[red]T1[/red]",
    "a link of the terminal's library": "[link=http://x]T1[/link]",
    "a colour": "\x1b[31mT1",
    "a cleared screen": "\x1b[2J\x1b[HT1",
    "a title of the window": "\x1b]0;owned\x07T1",
    "a link of the terminal": "\x1b]8;;http://x\x1b\\T1\x1b]8;;\x1b\\",
    "a command of one byte": "\x9b31mT1",
    "a bell": "T1\x07",
    "a line that hides what stands before it": "T2\rT1",
    "a second line": "T1\nscenario.yaml:1: ok",
    "a deleted letter": "T2\b1",
    "turned around": "T1\u202e1T",
    "turned around by an isolate": "T1\u2067x\u2069",
    "letters of no width": "T\u200b1\ufeff",
    "letters of tags": "T1\U000e0041",
    "another kind of line end": "T1\u2028T2",
    "half of a letter": "T1\ud800",
    "mathematics": "$\\frac{T}{1}$",
    "mathematics that fails": "$T_{1",
    "a script": "<script>alert(1)</script>",
    "a picture of the page": "<img src=x onerror=alert(1)>",
    "an end of a comment": "T1 --> <x/> -- ]]>",
    "a picture of the summary": "![x](http://x/y.png)",
    "a row of the summary": "T1 | ok | |",
    "slanted": "_T1_ *T1* `T1` ~~T1~~",
    "a formula of a spreadsheet": "=cmd|' /c calc'!A1",
    "very long": "T" * 3_000,
}
HOSTILE = pytest.mark.parametrize("what", NAMES)


def has_no_command(shown: str) -> bool:
    """Return whether a terminal would only print a text: letters, blanks and line ends between lines."""
    hidden = re.compile(
        "[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff\u2028\u2029\U000e0000-\U000e007f]"
    )
    return not hidden.search(shown) and not any(
        unicodedata.category(c) in ("Cc", "Cs") for c in shown.replace("\n", "")
    )


@HOSTILE
def test_the_terminal_shows_a_name_and_does_nothing_that_it_says(
    what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Control characters are written out, each line stays one line, and nothing is left out."""
    name = NAMES[what]
    print_mistakes([Mistake(name, 3, f"unknown asset {name}", f"did you mean {name}?")])
    print_table([(name, name)])
    print_lines("", [("asset", "value"), (name, "1")])
    told = capsys.readouterr()
    assert has_no_command(told.out + told.err)
    assert told.err.count("\n") == 1 and told.out.count("\n") == 3
    assert all(visible(name) in text for text in (told.out, told.err[:3_100]))


@HOSTILE
def test_names_for_ci_servers_are_xml_that_says_them(what: str) -> None:
    """XML holds no control characters; they are written out before."""
    name = NAMES[what]
    verdict = Verdict(
        name=name, cell=name, status="fail", value=1.0, over="1 run", runs=1, bound="<= 0", detail=name
    )
    root = ElementTree.fromstring(junit(Judgement(name, [verdict])).encode("utf-8"))
    (case,) = root.iter("testcase")
    assert case.get("name") == "\n".join(map(visible, name.split("\n"))).replace("\n", "\n")
    assert has_no_command("".join(root.itertext()))


@HOSTILE
def test_the_summary_in_markdown_shows_a_name_in_one_cell(what: str) -> None:
    name = NAMES[what]
    verdict = Verdict(name=name, cell="all", status="fail", value=1.0, over="1 run", runs=1, bound="<= 0")
    row = markdown(Judgement("t", [verdict])).splitlines()[-1]
    assert len(re.findall(r"(?<!\\)\|", row)) == 8
    assert "<script" not in row and "![" not in row and "<img" not in row
    assert has_no_command(row)


@HOSTILE
def test_a_table_holds_a_name_to_the_letter(what: str, tmp_path: Path) -> None:
    name = NAMES[what].encode("utf-8", "replace").decode()
    write_csv(tmp_path / "t.csv", ("asset",), [{"asset": name}])
    assert read_csv(tmp_path / "t.csv") == [{"asset": name}]


@HOSTILE
def test_a_figure_shows_a_name_as_it_is(what: str, tmp_path: Path) -> None:
    """Nothing is typeset, no letter is missing from the font, and the SVG is XML."""
    pytest.importorskip("matplotlib")
    from twin.report.figures import calendar
    from twin.report.figures.style import look

    name = NAMES[what].encode("utf-8", "replace").decode()
    about = {"name": name, "start": "2026-01-01", "end": "2027-01-01", "status": "complete"}
    about |= {"format": FORMAT}
    scenario = {
        "name": "town",
        "start": "2026-01-01",
        "end": "2027-01-01",
        "networks": {},
        "stages": {"1": "2026-01-01"},
    }
    scenario |= {"sites": {name: {"kind": "station", "name": name, "build_months": 6.0, "stage": "1"}}}
    YAML().dump(scenario, tmp_path / "scenario.yaml")
    (tmp_path / "run.json").write_text(json.dumps({**about, "versions": {"twin": "1"}}), encoding="utf-8")
    row = {
        "site": name,
        "name": name,
        "kind": "substation",
        "district": "",
        "waited_for": "",
        "trade": "",
        "instrument": "",
        "cost_bn_kzt": "1",
        "slip_months": "0",
        "waited_months": "0",
        "planned": "2026-06-01",
        "started": "2026-01-01",
        "construction_started": "2026-02-01",
        "commissioned": "2026-07-01",
    }
    write_csv(tmp_path / "sites.csv", tuple(row), [row])
    with look():
        axes = calendar(tmp_path)
        axes.figure.savefig(tmp_path / "a.svg")
        assert [label.get_text() for label in axes.get_yticklabels()] == [short(name)]
    ElementTree.parse(tmp_path / "a.svg")
    import matplotlib.pyplot as plt

    plt.close(axes.figure)


@HOSTILE
def test_a_hostile_name_of_a_scenario_is_told_by_the_command_line(what: str, town: Path) -> None:
    """Half of a letter is refused with its line; all else is a name like any other."""
    text = (town / "scenario.yaml").read_text(encoding="utf-8")
    named = text.replace("name: Town", f"name: {json.dumps(NAMES[what])}", 1)
    (town / "scenario.yaml").write_text(named, encoding="utf-8")
    told = CliRunner().invoke(app, ["validate", "--quick", str(town)])
    assert has_no_command(told.output)
    if what == "half of a letter":
        assert told.exit_code == 2 and told.output.startswith("scenario.yaml:2: not valid YAML: a character")
    else:
        assert told.exit_code == 0 and told.output.startswith(f"ok: {visible(NAMES[what])}, ")


@pytest.mark.parametrize("what", ["a second line", "a cleared screen", "turned around", "very long"])
def test_a_hostile_name_in_a_table_is_one_line(what: str, town: Path) -> None:
    write_csv(
        town / "limits.csv",
        ("asset", "quantity", "upper"),
        [{"asset": f"power/{NAMES[what]}", "quantity": "voltage_pu", "upper": 1.0}],
    )
    told = CliRunner().invoke(app, ["validate", "--quick", str(town)])
    assert told.exit_code == 2 and has_no_command(told.output)
    assert told.output.startswith(f"limits.csv:2: unknown asset power/{visible(NAMES[what])}")
    assert told.output.count("\n") == 1


def test_what_is_long_without_end_is_cut_and_what_is_much_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_mistakes([Mistake("a.csv", n, "x" * 50_000) for n in range(1, 1_203)])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1_001 and lines[-1] == "and 202 more"
    assert all(len(line) < 4_100 for line in lines)
    assert lines[0].endswith("characters more)")


@given(st.text(max_size=30))
def test_any_text_is_shown_in_one_line_without_commands(text: str) -> None:
    shown = visible(text)
    assert has_no_command(shown) and "\n" not in shown
    assert visible(shown) == shown


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=30))
def test_letters_of_all_scripts_are_left_as_they_are(text: str) -> None:
    assert visible(text) == text


def test_a_folder_whose_name_is_no_text_is_a_folder_like_any_other(town: Path) -> None:
    """Such names come from archives of other systems; a run's record writes them out."""
    from twin.results.run import _json

    folder = town.rename(town.parent / "caf\udce9")
    assert load_scenario(folder).name == "Town"
    told = _json({"scenario": str(folder)})
    assert json.loads(told.encode("utf-8"))["scenario"] == str(folder)


def test_names_in_mistakes_are_whole_for_programs(town: Path) -> None:
    """What a caller of the library catches is not written out: only what people see is."""
    write_csv(
        town / "limits.csv", ("asset", "quantity"), [{"asset": "power/\x1bX", "quantity": "voltage_pu"}]
    )
    with pytest.raises(InvalidInput) as caught:
        load_scenario(town)
    assert "power/\x1bX" in str(caught.value)
