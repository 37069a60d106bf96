"""Units that tables may give beside a number, and what they are in the unit that is reckoned with."""

from collections.abc import Mapping


def plain(unit: str) -> str:
    """Return a unit with plain digits and slashes, as the tables here have it."""
    return unit.strip().replace("³", "3").replace("^3", "3").replace("litres", "l").replace(" / ", "/")


def factor(unit: str, units: Mapping[str, float]) -> float | None:
    """Return what turns a number in a unit into the first of some units, None if it is none of them."""
    if not unit:
        return 1.0
    exact = units.get(plain(unit))
    by_case = {name.lower(): value for name, value in units.items()}
    # M and m differ by a billion: only what no case of another unit reads like may be written in any case
    return exact if exact is not None else by_case.get(plain(unit).lower()) if "/" in unit else None
