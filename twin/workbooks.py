"""Excel workbooks, looked at before anything of them is built: unpacked within bounds, and packed again.

What comes out holds the parts that tables need and no others, each looked at as text.
"""

import re
import zipfile
from io import BytesIO
from pathlib import Path

from twin.bounds import MOST_XLSX_BYTES, MOST_XLSX_PARTS, MOST_XLSX_TAGS
from twin.errors import InvalidInput, Mistake
from twin.text import read_bytes
from twin.visible import short

_AS_VALUES = "a plain workbook: copy the cells, paste their values"
_UNREAD = ("xl/media/", "xl/drawings/", "xl/charts/", "xl/embeddings/", "xl/pivot", "customXml/", "docProps/")
_ROW = re.compile(rb"<(/?)(?:[\w.-]+:)?(?:row|si)(?=[\s/>])")
_REST = re.compile(rb"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(/?)>""")
_ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding=["'](?!utf-8["'])""", re.IGNORECASE)
_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")


def read_checked(path: Path) -> tuple[bytes, bool]:
    """Return a workbook that may be opened, and whether it has formulas.

    Raises
    ------
    InvalidInput
        If it is no workbook, larger than any, or holds what no table needs: links to other files, macros,
        declarations of XML.
    """
    parts = _parts(read_bytes(path), path.name)
    return _packed(parts), any(
        _FORMULA.search(part) for name, part in parts.items() if "/worksheets/" in name
    )


def _parts(raw: bytes, file: str) -> dict[str, bytes]:
    """Return the parts of a workbook that are read, each looked at; nothing is unpacked beyond bounds."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            members = archive.infolist()
            if len(members) > MOST_XLSX_PARTS:
                raise InvalidInput([Mistake(file, 0, f"more than {MOST_XLSX_PARTS:,} parts", _AS_VALUES)])
            if sum(member.file_size for member in members) > MOST_XLSX_BYTES:
                size = f"larger than {MOST_XLSX_BYTES // 2**20} MiB when it is unpacked"
                raise InvalidInput([Mistake(file, 0, size, "a smaller file")])
            names = [member.filename for member in members]
            if any("externallinks/" in name.lower() for name in names):
                raise InvalidInput([Mistake(file, 0, "has links to other workbooks", _AS_VALUES)])
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise InvalidInput([Mistake(file, 0, "has macros", "save it as a workbook without macros")])
            read = {
                name for name in names if name.endswith((".xml", ".rels")) and not name.startswith(_UNREAD)
            }
            parts = {name: archive.read(name) for name in sorted(read)}
    except InvalidInput:
        raise
    except Exception as error:  # no archive, a damaged one, one that is locked or packed in another way
        if raw.startswith(b"\xd0\xcf\x11\xe0"):
            problem = "is locked by a password, or a workbook of an older kind (.xls)"
            raise InvalidInput([Mistake(file, 0, problem, "save it as .xlsx without a password")]) from None
        raise InvalidInput([unreadable(file, error)]) from None
    for name, part in parts.items():
        if problem := _suspicious(part):
            raise InvalidInput([Mistake(file, 0, f"its part {short(name)} {problem}", _AS_VALUES)])
    return parts


def _suspicious(part: bytes) -> str:
    """Return what no part of a workbook needs, empty if there is none.

    XML is built row by row and text by text, so none of these may be larger than a row is; what would hide
    that is refused with it: declarations, entities and comments, and tags in tags of the same name.
    """
    if b"\0" in part or _ENCODING.match(part):
        return "is not UTF-8"
    if b"<!" in part or part.count(b"<?") > 1:
        return "has declarations, entities or comments of XML"
    last, inside = 0, False
    for tag in _ROW.finditer(part):
        rest = _REST.match(part, tag.end())
        closing = tag[1] == b"/"
        if rest is None or (closing != inside):
            return "is no list of rows"
        if part.count(b"<", last, tag.start()) > MOST_XLSX_TAGS:
            return f"has a row of more than {MOST_XLSX_TAGS:,} tags"
        last, inside = tag.end(), not closing and not rest[1]
    if part.count(b"<", last) > MOST_XLSX_TAGS:
        return f"has more than {MOST_XLSX_TAGS:,} tags"
    return ""


def _packed(parts: dict[str, bytes]) -> bytes:
    """Return the parts as an archive of our own."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def unreadable(file: str, error: Exception) -> Mistake:
    """Return what is wrong with a workbook that a reader gave up on."""
    why = short(str(error).partition("\n")[0], 120) or type(error).__name__
    return Mistake(file, 0, f"is no workbook that can be read: {why}", "save it again as .xlsx")
