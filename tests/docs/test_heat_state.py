"""The state of the worked example of CONTRIBUTING.md: saved, restored, and independent of what was before."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.docs.test_utility_from_outside import EXAMPLE, HEAT
from twin.utilities.base import Change, Network, Vector

OUT = Change("heat/HP1", "held", True)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Network]]:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    from twin_heat.network import HeatNetwork, read_plan

    (tmp_path / "heat.json").write_text(json.dumps(HEAT), "utf-8")
    plan = read_plan(tmp_path / "heat.json")
    yield [HeatNetwork(plan, ["heat/Old town"], ["heat/HP1", "heat/HP2"]) for _ in range(2)]
    for name in [name for name in sys.modules if name.startswith("twin_heat")]:
        del sys.modules[name]


def pass_hours(network: Network, mw: list[float]) -> list[Vector]:
    told = []
    for hour in mw:
        network.set_base(np.array([[hour]]))
        network.set_demand(np.ones(1))
        network.solve()
        network.advance(3600)
        told.append(network.read().copy())
    return [*told, network.read_totals().copy()]


def test_a_heating_network_goes_on_from_a_saved_state_and_keeps_what_it_has_accounted(
    two: list[Network],
) -> None:
    one, other = two
    pass_hours(one, [1.0, 4.0])
    one.apply([OUT])
    state = one.save()
    expected = pass_hours(one, [3.0, 9.0])
    pass_hours(other, [7.0])
    other.restore(state)
    assert [v.tobytes() for v in pass_hours(other, [3.0, 9.0])] == [v.tobytes() for v in expected]
    other.restore(state)
    assert [v.tobytes() for v in pass_hours(other, [3.0, 9.0])] == [v.tobytes() for v in expected]
    assert other.read_causes() == one.read_causes() != {}
