"""Why one plan costs more than another, in the plain text of a terminal."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from twin.report.folder import Folder
from twin.report.page import words
from twin.report.reasons import Reason, parting, reasons
from twin.results.differences import Lines, number

MOST = 10
"""Reasons that are told one by one; the smaller ones are told together."""
_MOST_PARTING = 4
_FORMS = re.compile(r"\{(\w+)\|([^|{}]+)\|([^|{}]+)\}")
"""A word for one and for others: ``{months|month|months}``."""


def why(first: Folder, other: Folder, names: tuple[str, str]) -> tuple[list[str], Lines]:
    """Return sentences on how two cities differ, and what makes the difference in cost with its amounts."""
    plans = {"first": names[0], "plan": names[1]}
    sentences = [_parting(parting(first, other), plans)]
    found = reasons(first, other)
    if found is None:
        return [*sentences, _say("why.no_cost", {})], []
    total = sum(own.amount for own in found)
    way = "more" if total > 0.0 else "less" if total < 0.0 else "same"
    unit = f"bn {other.currency}"
    sentences.append(_say(f"why.costs_{way}", {**plans, "amount": number(abs(total)), "unit": unit}))
    lines = [(f"{own.amount:+.4g}", _say(own.key, own.values)) for own in found[:MOST]]
    if smaller := found[MOST:]:
        amount = sum(own.amount for own in smaller)
        lines.append((f"{amount:+.4g}", _say("why.smaller", {"number": len(smaller)})))
    return sentences, [*lines, *_by_kind(found)]


def _by_kind(found: Sequence[Reason]) -> Lines:
    """Return what each kind of reason adds, in the order of the largest."""
    kinds: dict[str, float] = {}
    for own in found:
        kinds[own.kind] = kinds.get(own.kind, 0.0) + own.amount
    ranked = sorted(kinds.items(), key=lambda item: -abs(item[1]))
    return [(f"{amount:+.4g}", f"= {_say(f'why.kind.{kind}', {})}") for kind, amount in ranked]


def _parting(parted: Mapping[str, Any] | None, plans: Mapping[str, str]) -> str:
    if parted is None:
        return _say("why.never_parts", {})
    what = [_say(f"why.part_{own['kind']}", {**plans, **_told(own)}) for own in parted["what"]]
    return _say("why.parts", {"month": parted["month"], "what": "; ".join(what[:_MOST_PARTING])})


def _told(own: Mapping[str, str]) -> dict[str, str]:
    never = _say("plans.never", {})
    told = {key: value or never for key, value in own.items()}
    if own["kind"] == "capacity":
        told |= {key: number(float(own[key])) for key in ("was", "now")}
    return told


def _say(key: str, values: Mapping[str, Any]) -> str:
    """Return an English sentence of the pages with its values."""
    said, told = words()["en"], {name: _plain(value) for name, value in values.items()}
    if told.get("from") and told.get("to"):
        once = told["from"] == told["to"]
        told["between"] = told["from"] if once else said["why.between"].format_map(told)
    return _FORMS.sub(lambda form: form[2] if told[form[1]] == "1" else form[3], said[key]).format_map(told)


def _plain(value: Any) -> str:
    match value:
        case {"key": key, "values": inner}:
            return _say(key, inner)
        case list():
            return ", ".join(value)
        case float():
            return number(value)
    return str(value)
