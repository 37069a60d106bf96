"""Units that tables may give beside a number, and what they are in the unit that is reckoned with."""

from collections.abc import Mapping

_POWER = {"MVA": 1.0, "kVA": 1e-3, "GVA": 1e3}
_VOLUME = {
    "m3/day": 1.0,
    "m3/d": 1.0,
    "m3/h": 24.0,
    "m3/s": 86400.0,
    "l/s": 86.4,
    "l/day": 1e-3,
    "l/h": 0.024,
    "l/min": 1.44,
    "ML/day": 1e3,
    "MLD": 1e3,
}
CAPACITY_UNITS: Mapping[str, Mapping[str, float]] = {
    "substation": _POWER,
    "supply": _POWER,
    "source": _VOLUME,
    "treatment": _VOLUME,
    "pumping": _VOLUME,
}
"""By kind of capacity, its units; the first is the one that is reckoned with."""
_SHARE = ("1", "share", "-")
NORM_UNITS: Mapping[str, tuple[str, ...]] = {
    "power_kw_per_person": ("kW", "kW/person", "kW per person"),
    "water_l_per_person_day": ("l", "l/day", "l/person/day", "l per person and day"),
    "water_loss_share": _SHARE,
    "sewered_share": _SHARE,
}
"""By norm, how its unit may be written."""


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
