"""Tables as types: a frozen dataclass is a table, its fields the columns, with type, unit and meaning."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, ClassVar, NamedTuple, cast, get_args, get_type_hints

_KINDS = (str, float, int, bool, date, datetime)


@dataclass(frozen=True, slots=True)
class About:
    """What a column holds; it stands in the annotation of its field.

    Attributes
    ----------
    meaning
        In one line.
    unit
        Empty for what has none; ``unit`` where another column tells it.
    name
        Of the column, where that is not the field's.
    """

    meaning: str
    unit: str = ""
    name: str = ""


class Row:
    """Base of a table's rows: a frozen dataclass whose docstring says what the table holds.

    Attributes
    ----------
    table
        Name of the table: of its file, and of its key in a sweep.
    """

    __slots__ = ()
    table: ClassVar[str]


class Column(NamedTuple):
    """One column of a table.

    Attributes
    ----------
    kind
        ``str``, ``float``, ``int``, ``bool``, ``date`` or ``datetime``.
    optional
        A cell may be empty.
    """

    name: str
    field: str
    kind: type
    optional: bool
    unit: str
    meaning: str


_read: dict[type[Row], tuple[Column, ...]] = {}


def columns(table: type[Row]) -> tuple[Column, ...]:
    """Return the columns of a table in order.

    Raises
    ------
    TypeError
        If a field has no meaning, or a type that no file holds.
    """
    if table not in _read:
        hints = get_type_hints(table, include_extras=True)
        names = [field.name for field in fields(cast(Any, table))]
        _read[table] = tuple(_column(table, name, hints[name]) for name in names)
    return _read[table]


def meaning(table: type[Row]) -> str:
    """Return what a table holds, in one line."""
    return " ".join((table.__doc__ or "").split())


def values(row: Row) -> list[Any]:
    """Return a row's values in the order of its columns."""
    return [getattr(row, column.field) for column in columns(type(row))]


def _column(table: type[Row], field: str, hint: Any) -> Column:
    about = next((own for own in getattr(hint, "__metadata__", ()) if isinstance(own, About)), None)
    if about is None:
        raise TypeError(f"{table.__name__}.{field} says nothing about itself")
    plain = get_args(hint)[0]
    kinds = set(get_args(plain) if isinstance(plain, UnionType) else (plain,))
    kind = kinds - {NoneType}
    if len(kind) != 1 or not kind <= set(_KINDS):
        raise TypeError(f"{table.__name__}.{field} is {plain}, which no table holds")
    return Column(
        about.name or field, field, kind.pop(), NoneType in kinds, about.unit, " ".join(about.meaning.split())
    )
