"""Other programs are not traced where that takes long: coverage counts nothing of them."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import pandapower as pp
from numba.core.dispatcher import _FunctionCompiler


def untraced(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function within which nothing is traced; it must call nothing that coverage counts."""

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        tracer = sys.gettrace()
        if tracer is None:
            return function(*arguments, **options)
        sys.settrace(None)
        try:
            return function(*arguments, **options)
        finally:
            sys.settrace(tracer)

    return call


def trace_less() -> None:
    """Trace neither compilation nor pandapower's own reading, writing and solving."""
    _FunctionCompiler.compile = untraced(_FunctionCompiler.compile)
    for name in ("from_json_string", "to_json", "runpp"):
        setattr(pp, name, untraced(getattr(pp, name)))
