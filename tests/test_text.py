"""Encodings: UTF-8 is read with or without its mark; anything else is one line that says which it may be."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import InvalidInput
from twin.text import decode, read_text


def refusal(raw: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        decode(raw, "a.csv")
    (mistake,) = caught.value.mistakes
    return str(mistake)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_with_and_without_its_mark(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes("site,Қала\n".encode(encoding))
    assert read_text(tmp_path / "a.csv") == "site,Қала\n"


@pytest.mark.parametrize(
    ("encoding", "text", "said"),
    [
        ("cp1251", "id\nS1\nЦентр города\n", "a.csv:3: not UTF-8; it looks like CP1251"),
        ("cp866", "id\nцентр города\n", "a.csv:2: not UTF-8; it looks like CP866"),
        ("latin-1", "id\nCafé au lait\n", "a.csv:2: not UTF-8; it looks like Latin-1"),
        ("utf-16", "id\nS1\n", "a.csv:1: is UTF-16, not UTF-8"),
        ("utf-16-le", "id\nS1\n", "a.csv:1: is UTF-16, not UTF-8"),
        ("utf-32", "id\nS1\n", "a.csv:1: is UTF-32, not UTF-8"),
    ],
)
def test_another_encoding_is_named_with_its_first_line(encoding: str, text: str, said: str) -> None:
    line = refusal(text.encode(encoding))
    assert line.startswith(said)
    assert line.endswith("(save it as UTF-8)")


def test_a_nul_byte_is_named_with_its_line() -> None:
    assert refusal(b"id\nS1\nS\x002 and much more text\n").startswith("a.csv:3: holds a NUL byte")


def test_a_mark_does_not_move_the_line_that_is_named() -> None:
    assert refusal(b"\xef\xbb\xbf\nab\n\xe9\n").startswith("a.csv:3")


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^a: cannot be read"):
        read_text(tmp_path / "a")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_text_or_one_line(raw: bytes) -> None:
    try:
        assert decode(raw, "a").encode("utf-8") in raw
    except InvalidInput as error:
        assert len(error.mistakes) == 1
