"""EPANET's C functions for compiled code, from the library that `epanet.toolkit` wraps.

The wrapper costs a quarter of a microsecond a call, and Python between the calls costs more; a coupled hour
makes a hundred. Compiled code calls the same functions of the same project. Each takes `Project.address`
first and returns EPANET's error code.
"""

import ctypes
from typing import Any

from epanet import toolkit as en
from llvmlite import binding
from numba import types

WARNINGS = 10
"""Codes up to here come with a solution."""

_int, _double, _pointer = types.int32, types.float64, types.uintp
# looked up in the wrapper, a symbol is also found in what the wrapper was linked with: EPANET itself
_library = ctypes.CDLL(en._toolkit.__file__)


def _function(name: str, *arguments: Any) -> Any:
    """Return a C function under a symbol that code compiled by an earlier process finds again."""
    address = ctypes.cast(getattr(_library, name), ctypes.c_void_p).value
    binding.add_symbol(f"twin_{name}", address)
    return types.ExternalFunction(f"twin_{name}", _int(_pointer, *arguments))


run = _function("EN_runH", _pointer)
step = _function("EN_nextH", _pointer)
get_node_values = _function("EN_getnodevalues", _int, _pointer)
get_link_values = _function("EN_getlinkvalues", _int, _pointer)
get_link_value = _function("EN_getlinkvalue", _int, _int, _pointer)
get_statistic = _function("EN_getstatistic", _int, _pointer)
set_option = _function("EN_setoption", _int, _double)
set_time = _function("EN_settimeparam", _int, types.int64)
set_base_demand = _function("EN_setbasedemand", _int, _int, _double)
set_pattern_value = _function("EN_setpatternvalue", _int, _int, _double)
set_link_value = _function("EN_setlinkvalue", _int, _int, _double)


def message(code: int) -> str:
    """Return what EPANET says of an error code."""
    text = ctypes.create_string_buffer(256)
    _library.EN_geterror(code, text, len(text) - 1)
    return text.value.decode(errors="replace")


def is_rule_enabled(project: int, number: int) -> bool:
    """Return whether a rule acts, which a file can deny; the wrapper cannot ask."""
    return _enabled(_library.EN_getruleenabled, project, number)


def is_control_enabled(project: int, number: int) -> bool:
    """Return whether a simple control acts, which a file can deny; the wrapper cannot ask."""
    return _enabled(_library.EN_getcontrolenabled, project, number)


def _enabled(ask: Any, project: int, number: int) -> bool:
    answer = ctypes.c_int(1)
    ask(ctypes.c_void_p(project), number, ctypes.byref(answer))
    return bool(answer.value)
