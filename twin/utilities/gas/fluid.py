"""The gas in a pandapipes file: its properties, each a constant, a line or a table."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from twin.utilities.base import Vector
from twin.utilities.frames import NOT_READ

NORMAL_BAR, NORMAL_K = 1.01325, 273.15
STANDARD_K = 293.15
"""Volumes are told at this temperature and at 101.325 kPa."""
GAS_CONSTANT = 8.314
"""J/(mol K), as pandapipes rounds it."""
_KINDS = {
    "FluidPropertyConstant": ("value",),
    "FluidPropertyLinear": ("slope", "offset"),
    "FluidPropertyInterExtra": ("x", "y"),
}
_NEEDED = ("density", "viscosity", "compressibility")


class Property(NamedTuple):
    """A property by temperature or pressure: between points along lines, beyond them along the outer ones."""

    x: Vector
    y: Vector

    def at(self, values: Vector) -> Vector:
        """Return the property at some values."""
        i = np.clip(np.searchsorted(self.x, values) - 1, 0, len(self.x) - 2)
        slope = (self.y[i + 1] - self.y[i]) / (self.x[i + 1] - self.x[i])
        return np.asarray(self.y[i] + slope * (values - self.x[i]))


class Fluid(NamedTuple):
    """A gas.

    Attributes
    ----------
    density
        kg/m3 at 0 °C and 101.325 kPa.
    viscosity
        Pa s by temperature, K.
    compressibility
        By absolute pressure, bar.
    molar_mass, heat_capacity
        kg/kmol and J/(kg K), 0 where the file holds none.
    """

    density: float
    viscosity: Property
    compressibility: Property
    molar_mass: float
    heat_capacity: float

    @property
    def m3_per_kg(self) -> float:
        """Return the m3 at 20 °C and 101.325 kPa of a kg, by the ideal law from its density at 0 °C."""
        return STANDARD_K / NORMAL_K / self.density


def read_fluid(content: Any) -> tuple[Fluid | None, list[tuple[str, str]]]:
    """Return the gas of a pandapipes network, or what is wrong with it: problem and remedy.

    Nothing is built of what the file names: classes are compared with a list.
    """
    try:
        own = _opened(content)
        name, is_gas = str(own["name"]), own["fluid_type"] == "gas"
        properties: Mapping[str, Any] = own["all_properties"]
        if not is_gas:
            return None, [(f"holds {name:.40}, a liquid", "a network of a gas")]
        wrong: list[tuple[str, str]] = []
        found = {key: p for key, value in properties.items() if (p := _property(key, value, wrong))}
    except NOT_READ:
        return None, [("fluid: not a fluid of pandapipes", "pandapipes.to_json")]
    wrong += [(f"fluid: has no {key}", "a property of it") for key in _NEEDED if key not in properties]
    if wrong:
        return None, wrong
    wrong += _unphysical(found)
    if wrong:
        return None, wrong
    at_normal = {key: float(p.at(np.array([NORMAL_K]))[0]) for key, p in found.items()}
    return (
        Fluid(
            at_normal["density"],
            found["viscosity"],
            found["compressibility"],
            at_normal.get("molar_mass", 0.0),
            at_normal.get("heat_capacity", 0.0),
        ),
        [],
    )


def _opened(value: Any) -> Any:
    """Return what is in an object of pandapipes, which may be text within the text."""
    inner = value["_object"] if isinstance(value, dict) and "_object" in value else value
    return json.loads(inner) if isinstance(inner, str) else inner


def numbers_in(value: Any) -> Vector:
    """Return the numbers of an array or a number that NumPy wrote, each of which may be an object again."""
    inner = _opened(value)
    cells = inner if isinstance(inner, list) else [inner]
    return np.array([_opened(cell) for cell in cells], dtype=float).ravel()


def _property(key: str, value: Any, wrong: list[tuple[str, str]]) -> Property | None:
    """Return a property; note what cannot be one where it is needed."""
    kind = value.get("_class", "") if isinstance(value, dict) else ""
    parts = _KINDS.get(kind)
    if parts is None:
        if key in _NEEDED:
            wrong.append((f"fluid: {key} is a {kind or 'value'!s:.40}, which is not read", ", ".join(_KINDS)))
        return None
    own = _opened(value)
    numbers = [numbers_in(own[part]) for part in parts]
    if not all(len(part) and np.isfinite(part).all() for part in numbers):
        wrong.append((f"fluid: {key} is not finite", "numbers"))
        return None
    if kind == "FluidPropertyConstant":
        return Property(np.array([0.0, 1.0]), np.repeat(numbers[0][:1], 2))
    if kind == "FluidPropertyLinear":
        slope, offset = numbers[0][0], numbers[1][0]
        return Property(np.array([0.0, 1.0]), np.array([offset, offset + slope]))
    order = np.argsort(numbers[0], kind="stable")
    x, y = numbers[0][order], numbers[1][order] if len(numbers[1]) == len(numbers[0]) else np.zeros(0)
    if len(x) < 2 or len(y) < 2 or (np.diff(x) <= 0.0).any():
        wrong.append((f"fluid: {key} is no table of two columns", "rising values, each once"))
        return None
    return Property(x, y)


def _unphysical(found: Mapping[str, Property]) -> Iterator[tuple[str, str]]:
    for key in _NEEDED:
        at = np.array([NORMAL_BAR if key == "compressibility" else NORMAL_K])
        value = float(found[key].at(at)[0])
        if not (isfinite(value) and value > 0.0):
            yield f"fluid: {key} is {value:g} at normal conditions", "a number above 0"
