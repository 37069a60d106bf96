import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.report.folders import NASTY, write_run
from twin.errors import InvalidInput
from twin.report import write_report
from twin.report.page import LANGUAGES, to_json, words

PARTS = Path(__file__).parents[2] / "twin" / "report" / "page"


class Reader(HTMLParser):
    """Collects what a page loads and its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [
            str(v) for k, v in attrs if k in ("src", "href") and not str(v).startswith(("#", "data:"))
        ]
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(write_run(tmp_path_factory.mktemp("page") / "run")).read_text(encoding="utf-8")


def test_a_page_is_one_small_file_that_loads_nothing(page: str) -> None:
    reader = Reader(page)
    assert reader.loads == []
    assert len(reader.scripts) == 3
    assert len(page.encode()) < 8_000_000
    assert "default-src &#39;none&#39;" in page


def test_values_from_files_never_become_markup(page: str) -> None:
    assert NASTY not in page
    assert "&lt;script&gt;" in page
    data = json.loads(Reader(page).scripts[0])
    assert data["calendar"][1]["name"] == NASTY


def test_json_cannot_end_its_script_or_begin_a_comment() -> None:
    text = to_json({"a": "</script><!--\u2028"})
    assert "<" not in text and "\u2028" not in text
    assert json.loads(text) == {"a": "</script><!--\u2028"}
    with pytest.raises(ValueError, match="JSON"):
        to_json([float("nan")])


def test_every_language_has_every_word() -> None:
    english = words()["en"]
    for code in LANGUAGES:
        own = words()[code]
        assert list(own) == list(english)
        assert not [key for key, text in own.items() if not text.strip()]
        for key, text in own.items():
            if key.startswith("date."):
                continue  # each language has its own order
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key
            assert re.findall(r"\[\[(\w+)\|", text) == re.findall(r"\[\[(\w+)\|", english[key]), key


def test_utilities_that_share_a_word_say_the_same() -> None:
    said: dict[tuple[str, str], str] = {}
    for file in sorted((PARTS.parents[1] / "utilities").glob("*/words/*.json")):
        for key, text in json.loads(file.read_text(encoding="utf-8")).items():
            assert said.setdefault((file.stem, key), text) == text


def test_a_utility_from_outside_brings_its_words_with_the_run(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    brought = {"en": {"network.heat": "Heat", "page.skip": "mine"}, "ru": {"network.heat": "Тепло"}}
    run["utilities"].append(
        run["utilities"][1] | {"name": "heat", "place": 3, "losses": [], "words": brought}
    )
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    page = write_report(folder).read_text(encoding="utf-8")
    told = json.loads(Reader(page).scripts[0])["words"]
    assert [told[code]["network.heat"] for code in LANGUAGES] == ["Heat", "Тепло", "Heat"]
    assert told["en"]["page.skip"] == words()["en"]["page.skip"]


def test_every_word_that_a_page_uses_is_there() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in PARTS.iterdir())
    used = set(re.findall(r"""T\((?:[^()"`]*\? )?"([\w.-]+)\"""", source))
    used |= set(re.findall(r'data-(?:word|label|placeholder)="([\w.-]+)"', source))
    missing = sorted(key for key in used if key not in words()["en"])
    assert missing == []
    assert len(used) > 100


def test_a_folder_without_results_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no results here"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_words_that_hang_on_a_count_have_as_many_forms_as_their_language() -> None:
    many = {"en": {2}, "ru": {3}, "kk": {1, 2}}
    for code in LANGUAGES:
        for key, text in words()[code].items():
            forms = re.findall(r"\{(\w+)\|([^{}]+)\}", text)
            assert {len(own.split("|")) for _, own in forms} <= many[code], key
            assert {name for name, _ in forms} <= set(re.findall(r"\{(\w+)\}", text)), key
