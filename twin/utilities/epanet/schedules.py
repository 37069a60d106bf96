"""Schedules of an INP file that end: controls AT TIME and rules by SYSTEM TIME count from the start, once."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from twin.errors import Mistake
from twin.utilities.epanet.inp import LINKS, Row, read_rows
from twin.utilities.epanet.numbers import read_number

_CONTROL, _RULE = "control", "rule"
_BY = {_CONTROL: "AT TIME", _RULE: "by SYSTEM TIME"}
_INSTEAD = {_CONTROL: "AT CLOCKTIME", _RULE: "SYSTEM CLOCKTIME"}
_OVER = ("=", "IS", "<", "<=", "BELOW")
"""Relations to a time that never hold again once it has passed."""
_LINK_WORDS = ("LINK", "PIPE", "PUMP", "VALVE")
_HOURS = {"SEC": 1.0 / 3600.0, "MIN": 1.0 / 60.0, "HOU": 1.0, "DAY": 24.0, "AM": 1.0, "PM": 1.0}


class Order(NamedTuple):
    """What a control or rule does to a link: until which hour since the start, None if it acts on and on."""

    link: str
    state: str
    until_h: float | None
    line: int
    kind: str


def ended(path: Path, network: str, start: date, end: date) -> Iterator[Mistake]:
    """Yield what stays as it is because the last time that the file names for it is before the horizon's end.

    Parameters
    ----------
    network
        Its name, for addresses.
    start, end
        The horizon: the first day, and the day after the last.

    Raises
    ------
    InvalidInput
        If the file cannot be read.
    """
    sections = read_rows(path)
    kinds = {row.words[0]: name.lower().rstrip("s") for name in LINKS for row in sections.get(name, ())}
    orders: dict[str, list[Order]] = {}
    for order in (*_controls(sections.get("CONTROLS", ())), *_rules(sections.get("RULES", ()))):
        if order.link in kinds:
            orders.setdefault(order.link, []).append(order)
    begin = datetime.combine(start, time())
    horizon_h = (datetime.combine(end, time()) - begin).total_seconds() / 3600.0
    for link, own in orders.items():
        once = [order for order in own if order.until_h is not None]
        if once and 0.0 < (last_h := max(order.until_h or 0.0 for order in once)) < horizon_h:
            day = begin + timedelta(hours=last_h)
            since = f"from {day.day} {day:%B %Y} on"
            yield _told(path.name, f"{kinds[link]} {network}/{link}", since, once, len(once) < len(own))


def _told(file: str, asset: str, since: str, once: Sequence[Order], others: bool) -> Mistake:
    """Return what is told of a link whose times have passed, in the line of the last."""
    last = max(once, key=lambda order: order.until_h or 0.0)
    counts = [(kind, sum(order.kind == kind for order in once)) for kind in _BY]
    what = " and ".join(f"{n} {kind}{'s' if n > 1 else ''} {_BY[kind]}" for kind, n in counts if n)
    stays = "goes by its other controls and rules alone" if others else f"stays {last.state}"
    problem = f"{asset} {stays} {since}: the last of its {what} is at {last.until_h:g} h"
    return Mistake(file, last.line, problem, f"{_INSTEAD[last.kind]} repeats every day")


def _controls(rows: Sequence[Row]) -> Iterator[Order]:
    """Yield what simple controls do."""
    for words, line in rows:
        upper = [word.upper() for word in words]
        if len(words) < 6 or upper[-1] == "DISABLED":
            continue
        if upper[4] != "TIME":
            yield Order(words[1], "", None, line, _CONTROL)
            continue
        with suppress(ValueError):
            yield Order(words[1], _state(words[2]), _hours(upper[5:]), line, _CONTROL)


def _rules(rows: Sequence[Row]) -> Iterator[Order]:
    """Yield what rules do."""
    begins = [i for i, row in enumerate(rows) if row.words[0].upper() == "RULE"]
    for first, beyond in pairwise([*begins, len(rows)]):
        yield from _rule(rows[first + 1 : beyond])


def _rule(rows: Sequence[Row]) -> Iterator[Order]:
    """Yield what one rule does: nothing any more, once a time that it needs has passed."""
    part, times, alone = "", list[float](), True
    actions: list[tuple[list[str], int]] = []
    for words, line in rows:
        upper = [word.upper() for word in words]
        part = upper[0] if upper[0] in ("IF", "THEN", "ELSE", "PRIORITY") else part
        if part == "IF":
            alone &= upper[0] != "OR"
            if upper[1:3] == ["SYSTEM", "TIME"] and upper[3:4] and upper[3] in _OVER:
                with suppress(ValueError):
                    times.append(_hours(upper[4:]))
        elif part in ("THEN", "ELSE") and len(words) > 5 and upper[1] in _LINK_WORDS:
            alone &= part == "THEN"
            actions.append((words, line))
    until = min(times) if times and alone else None
    for words, line in actions:
        yield Order(words[2], _state(words[5]), until, line, _RULE)


def _state(word: str) -> str:
    """Return how a link stands after a control."""
    with suppress(ValueError):
        setting = read_number(word)
        return f"at {setting:g}" if setting else "closed"
    return word.lower()


def _hours(words: Sequence[str]) -> float:
    """Return a time in hours, as EPANET reads one: a number and its unit, or h:mm:ss and AM or PM.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not words:
        raise ValueError("no time")
    parts, unit = [read_number(part) for part in words[0].split(":")], words[1] if len(words) > 1 else ""
    hours = sum(part / 60.0**place for place, part in enumerate(parts))
    if len(parts) == 1:
        hours *= next((factor for name, factor in _HOURS.items() if unit.startswith(name)), 1.0)
    if unit in ("AM", "PM"):
        return hours % 12.0 + (12.0 if unit == "PM" else 0.0)
    return hours
