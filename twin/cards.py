"""Small tables that notebooks show for a scenario or a run."""

from collections.abc import Iterable
from html import escape

_CELL = "text-align:left;padding:2px 12px 2px 0;vertical-align:top"


def card(title: str, rows: Iterable[tuple[str, str]]) -> str:
    """Return names and values as an HTML table; everything in them is escaped."""
    body = "".join(
        f'<tr><th style="{_CELL}">{escape(name)}</th><td style="{_CELL}">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table><caption style='text-align:left;font-weight:bold'>{escape(title)}</caption>{body}</table>"
