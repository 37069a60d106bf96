"""From what was found of a network to one word and what stands behind it."""

from dataclasses import dataclass
from typing import Any

from compatibility.cases import Case

PARITY, NO_SOLUTION, REFUSED = "parity", "engine has no solution", "refused"
UNSOLVED, DIFFERS, INTERNAL, TIMED_OUT = "unsolved", "differs", "internal error", "timed out"
EXCUSABLE = (REFUSED, UNSOLVED, DIFFERS)

_GRID = 1e-6
_OWN_INSTANTS = 1e-3
_WATER, _ENERGY = 5e-3, 1e-2
_UNSOLVED_H = 0.24
_NOTHING_M3, _NOTHING_MWH = 0.1, 1e-4
_STEPS = {"own_instants": "at the same instants", "fine": "in fine steps"}

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a network.

    Attributes
    ----------
    size
        Buses or nodes.
    days
        Water delivered, m3, by the twin, by EPANET at the same instants and in fine steps; pump energy, MWh,
        likewise.
    """

    kind: str
    name: str
    outcome: str
    detail: str
    size: int | None
    open_s: float | None
    run_s: float | None
    days: tuple[float | None, ...]


def row(case: Case, found: Found) -> Row:
    """Return what became of a case."""
    word, detail = _outcome(found)
    days = [
        value
        for own, key in (("water_served_m3", "water_m3"), ("pump_energy_mwh", "pump_mwh"))
        for value in (found.get(own), *(found.get(which, {}).get(key) for which in _STEPS))
    ]
    size, times = found.get("size"), (found.get("open_s"), found.get("run_s"))
    return Row(case.kind, case.name, word, " ".join(detail.split()), size, *times, tuple(days))


def _outcome(found: Found) -> tuple[str, str]:
    if "internal" in found:
        return INTERNAL, f"{found['internal']} [{found.get('at', '')}]"
    if found.get("late") == "twin":
        return TIMED_OUT, ""
    engine = found.get("engine", "not tried")
    solved = engine.startswith("solved")
    if "refused" in found:
        return REFUSED, found["refused"] + ("" if solved else f"; the engine: {engine}")
    hours = found.get("unsolved_hours", 0.0)
    if hours > _UNSOLVED_H:
        if not solved:
            return NO_SOLUTION, engine
        bare = found.get("own_instants", {}).get("unbalanced_h")
        beside = "the engine solves" if not bare else f"the engine has none for {bare:.1f} h"
        return UNSOLVED, f"{hours:.1f} h, {beside}: {found['reason']}"
    if not solved and not found.get("energy_served_mwh", 1.0):
        return NO_SOLUTION, f"{engine}; the twin: nothing is served"
    if not solved:
        return DIFFERS, f"the twin solves, the engine does not: {engine}"
    return _grid(found["differences"]) if "differences" in found else _water(found)


def _grid(differences: dict[str, float]) -> tuple[str, str]:
    wrong = [f"{name} {value:.1e}" for name, value in differences.items() if not value <= _GRID]
    return (DIFFERS, ", ".join(wrong)) if wrong else (PARITY, "")


def _water(found: Found) -> tuple[str, str]:
    wrong = _beside(found, "own_instants", _OWN_INSTANTS, _OWN_INSTANTS, {})
    if "fine" in found:
        keys = ("water_m3", "pump_mwh")
        steps_apart = {key: 2.0 * abs(found["coarse"][key] - found["fine"][key]) for key in keys}
        wrong += _beside(found, "fine", _WATER, _ENERGY, steps_apart)
    elif "coarse" in found or "late" in found:
        wrong += ["the engine's fine steps take too long"]
    if wrong:
        return DIFFERS, "; ".join(wrong)
    hours = found["own_instants"]["unbalanced_h"]
    return PARITY, f"EPANET has no solution for {hours:.1f} h" if hours > _UNSOLVED_H else ""


def _beside(
    found: Found, which: str, water: float, energy: float, steps_apart: dict[str, float]
) -> list[str]:
    """Return in what the twin differs from a day of the engine by more than a share."""
    day, wrong = found[which], []
    if day["stopped"]:
        return [f"the engine stopped {_STEPS[which]}: {day['stopped']}"]
    no_water_m3 = max(0.0, day["made_m3"] - day["lost_m3"]) + day["unbalanced_m3"]
    for own, key, unit, share, least, unsure in (
        ("water_served_m3", "water_m3", "m3", water, _NOTHING_M3, no_water_m3),
        ("pump_energy_mwh", "pump_mwh", "MWh", energy, _NOTHING_MWH, day["unbalanced_mwh"]),
    ):
        mine, theirs = found.get(own, 0.0), day[key]
        if abs(mine - theirs) > max(share * abs(theirs), steps_apart.get(key, 0.0), least) + unsure:
            wrong.append(f"{mine:.5g} beside {theirs:.5g} {unit} {_STEPS[which]}")
    return wrong
