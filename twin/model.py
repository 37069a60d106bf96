"""What all parts of a scenario's schema share: values that are what they say, within bounds of use."""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema

MOST = 1e12
"""No quantity of a city is larger; beyond it arithmetic breaks before anything is said."""
FIRST_YEAR, LAST_YEAR = 1000, 3000
_DAY = r"\d{4}-\d{2}-\d{2}"
_INSTANT = rf"({_DAY})(?:[T ](\d{{2}}:\d{{2}}(?::\d{{2}})?))?"
_ZONE = re.compile(r"\d{2}:\d{2}\S*?\s*(?:[zZ]|[+-]\d{2}:?\d{2}|[+-]\d{2}|UTC|GMT)$")
_SERIAL = re.compile(r"\d{4,6}(\.\d*)?")
_WHOLE = re.compile(r"(\d{1,9})(?:\.0*)?", re.ASCII)
_EPOCH = datetime(1899, 12, 30)
"""Day 0 of a spreadsheet's calendar."""


class Model(BaseModel):
    """Base of all: frozen, unknown keys forbidden, docstrings become descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def read_day(value: object) -> date:
    """Read a date.

    Raises
    ------
    ValueError
        Saying what would be right.
    """
    if isinstance(value, datetime) and value.time() == time() and value.tzinfo is None:
        value = value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return _in_range(value)
    if not isinstance(value, str) or not re.fullmatch(_DAY, value, re.ASCII):
        raise ValueError(_no_date(value, "YYYY-MM-DD"))
    try:
        return _in_range(date.fromisoformat(value))
    except ValueError as error:
        raise ValueError(f"{value} is not a date: {error}") from None


def read_instant(value: object) -> datetime:
    """Read a date with a time of day in the scenario's local time; without one it is midnight.

    Raises
    ------
    ValueError
        Saying what would be right.
    """
    if isinstance(value, datetime):
        value = value.isoformat()
    elif isinstance(value, date):
        value = f"{value}"
    match = re.fullmatch(_INSTANT, value, re.ASCII) if isinstance(value, str) else None
    if not match:
        raise ValueError(_no_date(value, "YYYY-MM-DDTHH:MM"))
    try:
        read = datetime.combine(date.fromisoformat(match[1]), time.fromisoformat(match[2] or "00:00"))
        _in_range(read.date())
    except ValueError as error:
        raise ValueError(f"{value} is not an instant: {error}") from None
    return read


def _in_range(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"its year is not from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _no_date(value: object, form: str) -> str:
    """Return why a value is no date, and what it would be."""
    text = str(value).strip()
    if isinstance(value, str) and _ZONE.search(text):
        return f"{text} has a time zone (the scenario's local time without one, {form})"
    if not isinstance(value, bool) and _SERIAL.fullmatch(text):
        meant = _EPOCH + timedelta(days=round(float(text), 5))
        shown = f"{meant:%Y-%m-%d}" if meant.time() == time() else f"{meant:%Y-%m-%dT%H:%M}"
        return f"{text} is not a date; as a spreadsheet's serial number it is {shown} ({form})"
    local = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text)
    if local:
        return f"{text} is not a date ({form}, such as {local[3]}-{local[2]:0>2}-{local[1]:0>2})"
    return f"{value!r} is not a date ({form})"


def whole(value: object) -> object:
    """Take 2026.0 of a spreadsheet as the whole number it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _either(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, int | float) and abs(value) <= MOST):
        return value
    raise ValueError(f"{value!r} is neither true or false nor a number of use")


def _key(value: object) -> object:
    """Take a year as the key of a mapping, which may be text there."""
    text = whole_text(value) if isinstance(value, str) else ""
    return int(text) if text.isdecimal() else whole(value)


def whole_text(text: str) -> str:
    """Return how a whole number reads without the zeros that a spreadsheet puts around it; else the text."""
    match = _WHOLE.fullmatch(text)
    return str(int(match[1])) if match else text


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    return value


def _names(least: int) -> Any:
    listed = {"type": "array", "items": {"type": "string"}, "minItems": least}
    joined = {"type": "string", **({"pattern": r"[^;\s]"} if least else {})}
    return WithJsonSchema({"anyOf": [listed, joined]})


Number = Annotated[float, Strict(), Field(ge=-MOST, le=MOST)]
NotNegative = Annotated[float, Strict(), Field(ge=0, le=MOST)]
Positive = Annotated[float, Strict(), Field(gt=0, le=MOST)]
Share = Annotated[float, Strict(), Field(ge=0, le=1)]
PowerFactor = Annotated[float, Strict(), Field(ge=0.01, le=1)]
Percent = Annotated[float, Strict(), Field(ge=0, le=100)]
Rate = Annotated[float, Strict(), Field(ge=0, le=100)]
"""A year, in percent."""
Factor = Annotated[float, Strict(), Field(ge=0, le=100)]
"""On a plan's months, costs or growth."""
Months = Annotated[float, Strict(), Field(ge=0, le=1200)]
Hours = Annotated[float, Strict(), Field(ge=0, le=1e6)]
SomeHours = Annotated[float, Strict(), Field(gt=0, le=1e6)]
SomeFactor = Annotated[float, Strict(), Field(ge=0.01, le=100)]
Growth = Annotated[float, Strict(), Field(gt=-100, le=100)]
"""A year, in percent."""
Years = Annotated[float, Strict(), Field(ge=0, le=100)]
Flag = Annotated[bool, Strict()]
Setting = Annotated[Flag | Number, BeforeValidator(_either)]
Count = Annotated[int, Strict(), Field(ge=1, le=10**6), BeforeValidator(whole)]
Year = Annotated[int, Strict(), Field(ge=FIRST_YEAR, le=LAST_YEAR), BeforeValidator(whole)]
KeyYear = Annotated[int, Strict(), Field(ge=FIRST_YEAR, le=LAST_YEAR), BeforeValidator(_key)]
KeyNumber = Annotated[int, Strict(), Field(ge=0, le=23), BeforeValidator(_key)]
"""An hour or a month."""
Day = Annotated[
    date,
    BeforeValidator(read_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DAY}$"}),
]
Instant = Annotated[
    datetime,
    BeforeValidator(read_instant),
    WithJsonSchema({"type": "string", "format": "local date and time", "pattern": f"^{_INSTANT}$"}),
]
Names = Annotated[tuple[str, ...], BeforeValidator(_split), _names(0)]
SomeNames = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_split), _names(1)]
