"""What differs between two scenarios: settings, rows of tables, elements of networks; also in sentences."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from twin.errors import listed
from twin.scenario.schema import FROM_LOADER, TABLES

Content = Mapping[str, Any]
ORDERED = "order"
"""The table whose rows' order means something."""
_ABOUT = ("source",)
"""Columns that do not tell one row from another."""
_TOLD_FIELDS = 6


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.

    Attributes
    ----------
    part
        The table, ``settings``, or the utility whose network it is in.
    key
        The row's key, the setting's dotted key, the element's address.
    kind
        ``new``, ``gone``, ``changed``, or ``moved``: another place in the order.
    fields
        By field, the value before and after; None where there is none.
    """

    part: str
    key: str
    kind: Literal["new", "gone", "changed", "moved"]
    fields: Mapping[str, tuple[Any, Any]]

    def __str__(self) -> str:
        what = self.key if self.part == SETTINGS else f"{self.part} {self.key}"
        if self.kind in ("new", "gone"):
            return f"{what} is {self.kind}"
        if self.kind == "moved":
            before, after = self.fields["place"]
            return f"{what} comes in place {after} instead of {before}"
        told = [f"{name} {_short(old)} -> {_short(new)}".strip() for name, (old, new) in self.fields.items()]
        more = f" and {len(told) - _TOLD_FIELDS} more" if len(told) > _TOLD_FIELDS else ""
        return f"{what}: {', '.join(told[:_TOLD_FIELDS])}{more}"


SETTINGS = "settings"


def differences(before: Content, after: Content) -> list[Change]:
    """Return what differs between two resolved scenarios: settings first, then tables in their order."""
    own = {*FROM_LOADER, *TABLES}
    old = dict(_flat({name: value for name, value in before.items() if name not in own}))
    new = dict(_flat({name: value for name, value in after.items() if name not in own}))
    found = [
        Change(SETTINGS, key, "changed", {"": (old.get(key), new.get(key))})
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    ]
    for table, keys in TABLES.items():
        rows = _rows(before.get(table), len(keys)), _rows(after.get(table), len(keys))
        found += rows_that_differ(table, *rows)
        if table == ORDERED:
            found += _moved(table, list(rows[0]), list(rows[1]))
    return found


def rows_that_differ(part: str, before: Mapping[str, Content], after: Mapping[str, Content]) -> list[Change]:
    """Return the rows, or elements, that are new, gone or changed."""
    found = []
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            kind: Literal["new", "gone"] = "new" if old is None else "gone"
            there = old or new or {}
            found.append(
                Change(
                    part, key, kind, {n: (None, v) if old is None else (v, None) for n, v in there.items()}
                )
            )
        elif old != new:
            names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
            found.append(Change(part, key, "changed", {n: (old.get(n), new.get(n)) for n in names}))
    return found


def sentences(changes: Sequence[Change], most: int = 0) -> Iterator[str]:
    """Yield a sentence for each change; where there are more than so many of a kind, one for all of these.

    Parameters
    ----------
    most
        0: there is a sentence for each.
    """
    count = Counter((change.part, change.kind) for change in changes)
    told: set[tuple[str, str]] = set()
    for change in changes:
        group = change.part, change.kind
        if not most or count[group] <= most:
            yield str(change)
        elif group not in told:
            told.add(group)
            keys = [own.key for own in changes if (own.part, own.kind) == group]
            yield f"{change.part}: {len(keys)} {change.kind}: {listed(keys)}"


def _moved(table: str, old: list[str], new: list[str]) -> Iterator[Change]:
    """Yield the rows that have another place among those that both have."""
    before, after = [key for key in old if key in set(new)], [key for key in new if key in set(old)]
    matched = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    stay = {key for block in matched for key in before[block.a : block.a + block.size]}
    for key in after:
        if key not in stay:
            yield Change(table, key, "moved", {"place": (old.index(key) + 1, new.index(key) + 1)})


def _flat(content: Content, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _rows(content: Any, depth: int) -> dict[str, Content]:
    """Return the rows of a table by key; those of one without key columns by what they say in words."""
    if not content:
        return {}
    if depth:
        return dict(_by_key(content, depth, ()))
    found: dict[str, Content] = {}
    for row in content:
        texts = [_in_words(value) for name, value in row.items() if name not in _ABOUT]
        key = " ".join(filter(None, texts)) or "row"
        number = 2
        own = key
        while own in found:
            own, number = f"{key} #{number}", number + 1
        found[own] = row
    return found


def _by_key(content: Content, depth: int, above: tuple[str, ...]) -> Iterator[tuple[str, Content]]:
    for name, value in content.items():
        key = (*above, str(name))
        if depth > 1:
            yield from _by_key(value, depth - 1, key)
        else:
            yield " ".join(key), value if isinstance(value, Mapping) else {"value": value}


def _in_words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(str, value)) if all(isinstance(own, str) for own in value) else ""
    return value if isinstance(value, str) else ""


def _short(value: Any) -> str:
    if value is None:
        return "none"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
