"""One self-contained page: template, style, program, data and the charting library in one file."""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from twin.extras import needs
from twin.scenario.currency import stated, told_keys
from twin.scenario.currency import told as told_in
from twin.scenario.schema import Scenario

LANGUAGES = ("en", "ru", "kk")
STYLES = ("colours.css", "base.css", "verdict.css", "map.css", "views.css", "screens.css")
"""In the order in which one overrides another."""
_PARTS = files("twin.report") / "page"
_OWN = Path(__file__).parents[1]


def render(
    template: str,
    programs: Sequence[str],
    data: dict[str, Any],
    title: str,
    subtitle: str,
    live: bool = False,
    styles: Sequence[str] = STYLES,
) -> str:
    """Return a page as HTML that asks the network for nothing.

    Values reach the page as JSON in a block that no browser runs, and from there through text nodes. The
    content security policy names the three scripts by their hash, so that nothing else can run.

    Parameters
    ----------
    template
        File below ``page/``.
    programs
        Scripts below ``page/``, joined in this order.
    live
        For a server: the page draws no charts, and may ask where it came from for news.
    styles
        Files below ``page/``, in the order in which one overrides another.

    Raises
    ------
    InvalidInput
        If the libraries of the extra ``report`` are not installed.
    """
    jinja2, markup = needs("jinja2", "report"), needs("markupsafe", "report").Markup
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_part), autoescape=True, keep_trailing_newline=True
    )
    library = "" if live else _inline(needs("plotly.offline", "report").get_plotlyjs())
    program = _inline('"use strict";\n' + "\n".join(_part(name) for name in programs))
    page: str = environment.get_template(template).render(
        title=title,
        subtitle=subtitle,
        version=version("twin"),
        style=markup("\n".join(_part(name) for name in styles)),
        data=markup(to_json({"words": _told(data), **data})),
        library=markup(library),
        program=markup(program),
        policy=_policy(live, library, program),
    )
    return page


@cache
def words() -> dict[str, dict[str, str]]:
    """Return every word of the pages by language and key, those of the program's own utilities included."""
    folders = [_OWN / "report" / "words", *sorted(_OWN.glob("utilities/*/words"))]
    return {code: _together(folder / f"{code}.json" for folder in folders) for code in LANGUAGES}


def _together(sources: Iterable[Path]) -> dict[str, str]:
    return {key: text for file in sources for key, text in json.loads(file.read_text("utf-8")).items()}


def _told(data: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the words of a page: those there are, and those that its run's other utilities brought.

    What such a utility says in some languages only is said in English, else as it comes, in the others.
    """
    brought = [own["words"] for own in data.get("utilities", ()) if own.get("words")]
    currency = stated(data)
    told = {code: _in_currency(own, currency) for code, own in words().items()}
    for own in brought:
        for code in LANGUAGES:
            for language in (*own, "en", code):  # the last that knows a key has the say
                new = {k: text for k, text in own.get(language, {}).items() if k not in words()[code]}
                told[code] |= _in_currency(new, currency)
    return told


def _in_currency(own: dict[str, str], currency: str) -> dict[str, str]:
    """Return words that name a currency, under the keys that the program knows and those of results."""
    said = {key: told_in(text, currency) for key, text in own.items()}
    return said | told_keys(said, currency)


def translations(scenario: Scenario) -> dict[str, dict[str, str]]:
    """Return by language the names of a scenario that have another one there."""
    return {
        code: {name: getattr(own, code) for name, own in scenario.names.items() if getattr(own, code)}
        for code in LANGUAGES
    }


def to_json(data: object) -> str:
    """Return JSON that is safe inside a script element: no ``<`` of a value can end it or begin a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def _inline(script: str) -> str:
    """Return a script as it may stand inside an element: line ends as browsers read them, no closing tag."""
    text = script.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(live: bool, *scripts: str) -> str:
    connect = "'self'" if live else "'none'"
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        f"font-src data:; connect-src {connect}; frame-src {connect}; base-uri 'none'; form-action {connect}"
    )
