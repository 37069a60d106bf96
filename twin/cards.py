"""Small tables that notebooks show for a scenario, a run, a comparison or a sweep."""

from collections.abc import Iterable, Sequence
from html import escape

_CELL = "text-align:left;padding:2px 12px 2px 0;vertical-align:top"


def card(title: str, rows: Iterable[Sequence[str]]) -> str:
    """Return names, each with one value or more, as an HTML table; everything in them is escaped."""
    body = "".join(
        f"<tr>{_cell('th', name)}{''.join(_cell('td', v) for v in own)}</tr>" for name, *own in rows
    )
    return f"<table><caption style='text-align:left;font-weight:bold'>{escape(title)}</caption>{body}</table>"


def _cell(tag: str, text: str) -> str:
    return f'<{tag} style="{_CELL}">{escape(text)}</{tag}>'
