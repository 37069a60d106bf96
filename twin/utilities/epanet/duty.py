"""What the pumps of an INP file draw at their duty points, as far as the file says."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from twin.utilities.epanet.names import read_sections
from twin.utilities.epanet.numbers import read_number

_GRAVITY_KN_PER_M3 = 9.81
_HORSEPOWER_KW, _FOOT_M = 0.7457, 0.3048
_EFFICIENCY_PERCENT = 75.0
"""EPANET's, where the file says nothing."""
_FEET3_PER_S = 0.3048**3
_US = {
    "CFS": _FEET3_PER_S,
    "GPM": 6.30902e-5,
    "MGD": 0.0438126,
    "IMGD": 0.0526168,
    "AFD": 0.0142764,
}
_METRIC = {"LPS": 1e-3, "LPM": 1e-3 / 60.0, "MLD": 1e3 / 86400.0, "CMH": 1.0 / 3600.0, "CMD": 1.0 / 86400.0}
_METRIC |= {"CMS": 1.0}


def duty_kw(path: Path) -> dict[str, float]:
    """Return by ID the kW that pumps draw at the duty point, of those of which the file says it.

    That is the point of a curve of one, the middle one of more, at the file's global efficiency; a pump of
    constant power draws that.
    """
    sections = read_sections(path)
    curves: dict[str, list[Sequence[str]]] = {}
    for words in sections.get("CURVES", ()):
        curves.setdefault(words[0].upper(), []).append(words[1:3])
    unit = _unit(sections.get("OPTIONS", ()))
    efficiency = _efficiency(sections.get("ENERGY", ()))
    found = {}
    for words in sections.get("PUMPS", ()):
        own = _keys(words[3:])
        with suppress(ValueError, IndexError):
            if "POWER" in own:
                found[words[0]] = read_number(own["POWER"]) * (_HORSEPOWER_KW if unit in _US else 1.0)
            elif own.get("HEAD", "").upper() in curves:
                points = curves[own["HEAD"].upper()]
                flow, head = map(read_number, points[len(points) // 2])
                lift_m = head * (_FOOT_M if unit in _US else 1.0)
                flow_m3_per_s = flow * (_US | _METRIC)[unit]
                found[words[0]] = _GRAVITY_KN_PER_M3 * flow_m3_per_s * lift_m / efficiency
    return {pump: kw for pump, kw in found.items() if kw > 0.0}


def _keys(words: Sequence[str]) -> Mapping[str, str]:
    return {key.upper(): value for key, value in zip(words[::2], words[1::2], strict=False)}


def _unit(options: Sequence[Sequence[str]]) -> str:
    """Return the unit of flow; EPANET's own is GPM."""
    named = [words[1].upper() for words in options if len(words) > 1 and words[0].upper() == "UNITS"]
    return named[-1] if named and named[-1] in _US | _METRIC else "GPM"


def _efficiency(energy: Sequence[Sequence[str]]) -> float:
    percent = _EFFICIENCY_PERCENT
    for words in energy:
        if [word.upper()[:5] for word in words[:2]] == ["GLOBA", "EFFIC"] and len(words) > 2:
            with suppress(ValueError):
                percent = read_number(words[2]) or percent
    return percent / 100.0
