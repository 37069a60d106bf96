"""Names of amounts of money: within the program they carry its unit of account, in files their currency.

``cost_bn_kzt`` is the name of a field, a column or a metric in code. A scenario with ``currency: EUR`` has
``cost_bn_eur`` in its tables and in its results. Only names change: no amount is converted.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

ACCOUNT = "KZT"
"""The currency of scenarios that state none, and the one in names in the code."""
CODE = r"^[A-Z]{3}$"
"""Of ISO 4217."""
ELSEWHERE = ", in a scenario in "
"""Of a name that carries another currency: what is said of it is told as it is."""
_T = TypeVar("_T")
_SAID = re.compile(rf"\b{ACCOUNT}\b")


def stated(about: Mapping[str, Any]) -> str:
    """Return the currency that a scenario or a file of results states; that of the code if it states none."""
    own = about.get("currency", ACCOUNT)
    return own if isinstance(own, str) and re.fullmatch(CODE, own) else ACCOUNT


def told(text: str, currency: str) -> str:
    """Return a name or a text as a scenario of some currency has it."""
    return text if currency == ACCOUNT else _SAID.sub(currency, _names(ACCOUNT).sub(currency.lower(), text))


def known(name: str, currency: str) -> str:
    """Return a name of a scenario of some currency as the program knows it."""
    return name if currency == ACCOUNT else _names(currency).sub(ACCOUNT.lower(), name)


def known_metric(name: str) -> str:
    """Return a metric's name as the program knows it, whatever its currency."""
    return re.sub(r"(?<=_bn_)[a-z]{3}(?=_|$)", ACCOUNT.lower(), name)


def of_another(name: str, currency: str) -> tuple[str, str] | None:
    """Return what is wrong with a name that carries the unit of account where money is of another currency.

    Returns
    -------
    tuple
        The problem and what would be right, None if nothing is wrong.
    """
    if currency == ACCOUNT or not _names(ACCOUNT).search(name):
        return None
    return f"{name}{ELSEWHERE}{currency}", told(name, currency)


def told_keys(own: Mapping[str, _T], currency: str) -> dict[str, _T]:
    """Return a mapping with its names told in a currency."""
    return {told(name, currency): value for name, value in own.items()}


def known_keys(own: Mapping[str, _T], currency: str) -> dict[str, _T]:
    """Return a mapping with the names that the program knows."""
    return {known(name, currency): value for name, value in own.items()}


def within(content: Any, change: Callable[[str, str], str], currency: str) -> Any:
    """Return nested mappings and lists with every key changed: by `told` or by `known`."""
    match content:
        case _ if currency == ACCOUNT:
            return content
        case dict():
            return {
                change(key, currency) if isinstance(key, str) else key: within(value, change, currency)
                for key, value in content.items()
            }
        case list():
            return [within(value, change, currency) for value in content]
    return content


@cache
def _names(currency: str) -> re.Pattern[str]:
    """Return what names of money have of a currency: ``cost_bn_eur``, ``spill_eur_per_m3``."""
    code = currency.lower()
    return re.compile(rf"(?<=_bn_){code}(?![A-Za-z0-9])|(?<=_){code}(?=_per_)")
