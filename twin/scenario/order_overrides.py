"""Overrides of the build order: a site's row by the site's name, and who is served first.

``order.SS01.start=2027-01-01`` changes a site's row, ``order=[S04, W03]`` puts rows first. Without a build
order the rows are the stages' starts, and crews and money are at hand, so that nothing else changes.
"""

from collections.abc import Callable, Sequence
from typing import Any

from twin.errors import Mistake
from twin.scenario.document import Document
from twin.scenario.markup import NotYaml, load_value

TABLE = "order"
SetValue = Callable[[Document, str, str], None]
"""Applies ``KEY=VALUE`` to a document, told as the user wrote it."""


def is_of_order(override: str) -> bool:
    """Return whether an override changes the build order or a row of it."""
    return override.partition("=")[0].strip().split(".")[0] == TABLE


def override_order(document: Document, overrides: Sequence[str], set_value: SetValue) -> None:
    """Apply overrides of the build order, each to the rows as the one before left them."""
    for override in overrides:
        key, sign, value = override.partition("=")
        parts = key.strip().split(".")
        if sign and len(parts) == 1 and _are_names(value):
            _put_first(document, load_value(value), override)
        elif sign and len(parts) == 3 and not parts[1].isdigit():
            _set_in_row(document, parts[1], parts[2], value, override, set_value)
        else:  # a whole table, or a row by its number
            set_value(document, override, override)


def _are_names(value: str) -> bool:
    try:
        listed = load_value(value)
    except NotYaml:
        return False
    return (
        isinstance(listed, list) and bool(listed) and not any(isinstance(own, dict | list) for own in listed)
    )


def _set_in_row(
    document: Document, site: str, field: str, value: str, override: str, set_value: SetValue
) -> None:
    rows = _rows(document)
    number = next((i for i, row in enumerate(rows) if _site(row) == site), None)
    if number is None:
        near = document.near(site, [_site(row) for row in rows])
        document.mistakes.append(Mistake(f"--set {override}", 0, f"unknown site {site}", near))
    else:
        set_value(document, f"{TABLE}.{number}.{field}={value}", override)


def _put_first(document: Document, names: Sequence[object], override: str) -> None:
    rows = _rows(document)
    place = {_site(row): i for i, row in enumerate(rows)}
    said = f"--set {override}"
    for name in dict.fromkeys(map(str, names)):
        if name not in place:
            document.mistakes.append(
                Mistake(said, 0, f"unknown site {name}", document.near(name, list(place)))
            )
    if len(set(names)) < len(names):
        document.mistakes.append(Mistake(said, 0, "a site is named twice", "each once"))
    first = [place[name] for name in dict.fromkeys(map(str, names)) if name in place]
    numbers = [*first, *(i for i in range(len(rows)) if i not in set(first))]
    document.content[TABLE] = [rows[i] for i in numbers]
    now = {str(before): str(after) for after, before in enumerate(numbers)}
    document.places = {
        (TABLE, now.get(key[1], key[1]), *key[2:]) if key[0:1] == (TABLE,) and len(key) > 1 else key: own
        for key, own in document.places.items()
    }


def _rows(document: Document) -> list[Any]:
    """Return the rows of the build order; without one, those that start each site with its stage."""
    content = document.content
    rows = content.get(TABLE)
    if isinstance(rows, list) and rows:
        return rows
    sites, stages = content.get("sites"), content.get("stages")
    made: list[dict[str, Any]] = []
    content[TABLE] = made
    for name, site in sites.items() if isinstance(sites, dict) else ():
        row = {"site": str(name)}
        stage = site.get("stage") if isinstance(site, dict) else None
        if isinstance(stages, dict) and str(stage) in map(str, stages):
            row["start"] = next(start for own, start in stages.items() if str(own) == str(stage))
        document.places[(TABLE, str(len(made)))] = document.place(("sites", str(name)))
        made.append(row)
    works = content.setdefault("works", {})
    if isinstance(works, dict):
        works.setdefault("means", "at-hand")
    return made


def _site(row: Any) -> str:
    return str(row.get("site", "")) if isinstance(row, dict) else ""
