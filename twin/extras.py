"""Packages that only some commands need."""

from importlib import import_module
from typing import Any

from twin.errors import InvalidInput, Mistake

MISSING = "is not installed"


def needs(module: str, extra: str) -> Any:
    """Import a module of an optional extra.

    Raises
    ------
    InvalidInput
        With one line that says what to install.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = (error.name or module).split(".")[0]
        remedy = f"pip install 'twin[{extra}]'"
        raise InvalidInput([Mistake(package, 0, MISSING, remedy)]) from None
