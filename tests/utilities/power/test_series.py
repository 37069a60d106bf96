"""Grids whose elements follow time series, against pandapower's own time series simulation."""

import json
import warnings
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pandas as pd
import pytest
from pandapower.control import ConstControl
from pandapower.timeseries import DFData, OutputWriter, run_timeseries

from twin.errors import InvalidInput
from twin.utilities.base import Change, Signal, Vector
from twin.utilities.demand import Given
from twin.utilities.power.contingencies import Contingencies
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings
from twin.utilities.registry import utilities

NO_CLASSES = np.zeros(0)
SEEN = (("bus", "vm_pu", "voltage_pu"), ("line", "loading_percent", "loading_percent"),
        ("trafo", "loading_percent", "loading_percent"))  # fmt: skip
WITHIN = 1e-6


def by_pandapower(net: Any, given: dict[tuple[str, str], pd.DataFrame], steps: int) -> dict[str, Vector]:
    """Let pandapower solve each step; return voltages and loadings by table, shape (steps, elements)."""
    for (table, field), values in given.items():
        names = list(values.columns)
        ConstControl(net, table, field, names, data_source=DFData(values), profile_name=names)
    writer = OutputWriter(net, range(steps), output_path=None)
    writer.remove_log_variable("res_bus", "vm_pu")
    writer.remove_log_variable("res_line", "loading_percent")
    for table, column, _ in SEEN:
        writer.log_variable(f"res_{table}", column)
    run_timeseries(net, range(steps), verbose=False, tolerance_mva=1e-9, numba=False)
    return {table: writer.output[f"res_{table}.{column}"].to_numpy() for table, column, _ in SEEN}


def by_twin(network: PowerNetwork, given: Vector) -> dict[str, Vector]:
    column = {(s.asset, s.quantity): i for i, s in enumerate(network.signals)}
    places = {t: [column[f"power/{n}", quantity] for n in network.names[t]] for t, _, quantity in SEEN}
    readings = []
    for values in given:
        network.set_demand(NO_CLASSES, 1.0, values)
        network.solve()
        readings.append(network.read().copy())
    return {table: np.array(readings)[:, columns] for table, columns in places.items()}


def furthest(one: dict[str, Vector], other: dict[str, Vector]) -> float:
    # pandapower reads out nan where there is no supply
    return max(float(np.abs(np.nan_to_num(one[table]) - other[table]).max()) for table in one)


def cigre_series(net: Any, seed: int) -> tuple[list[Given], Vector, dict[tuple[str, str], pd.DataFrame]]:
    """Return a day of all loads, generators and batteries: as the twin, and as pandapower has it."""
    random, hours = np.random.default_rng(seed), np.arange(24)
    sun = np.clip(np.sin(np.pi * (hours - 6) / 12), 0, None)
    given, columns, frames = [], [], {}
    for table in ("load", "sgen", "storage"):
        names = [net[table].at[row, "name"] for row in net[table].index]
        power = net[table].p_mw.to_numpy()
        shape = sun[:, None] if table == "sgen" else 0.4 + 0.3 * np.sin(np.pi * hours / 12)[:, None] ** 2
        values = power * shape * random.uniform(0.5, 1.0, (24, len(names)))
        frames[table, "p_mw"] = pd.DataFrame(values, columns=net[table].index)
        ratio = np.where(power != 0, net[table].q_mvar / np.where(power != 0, power, 1.0), 0.0)
        frames[table, "q_mvar"] = pd.DataFrame(values * ratio, columns=net[table].index)
        given += [Given(f"power/{name}", "p_mw") for name in names]
        columns.append(values)
    return given, np.concatenate(columns, axis=1), frames


@pytest.mark.parametrize("der", ["pv_wind", "all"])
def test_cigre_mv_through_a_day_is_as_pandapower_solves_it(tmp_path: Path, der: str) -> None:
    net = pn.create_cigre_network_mv(with_der=der)
    given, values, frames = cigre_series(net, seed=7)
    pp.to_json(net, str(tmp_path / "power.json"))
    network = PowerNetwork(tmp_path / "power.json", PowerSettings(), given=given)
    assert not [w for w in network.warnings if "at every hour" in w.problem]
    assert furthest(by_pandapower(net, frames, 24), by_twin(network, values)) < WITHIN
    totals = dict(zip(network.totals, network.read_totals(), strict=True))
    assert totals["fed_in_mwh"] == 0.0  # nothing advanced


@pytest.fixture
def cigre(tmp_path: Path) -> Iterator[tuple[PowerNetwork, Vector]]:
    net = pn.create_cigre_network_mv(with_der="pv_wind")
    given, values, _ = cigre_series(net, seed=3)
    pp.to_json(net, str(tmp_path / "power.json"))
    yield PowerNetwork(tmp_path / "power.json", PowerSettings(), given=given), values


def pass_hours(network: PowerNetwork, values: Vector) -> list[bytes]:
    told = []
    for now in values:
        network.set_demand(NO_CLASSES, 1.0, now)
        network.solve()
        network.advance(3600)
        told += [network.read().tobytes(), network.read_totals().tobytes()]
    return told


def test_a_grid_with_series_goes_on_from_a_saved_state_and_from_its_opening(
    cigre: tuple[PowerNetwork, Vector], tmp_path: Path
) -> None:
    network, values = cigre
    first = pass_hours(network, values)
    network.reset()
    assert pass_hours(network, values) == first
    network.reset()
    pass_hours(network, values[:9])
    state = network.save()
    rest = pass_hours(network, values[9:])
    network.apply([Change("power/Line 4-5", "held", True)])
    pass_hours(network, values[::-1])
    network.restore(state)
    assert pass_hours(network, values[9:]) == rest


def test_energy_balances_and_what_is_fed_in_is_that_of_the_series(
    cigre: tuple[PowerNetwork, Vector],
) -> None:
    network, values = cigre
    pass_hours(network, values)
    totals = dict(zip(network.totals, network.read_totals(), strict=True))
    loads = len(network.names["load"])
    assert totals["fed_in_mwh"] == pytest.approx(values[:, loads:].sum(), rel=1e-9)
    assert totals["served_mwh"] == pytest.approx(values[:, :loads].sum(), rel=1e-9)
    assert totals["supplied_mwh"] + totals["fed_in_mwh"] == pytest.approx(
        totals["served_mwh"] + totals["losses_mwh"], rel=1e-7
    )


def small(folder: Path) -> PowerNetwork:
    net = pp.create_empty_network()
    hv = pp.create_bus(net, 20.0)
    pp.create_ext_grid(net, hv)
    pp.create_load(net, hv, 2.0, 0.5, scaling=2.0, name="town")
    pp.create_load(net, hv, 0.0, 0.3, name="idle")
    pp.create_sgen(net, hv, 3.0, -0.6, name="pv")
    pp.to_json(net, str(folder / "small.json"))
    given = [Given("power/town", "factor"), Given("power/idle", "p_mw"), Given("power/pv", "p_mw")]
    return PowerNetwork(folder / "small.json", PowerSettings(), given=given)


def test_mvar_follow_mw_unless_the_file_has_none_and_growth_is_for_loads_alone(tmp_path: Path) -> None:
    network = small(tmp_path)
    network.set_demand(NO_CLASSES, 1.5, np.array([0.25, 1.0, 1.0]))
    network.solve()
    supply = network.signals.index(Signal("power/ext_grid-0", "power_mw", "MW"))
    # town 4 x 0.25, idle 1, both grown; PV 1 as it is
    assert network.read()[supply] == pytest.approx(1.5 * (1.0 + 1.0) - 1.0)
    apparent = network.signals.index(Signal("power/ext_grid-0", "apparent_mva", "MVA"))
    reactive = 1.5 * (1.0 * 0.25 + 0.3) + 0.2
    assert network.read()[apparent] == pytest.approx(abs(complex(2.0, reactive)))
    fed = network.signals.index(Signal("power/pv", "power_mw", "MW"))
    assert network.read()[fed] == pytest.approx(1.0)


def test_two_series_for_one_power_and_one_for_a_slack_are_refused(tmp_path: Path) -> None:
    net = pp.create_empty_network()
    bus = pp.create_bus(net, 20.0)
    pp.create_gen(net, bus, 2.0, slack=True, name="plant")
    pp.create_load(net, bus, 1.0, name="town")
    pp.to_json(net, str(tmp_path / "g.json"))
    given = [Given("power/plant", "p_mw"), Given("power/town", "p_mw"), Given("power/town", "factor")]
    with pytest.raises(InvalidInput) as caught:
        PowerNetwork(tmp_path / "g.json", PowerSettings(), given=given)
    assert [m.problem for m in caught.value.mistakes] == [
        "power/plant is a slack: its power comes out of the solution: a series gives it none",
        "power/town: one series gives it MW and another a factor",
    ]
    with pytest.raises(InvalidInput, match="from its district"):
        PowerNetwork(tmp_path / "g.json", PowerSettings(), ["power/town"], (0.9,), given=given[1:2])


@pytest.fixture(scope="module")
def rural(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, SimpleNamespace]:
    """Return a SimBench grid with a year of quarters, and the part of a scenario that a utility looks at."""
    import simbench  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what its readers do with pandas
        net = simbench.get_simbench_net("1-LV-rural1--0-sw")
    folder = tmp_path_factory.mktemp("simbench")
    pp.to_json(net, str(folder / "power.json"))
    return net, SimpleNamespace(folder=folder, simulated={"power": PowerSettings()})


def test_a_week_of_a_simbench_grid_is_as_pandapower_solves_it(rural: tuple[Any, SimpleNamespace]) -> None:
    net, scenario = deepcopy(rural[0]), rural[1]
    import simbench

    wanted = utilities()["power"].wants(scenario)
    begin, days = date(2016, 7, 4), 7
    first = (begin - date(2016, 1, 1)).days * 96
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        absolute = simbench.get_absolute_values(net, profiles_instead_of_study_cases=True)
    frames = {
        key: frame.iloc[first : first + days * 96].reset_index(drop=True)
        for key, frame in absolute.items()
        if frame.shape[1]
    }
    for column in [name for name in net.load if name.startswith("const_")]:
        net.load[column] = 0.0
    network = PowerNetwork(scenario.folder / "power.json", PowerSettings(), given=[w.given for w in wanted])
    assert "const_*_percent is no number, taken as 0" in network.warnings[0].problem
    values = np.concatenate(
        [
            np.column_stack([w.source(begin + timedelta(days=n), 96) for w in wanted])  # type: ignore[operator]
            for n in range(days)
        ]
    )
    assert furthest(by_pandapower(net, frames, days * 96), by_twin(network, values)) < WITHIN


def test_profiles_come_by_hours_as_means_and_on_the_day_of_the_calendar(
    rural: tuple[Any, SimpleNamespace],
) -> None:
    net, scenario = rural
    pv = next(w for w in utilities()["power"].wants(scenario) if w.asset.endswith("SGen 1"))
    rows = net.profiles["renewables"]["PV5"].to_numpy() * net.sgen.p_mw.iloc[0]
    assert callable(pv.source)
    at = (date(2016, 6, 21) - date(2016, 1, 1)).days * 96
    assert pv.source(date(2031, 6, 21), 24) == pytest.approx(rows[at : at + 96].reshape(24, 4).mean(axis=1))
    assert pv.source(date(2031, 2, 28), 96) == pytest.approx(rows[58 * 96 : 59 * 96])
    assert pv.source(date(2031, 3, 1), 96) == pytest.approx(rows[60 * 96 : 61 * 96])


def test_a_profile_that_is_not_there_and_one_with_gaps_are_told(
    rural: tuple[Any, SimpleNamespace], tmp_path: Path
) -> None:
    net, _ = rural
    scenario = SimpleNamespace(folder=tmp_path, simulated={"power": PowerSettings()})
    broken = pp.from_json_string(pp.to_json(net))
    broken.sgen.loc[0, "profile"] = "PV99"
    pp.to_json(broken, str(tmp_path / "power.json"))
    with pytest.raises(InvalidInput, match="profile PV99 is not in profiles powerplants or renewables"):
        utilities()["power"].wants(scenario)
    broken.profiles["load"].loc[7, "H0-A_pload"] = np.nan
    broken.profiles["renewables"] = broken.profiles["renewables"].iloc[:500]
    pp.to_json(broken, str(tmp_path / "power.json"))
    with pytest.raises(InvalidInput) as caught:
        utilities()["power"].wants(scenario)
    assert [m.problem for m in caught.value.mistakes] == [
        "profiles load: H0-A_pload has no number in row 7",
        "profiles renewables: 500 rows are no year of hours, half hours or quarters",
    ]


def test_a_snapshot_draws_and_feeds_in_what_the_series_say(cigre: tuple[PowerNetwork, Vector]) -> None:
    network, values = cigre
    pass_hours(network, values[:12])
    net = network.snapshot().model()
    column = {(s.asset, s.quantity): i for i, s in enumerate(network.signals)}
    voltage = [network.read()[column[f"power/{name}", "voltage_pu"]] for name in network.names["bus"]]
    assert np.abs(net.res_bus.vm_pu.to_numpy() - voltage).max() < WITHIN
    loads = len(network.names["load"])
    assert net.res_sgen.p_mw.to_numpy() == pytest.approx(values[11, loads : loads + len(net.sgen)])


def test_outages_are_looked_at_with_what_the_series_say_at_that_instant(tmp_path: Path) -> None:
    net = pn.create_cigre_network_mv(with_der="pv_wind")
    given, values, _ = cigre_series(net, seed=5)
    pp.to_json(net, str(tmp_path / "power.json"))
    network = PowerNetwork(tmp_path / "power.json", PowerSettings(), given=given)
    pass_hours(network, values[11:12])
    kept = network.solution()
    pass_hours(network, values[:1])  # what is kept stays as it was
    net.load.p_mw, net.sgen.p_mw = np.split(values[11], [len(net.load)])
    net.load.q_mvar = net.load.p_mw * (network._net.load.q_mvar / network._net.load.p_mw)
    pp.to_json(net, str(tmp_path / "fixed.json"))
    fixed = PowerNetwork(tmp_path / "fixed.json", PowerSettings())
    fixed.set_demand(NO_CLASSES, 1.0)
    fixed.solve()
    own, other = Contingencies(network, kept).solve(1.1), Contingencies(fixed).solve(1.1)
    assert [o.asset for o in own] == [o.asset for o in other]
    for one, two in zip(own, other, strict=True):
        assert one.severity == pytest.approx(two.severity, abs=1e-6)
        assert one.min_voltage_pu == pytest.approx(two.min_voltage_pu, abs=1e-7)


@pytest.mark.parametrize(
    "profiles",
    [
        5, "x", [1], {"load": 5}, {"load": {"_object": "{"}}, {"load": {"_object": "[" * 9999}},
        {"load": {"_object": {"columns": [[1]], "index": [0], "data": [[1]]}}},
        {"load": {"_object": {"columns": ["a", "a"], "index": [0], "data": [[1]]}}},
        {"load": {"_object": {"columns": ["a"], "index": [0], "data": [["x"]]}}},
        {"load": {"_object": {"columns": ["a"], "index": [0], "data": [[[1, 2]]]}}},
    ],
)  # fmt: skip
def test_profiles_that_are_none_are_one_line_each(tmp_path: Path, profiles: object) -> None:
    net = pp.create_empty_network()
    pp.create_ext_grid(net, pp.create_bus(net, 20.0))
    content = json.loads(pp.to_json(net))
    content["_object"]["profiles"] = profiles
    (tmp_path / "power.json").write_text(json.dumps(content), encoding="utf-8")
    scenario = SimpleNamespace(folder=tmp_path, simulated={"power": PowerSettings()})
    with pytest.raises(InvalidInput, match=r"power\.json: profiles"):
        utilities()["power"].wants(scenario)
