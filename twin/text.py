"""Text files: UTF-8, with or without its mark; what is written in anything else is named."""

import codecs
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_AS_UTF8 = "save it as UTF-8"


def read_text(path: Path) -> str:
    """Return the text of a file without its byte order mark; line ends stay as they are.

    Raises
    ------
    InvalidInput
        If it cannot be read, or is not UTF-8: with its first such line and the likely encoding.
    """
    return decode(read_bytes(path), path.name)


def read_json(path: Path, made_by: str) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    InvalidInput
        If it is not JSON, with the line, and what would have written it.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput([Mistake(path.name, error.lineno, f"not JSON: {error.msg}", made_by)]) from None
    except RecursionError:
        raise InvalidInput([Mistake(path.name, 0, "not JSON: nested too deep", made_by)]) from None


def read_bytes(path: Path) -> bytes:
    """Return what a file holds.

    Raises
    ------
    InvalidInput
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput([Mistake(path.name, 0, f"cannot be read: {error.strerror}")]) from None


def decode(raw: bytes, file: str) -> str:
    """Return bytes of a file as text, like `read_text`."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            raise InvalidInput([Mistake(file, 1, f"is {encoding}, not UTF-8", _AS_UTF8)])
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        halves = raw[:4096].count(b"\0") * 3 > len(raw[:4096])
        problem = "is UTF-16, not UTF-8" if halves else "holds a NUL byte: not a text"
        raise InvalidInput([Mistake(file, line, problem, _AS_UTF8)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = error.start + (len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0)
        line = raw.count(b"\n", 0, offset) + 1
        raise InvalidInput([not_utf8(file, line, raw)]) from None


def not_utf8(file: str, line: int, raw: bytes) -> Mistake:
    """Return the mistake that a line of a file is not UTF-8; bytes of the file tell what it may be."""
    return Mistake(file, line, f"not UTF-8; it looks like {_likely(raw)}", _AS_UTF8)


def _likely(raw: bytes) -> str:
    """Return in which encoding letters beyond ASCII stand side by side, as they do in Russian, or alone."""
    high = [i for i, byte in enumerate(raw) if byte >= 0x80]
    together = sum(b - a == 1 for a, b in pairwise(high))
    if 2 * together < len(high):
        return "Latin-1 (Windows-1252)"
    dos = sum(0x80 <= raw[i] < 0xB0 for i in high)
    return "CP866" if 2 * dos > len(high) else "CP1251 (Windows, Cyrillic)"
