"""Names as people see them: nothing in them moves a cursor, turns the line around or hides."""

_CONTROLS = (*range(32), *range(127, 160))
_HIDDEN = (0x061C, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
"""What reverses or hides the letters beside it; joiners are left, which scripts need."""
_ESCAPED = {
    **{code: f"\\x{code:02x}" for code in _CONTROLS},
    **{code: f"\\u{code:04x}" for code in (*_HIDDEN, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)},
    **{code: f"\\U{code:08x}" for code in range(0xE0000, 0xE0080)},
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}


def visible(text: str) -> str:
    """Return a text in one line, its control characters written out: they are seen and not obeyed."""
    return text if text.isascii() and text.isprintable() else text.translate(_ESCAPED)


def short(text: str, most: int = 60) -> str:
    """Return a text as `visible` does, cut where there is no room for more."""
    shown = visible(text)
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."
