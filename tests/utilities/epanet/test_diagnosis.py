"""A hydraulic network without a solution says what an engineer can act on."""

from pathlib import Path

import pytest

from twin.errors import Unsolved
from twin.utilities.epanet import hydraulics
from twin.utilities.epanet.diagnosis import explain
from twin.utilities.epanet.hydraulics import Hydraulics
from twin.utilities.epanet.project import PressureDemand

NETWORK = """
[JUNCTIONS]
A 0 0
B 0 {demand}
C 0 10
[RESERVOIRS]
R {head}
[PIPES]
AB A B 100 300 130 0 OPEN
BC B C 100 300 130 0 {status}
[PUMPS]
PU R A HEAD CURVE
[CURVES]
CURVE 10 60
CURVE 50 40
CURVE 100 10
[OPTIONS]
UNITS CMH
HEADLOSS H-W
[END]
"""


def opened(folder: Path, demand: float = 10, head: float = 0, status: str = "OPEN") -> Hydraulics:
    path = folder / "water.inp"
    path.write_text(NETWORK.format(demand=demand, head=head, status=status), encoding="utf-8")
    engine = Hydraulics(path, "water", PressureDemand(0.0, 20.0, 0.5))
    engine.attempt()
    return engine


@pytest.mark.parametrize(
    ("network", "reason", "asset"),
    [
        ({"status": "CLOSED"}, "junctions with demand are cut off (C)", "water/C"),
        ({"demand": 900, "head": 60}, "pumps run beyond their curves (PU)", "water/PU"),
        ({}, "does not balance: 200 trials", "water/network"),
    ],
)
def test_the_cause_is_named(tmp_path: Path, network: dict[str, object], reason: str, asset: str) -> None:
    said, where = explain(opened(tmp_path, **network), "200 trials")  # type: ignore[arg-type]
    assert reason in said
    assert where == asset


def test_a_failed_solution_carries_its_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = opened(tmp_path, status="CLOSED")
    monkeypatch.setattr(Hydraulics, "attempt", lambda self: hydraulics.UNSOLVED)
    with pytest.raises(Unsolved, match="cut off") as caught:
        engine.solve()
    assert caught.value.element == "water/C"
