"""Archives of XML, looked through before any reader of theirs is: bounded, and without declared entities."""

import zipfile
from pathlib import Path

from twin.bounds import MOST_ARCHIVE_BYTES, MOST_ARCHIVE_MEMBERS
from twin.errors import InvalidInput, Mistake
from twin.text import read_bytes

_DECLARED = (b"<!DOCTYPE", b"<!ENTITY")


def read_members(path: Path) -> dict[str, bytes]:
    """Return what an archive holds, by name.

    Raises
    ------
    InvalidInput
        If it is none, is encrypted, unpacks to more than `MOST_ARCHIVE_BYTES`, or holds XML that declares
        entities or is not UTF-8.
    """
    read_bytes(path)  # no pipe, no device, no more than any file may have
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MOST_ARCHIVE_MEMBERS or sum(m.file_size for m in members) > MOST_ARCHIVE_BYTES:
                raise _too_large(path)
            content: dict[str, bytes] = {}
            left = MOST_ARCHIVE_BYTES
            for member in members:
                with archive.open(member) as file:
                    content[member.filename] = file.read(left + 1)
                left -= len(content[member.filename])
                if left < 0:  # more than the archive says of itself
                    raise _too_large(path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise InvalidInput([Mistake(path.name, 0, f"no archive that can be read: {error}")]) from None
    mistakes = [m for name, raw in content.items() if (m := _no_plain_xml(path.name, name, raw))]
    if mistakes:
        raise InvalidInput(mistakes)
    return content


def _no_plain_xml(file: str, name: str, raw: bytes) -> Mistake | None:
    """Return what is wrong with a member that is XML: another encoding could hide what it declares."""
    if not name.lower().endswith(".xml"):
        return None
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return Mistake(file, 0, f"{name:.100} is not UTF-8")
    if b"\0" in raw or any(word in raw.upper() for word in _DECLARED):
        return Mistake(file, 0, f"{name:.100} declares a document type or entities: not opened", "plain XML")
    return None


def _too_large(path: Path) -> InvalidInput:
    return InvalidInput([Mistake(path.name, 0, f"unpacks to more than {MOST_ARCHIVE_BYTES // 2**20} MiB")])
