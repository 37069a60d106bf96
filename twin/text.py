"""Text files: UTF-8, with or without its mark; what is written in anything else is named."""

import codecs
import json
import os
import re
import stat
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from twin.bounds import MOST_BYTES, MOST_JSON_PARTS
from twin.errors import InvalidInput, Mistake

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_AS_UTF8 = "save it as UTF-8"
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_SYSTEM = ("/proc", "/sys")
_LONG_NUMBER = re.compile(r"\d{4000}")


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """Return the text of a file without its byte order mark; line ends stay as they are.

    Parameters
    ----------
    most
        Bytes beyond which it is refused.

    Raises
    ------
    InvalidInput
        If it cannot be read, or is not UTF-8: with its first such line and the likely encoding.
    """
    return decode(read_bytes(path, most), path.name)


def read_json(path: Path, made_by: str) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    InvalidInput
        If it is not JSON, with the line, and what would have written it.
    """
    return parse_json(read_text(path), path.name, made_by)


def parse_json(text: str, file: str, made_by: str) -> Any:
    """Return what a text in JSON says, like `read_json`."""
    line, problem = 0, f"more than {MOST_JSON_PARTS:,} lists and mappings"
    try:
        if text.count("[") + text.count("{") <= MOST_JSON_PARTS:
            return json.loads(text)
    except json.JSONDecodeError as error:
        line, problem = error.lineno, f"not JSON: {error.msg}"
    except RecursionError:
        problem = "not JSON: nested too deep"
    except ValueError:
        found = _LONG_NUMBER.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else 0
        problem = "not JSON: a number of thousands of digits"
    raise InvalidInput([Mistake(file, line, problem, made_by)])


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return what a file holds.

    Raises
    ------
    InvalidInput
        If it cannot be read, is no file (a pipe, a device), or is larger than so many bytes.
    """
    try:
        problem = _no_file(os.stat(path), most)
        if problem:
            raise InvalidInput([Mistake(path.name, 0, *problem)])
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            # what stands there may be another file by now, or a longer one
            about = os.fstat(handle)
            raw = b"" if _no_file(about, most) else file.read(about.st_size + 1)
            if len(raw) > about.st_size:
                raw += file.read(most + 1 - len(raw))
    except OSError as error:
        raise InvalidInput([Mistake(path.name, 0, f"cannot be read: {error.strerror}")]) from None
    except ValueError as error:
        raise InvalidInput([Mistake(path.name, 0, f"cannot be read: {error}")]) from None
    if len(raw) > most:
        raise InvalidInput([Mistake(path.name, 0, *_too_large(most))])
    return raw


def refuse_no_file(path: Path, most: int) -> os.stat_result:
    """Return what the system says of a file.

    Raises
    ------
    InvalidInput
        If it cannot be read, is no file (a pipe, a device), or is larger than so many bytes.
    """
    try:
        about = os.stat(path)
    except (OSError, ValueError) as error:
        raise InvalidInput([Mistake(path.name, 0, f"cannot be read: {error}")]) from None
    if problem := _no_file(about, most):
        raise InvalidInput([Mistake(path.name, 0, *problem)])
    return about


def _no_file(about: os.stat_result, most: int) -> tuple[str, str] | None:
    """Return why something is no file to be read, and what would be right; None if it is one."""
    kind = stat.S_IFMT(about.st_mode)
    if kind != stat.S_IFREG:
        return f"is {_KINDS.get(kind, 'no file')}, not a file", "a file"
    if about.st_dev in _system():
        return "is a file of the system", "a file of the scenario"
    return _too_large(most) if about.st_size > most else None


@cache
def _system() -> frozenset[int]:
    """Return the devices of files that are no files: reading them may wait, or never end."""
    return frozenset(os.stat(root).st_dev for root in _SYSTEM if os.path.ismount(root))


def _too_large(most: int) -> tuple[str, str]:
    return f"is larger than {most / 1024**2:g} MiB", "a smaller file"


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
