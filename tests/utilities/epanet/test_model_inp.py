"""WNTR's model becomes an INP file that holds all of it, and what it cannot hold is told by name."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import wntr
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.utilities.conftest import LIBRARY
from twin.errors import InvalidInput
from twin.utilities.epanet.model_inp import is_model, write_model
from twin.utilities.epanet.wntr_objects import read_model

UNITS = ("CMH", "LPS", "MLD", "GPM", "MGD", "CFS")


def model(name: str = "Net3") -> Any:
    return wntr.network.WaterNetworkModel(str(LIBRARY / f"{name}.inp"))


@pytest.mark.parametrize("name", ["Net1", "Net2", "Net3", "Net6", "ky4", "ky10"])
def test_models_of_files_lose_nothing(name: str, tmp_path: Path) -> None:
    assert write_model(model(name), tmp_path / "out.inp") == []


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from(UNITS))
def test_numbers_of_any_length_lose_no_digit_that_counts(seed: int, units: str) -> None:
    random, own = np.random.default_rng(seed), model("Net1")
    own.options.hydraulic.inpfile_units = units
    own.options.hydraulic.accuracy = float(random.uniform(1e-5, 1e-3))
    own.options.hydraulic.demand_model = "PDD"
    own.options.hydraulic.required_pressure = float(random.uniform(5.0, 30.0))
    for _, junction in own.junctions():
        junction.elevation = float(random.uniform(0.0, 300.0))
        junction.demand_timeseries_list[0].base_value = float(random.uniform(1e-6, 0.1))
    for _, pipe in own.pipes():
        pipe.length, pipe.diameter = float(random.uniform(1.0, 9e3)), float(random.uniform(0.05, 2.0))
    for _, tank in own.tanks():
        tank.init_level = float(random.uniform(tank.min_level, tank.max_level))
    for _, curve in own.curves():
        curve.points = [(float(x * random.uniform(0.5, 1.0)), float(y)) for x, y in curve.points]
    for _, pattern in own.patterns():
        pattern.multipliers = random.uniform(0.0, 2.0, len(pattern.multipliers))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out.inp"
        lost = write_model(own, path)
        # an INP file holds viscosities, accuracies and energy prices to some digits
        assert [told for told in lost if "accuracy" not in str(told)] == []
        back = read_model(path)
    for name, pattern in own.patterns():
        np.testing.assert_array_equal(back.get_pattern(name).multipliers, pattern.multipliers)
    for name, curve in own.curves():
        np.testing.assert_allclose(back.get_curve(name).points, curve.points, rtol=1e-12)


def test_what_is_lost_is_told_by_name(tmp_path: Path) -> None:
    own = model()
    own.get_node("101").add_leak(own, area=0.05, start_time=7200)
    own.get_node("103").required_pressure = 30.0
    own.get_node("1").mixing_fraction = 0.3
    pump = own.get_link("10")
    act = wntr.network.ControlAction(pump, "status", 0)
    odd = wntr.network.controls.SimTimeCondition(own, "=", 100_000.5)
    own.add_control("odd", wntr.network.controls.Control(odd, act))
    told = "\n".join(map(str, write_model(own, tmp_path / "out.inp")))
    assert "leak_area of 101" in told
    assert "required_pressure of 103" in told
    assert "mixing_fraction of 1 " in told
    assert "JUNCTION 101 LEAK_STATUS IS True is not kept" in told


def test_a_model_that_cannot_be_a_file_is_told(tmp_path: Path) -> None:
    own = model("Net1")
    act = wntr.network.ControlAction(own.get_link("9"), "status", 0)
    when = wntr.network.controls.SimTimeCondition(own, "=", 3600)
    own.add_control("two", wntr.network.controls.Control(when, [act, act]))
    with pytest.raises(InvalidInput, match="WNTR cannot write this model"):
        write_model(own, tmp_path / "out.inp")


def test_only_wntrs_models_are_models() -> None:
    assert is_model(model("Net1"))
    assert not is_model({"nodes": []})

    class Mine(wntr.network.WaterNetworkModel):  # type: ignore[misc]
        """A user's own kind of model."""

    assert is_model(Mine())
