"""A scenario's YAML that comes from a stranger: refused in one line, fast and in little memory."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.security.conftest import Told
from twin.bounds import MOST_YAML_BYTES, MOST_YAML_DEPTH, MOST_YAML_VALUES
from twin.checks.checks import read_checks
from twin.errors import InvalidInput
from twin.scenario import load_scenario
from twin.scenario.markup import NotYaml, load_value
from twin.sweep import Sweep


def laughs(levels: int = 9, wide: int = 9, form: str = "[{}]") -> str:
    """Return aliases of aliases: a few bytes that stand for `wide` to the power of `levels` values."""
    lines = ["a0: &a0 {x: 1}"]
    for level in range(1, levels + 1):
        lines.append(f"a{level}: &a{level} " + form.format(", ".join([f"*a{level - 1}"] * wide)))
    return "\n".join(lines) + "\n"


HOSTILE = {
    # what is appended to the town's YAML of some lines; what is said after the line; the line from its start
    "aliases of aliases (3.7 GB of 330 bytes)": (laughs(), "more than 100,000 values", 6),
    "merged aliases of aliases": (laughs(form="{{<<: [{}]}}"), "more than 100,000 values", 6),
    "one long list, repeated": (
        f"a: &a [{', '.join('x' * 1000)}]\nb: [{', '.join(['*a'] * 201)}]\n",
        "more than 100,000 values",
        2,
    ),
    "aliases in a chain, each one level deeper": (
        "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2000)),
        "nested deeper than 50 levels",
        50,
    ),
    "an anchor in its own list": ("a: &a [1, *a]\n", "an anchor that contains itself", 1),
    "an anchor in its own mapping": ("a: &a\n  b: {c: *a}\n", "an anchor that contains itself", 2),
    "an anchor merged into itself": ("a: &a\n  <<: *a\n", "an anchor that contains itself", 2),
    "an anchor as its own key": ("b: &a {*a : 1}\n", "an anchor that contains itself", 1),
    "lists in lists": ("a: " + "[" * 20_000, "nested deeper than 50 levels", 1),
    "mappings in mappings": ("a: " + "{a: " * 5_000, "nested deeper than 50 levels", 1),
    "indented without end": ("".join(f"{' ' * n}a:\n" for n in range(1_000)), "nested deeper than 50", 50),
    "an integer of 10,000 digits": (f"seed: {'9' * 10_000}\n", "a number of more than 100 digits", 1),
    "a hexadecimal number beyond printing": (f"seed: 0x{'f' * 50_000}\n", "a number of more than 100", 1),
    "a number to the base of sixty": (f'a: !!int "{":".join(["59"] * 90)}"\n', "a number of more than", 1),
    "a float of many digits": (f"a: {'1' * 500}.5\n", "a number of more than 100 digits", 1),
    "a Python object": ("a: !!python/object/apply:os.system [id]\n", "!!python/object/apply:os.system is", 1),
    "a Python name": ("a: !!python/name:os.system\n", "!!python/name:os.system is no plain value", 1),
    "bytes": ("a: !!binary aGVsbG8=\n", "!!binary is no plain value", 1),
    "a tag of one's own": ("a: !run {command: id}\n", "!run is no plain value", 1),
    "a set": ("a: !!set {x, y}\n", "!!set is no plain value", 1),
    "ordered pairs": ("a: !!pairs [x: 1]\n", "!!pairs is no plain value", 1),
    "a number that is none": ("a: !!int many\n", "'many' is no !!int", 1),
    "a NUL in an escape": ('a: "x\\0y"\n', "a character that no text holds", 1),
    "half of a surrogate pair": ('a: "\\ud800"\n', "a character that no text holds", 1),
    "a control character as it is": ("a: x\x07y\n", "special characters are not allowed", 1),
    "a very long text": (f"a: {'x ' * 60_000}\n", "a text of more than 100,000 characters", 1),
    "a very long key": (f'"{"k" * 1_001}": 1\n', "a key of more than 1,000 characters", 1),
    "a mapping as a key": ("? {a: b}\n: 1\n", "found unhashable key", 1),
    "a second document": ("---\na: 1\n", "but found another document", 1),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_yaml_of_a_stranger_is_refused_with_its_line(what: str, town: Path, told: Told) -> None:
    """It is measured while it is read, aliases written out, so nothing is built of it."""
    file = town / "scenario.yaml"
    text = file.read_text(encoding="utf-8")
    added, said, line = HOSTILE[what]
    file.write_text(text + added, encoding="utf-8")
    assert told()[0].startswith(f"scenario.yaml:{text.count(chr(10)) + line}: not valid YAML: {said}")


@pytest.mark.parametrize("what", ["aliases of aliases (3.7 GB of 330 bytes)", "an anchor in its own list"])
def test_sweeps_checks_and_overrides_are_bounded_like_scenarios(what: str, tmp_path: Path) -> None:
    """All YAML has one reader."""
    added, said, _ = HOSTILE[what]
    (tmp_path / "a.yaml").write_text(added, encoding="utf-8")
    for read in (Sweep, read_checks):
        with pytest.raises(InvalidInput, match=said):
            read(tmp_path / "a.yaml")
    with pytest.raises(NotYaml, match=said):
        load_value(added)


def test_a_file_beyond_its_size_is_not_read(town: Path, told: Told) -> None:
    """Its size is looked at first; a sparse file of terabytes costs nothing."""
    with (town / "scenario.yaml").open("r+b") as file:
        file.truncate(1 << 40)
    assert told() == ["scenario.yaml: is larger than 4 MiB (a smaller file)"]


def test_what_people_write_is_within_the_bounds() -> None:
    text = "a: &a {x: 1, y: [1, 2]}\nb: {<<: *a, z: *a}\nc: !!str 5\nd: 2026-01-01\ne: &a again\nf: *a\n"
    assert load_value(text) == {
        "a": {"x": 1, "y": [1, 2]},
        "b": {"x": 1, "y": [1, 2], "z": {"x": 1, "y": [1, 2]}},
        "c": "5",
        "d": "2026-01-01",
        "e": "again",
        "f": "again",
    }
    assert MOST_YAML_BYTES > 1e6 and MOST_YAML_VALUES >= 1e5 and MOST_YAML_DEPTH > 20


WORDS = st.sampled_from(
    [*"[]{},:-?&*!|>%@#'\"\n \t", "a", "&a ", "*a", "<<: ", "- ", ": ", "\n  ", "!!int ", "!x ", "1", "~"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=40).map("".join) | st.text(max_size=40))
def test_any_text_is_a_value_or_one_line(text: str) -> None:
    try:
        load_value(text)
    except NotYaml as error:
        assert "\n" not in str(error)


def test_of_very_many_unknown_keys_the_first_are_told_and_how_many_there_are(tmp_path: Path) -> None:
    keys = "".join(f"key{i:05d}: 1\n" for i in range(40_000))
    (tmp_path / "scenario.yaml").write_text(f"name: x\n{keys}", encoding="utf-8")
    began = time.process_time()
    with pytest.raises(InvalidInput) as told:
        load_scenario(tmp_path)
    assert time.process_time() - began < 20.0
    lines = str(told.value).splitlines()
    assert len(lines) < 600
    assert any(line.startswith("scenario.yaml:1: 39,50") and "mistakes more" in line for line in lines)
    assert sum("did you mean" in line or "one of" in line for line in lines) < 30
