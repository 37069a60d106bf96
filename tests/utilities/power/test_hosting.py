"""Room for generation and fault levels, by hand."""

from pathlib import Path

import numpy as np
import pandapower as pp
import pytest

from tests.utilities.power.restoration.test_restoration import opened
from twin.errors import InvalidInput
from twin.utilities.power.faults import FaultLevels
from twin.utilities.power.hosting import Hosting
from twin.utilities.power.settings import PowerSettings
from twin.utilities.power.tables import FaultLevelRow, GenerationRow


def feeder(rated_ka: float = 0.1, length_km: float = 1.0) -> pp.pandapowerNet:
    """Return a transformer of 25 MVA, a line behind it, and a load of 2 MW at its end."""
    net = pp.create_empty_network()
    buses = [pp.create_bus(net, kv, name=name) for kv, name in ((110.0, "H"), (20.0, "M"), (20.0, "E"))]
    pp.create_ext_grid(net, buses[0], name="EG", s_sc_max_mva=2000.0, rx_max=0.1)
    pp.create_transformer_from_parameters(
        net, buses[0], buses[1], 25, 110, 20, 0.3, 12.0, 10.0, 0.05, name="T"
    )
    pp.create_line_from_parameters(net, buses[1], buses[2], length_km, 0.3, 0.3, 0.0, rated_ka, name="L")
    pp.create_load(net, buses[2], 2.0, name="D")
    return net


def room(net: pp.pandapowerNet, folder: Path, **settings: float) -> dict[str, GenerationRow]:
    given = PowerSettings(**settings)  # type: ignore[arg-type]
    network = opened(net, folder, given)
    study = Hosting(network, given)
    study.watch()
    study.end_month("2026-07")
    (rows,) = study.rows.values()
    return {row.bus: row for row in rows if isinstance(row, GenerationRow)}


def test_power_flows_back_beyond_what_is_drawn(tmp_path: Path) -> None:
    row = room(feeder(), tmp_path)["power/E"]
    assert row.net_load_mw == pytest.approx(2.0)
    assert row.until_reverse_flow_mw == pytest.approx(2.0, abs=0.02)  # less what the transformer loses
    assert (row.limit, row.limiting_asset) in (("reverse flow", "power/T"), ("reverse flow", "power/EG"))


def test_a_line_binds_at_its_rating_beyond_the_load(tmp_path: Path) -> None:
    row = room(feeder(), tmp_path)["power/E"]
    assert row.until_rating_mw == pytest.approx(2.0 + np.sqrt(3.0) * 20.0 * 0.1, rel=0.02)


def test_a_long_line_binds_by_its_voltage(tmp_path: Path) -> None:
    row = room(feeder(10.0, 20.0), tmp_path, max_voltage_pu=1.05)["power/E"]
    assert row.until_voltage_mw is not None
    # dU/U = P R / U^2: 6 ohm at 20 kV
    assert row.until_voltage_mw - 2.0 == pytest.approx(0.05 * 400.0 / 6.0, rel=0.15)


def test_at_the_limit_that_is_told_pandapower_finds_it_too(tmp_path: Path) -> None:
    row = room(feeder(10.0, 20.0), tmp_path, max_voltage_pu=1.05)["power/E"]
    net = feeder(10.0, 20.0)
    pp.create_sgen(net, 2, row.until_voltage_mw)
    pp.runpp(net, lightsim2grid=False)
    assert net.res_bus.vm_pu.max() == pytest.approx(1.05, abs=1e-4)


def test_the_year_is_looked_at_where_its_net_load_is_lowest(tmp_path: Path) -> None:
    settings = PowerSettings()
    network = opened(feeder(), tmp_path, settings)
    study = Hosting(network, settings)
    for month, native in (("2026-01", 1.0), ("2026-07", 0.4), ("2026-12", 1.2), ("2027-01", 0.9)):
        network.set_demand(np.zeros(0), native)
        network.solve()
        study.watch()
        study.end_month(month)
    (rows,) = study.rows.values()
    found = [(row.month, round(row.net_load_mw, 6)) for row in rows if isinstance(row, GenerationRow)]
    assert sorted(set(found)) == [("2026-07", 0.8), ("2027-01", 1.8)]


def test_a_fault_level_by_hand_beside_what_a_breaker_can_break(tmp_path: Path) -> None:
    net = feeder()
    net.bus["breaking_ka"] = [40.0, np.nan, 4.0]
    study = FaultLevels(opened(net, tmp_path), "grid.json")
    study.end_month("2026-01")
    study.end_month("2026-02")
    (found,) = study.rows.values()
    rows = {row.bus: row for row in found if isinstance(row, FaultLevelRow)}
    assert len(found) == 3
    at_source = rows["power/H"]
    assert at_source.fault_level_mva == pytest.approx(2000.0, rel=1e-6)
    assert at_source.fault_level_ka == pytest.approx(2000.0 / (np.sqrt(3.0) * 110.0), rel=1e-6)
    assert at_source.within_rating
    # IEC 60909: Z_Q = c U^2 / S, turned to 20 kV; K_T = 0.95 c / (1 + 0.6 x_T)
    source = 1.1 * 110.0**2 / 2000.0 * (20.0 / 110.0) ** 2
    factor = 0.95 * 1.1 / (1.0 + 0.6 * np.sqrt(0.12**2 - 0.003**2))
    x_q = source / np.sqrt(1.0 + 0.1**2)
    z = 0.1 * x_q + 1j * x_q + factor * 20.0**2 / 25.0 * (0.003 + 1j * np.sqrt(0.12**2 - 0.003**2))
    assert rows["power/M"].fault_level_ka == pytest.approx(1.1 * 20.0 / (np.sqrt(3.0) * abs(z)), rel=1e-3)
    assert rows["power/M"].within_rating is None
    assert rows["power/E"].within_rating is False


def test_what_a_file_lacks_for_fault_levels_is_named(tmp_path: Path) -> None:
    net = feeder()
    net.ext_grid["s_sc_max_mva"] = np.nan
    pp.create_sgen(net, 2, 1.0, sn_mva=1.0, name="PV")
    with pytest.raises(InvalidInput) as told:
        FaultLevels(opened(net, tmp_path), "grid.json")
    lines = [str(mistake) for mistake in told.value.mistakes]
    assert len(lines) == 2
    assert "power/EG: no s_sc_max_mva" in lines[0]
    assert "power/PV: no k" in lines[1]


@pytest.mark.parametrize("value", ["many", None, -1.0, 0.0, float("inf")])
def test_what_is_no_number_for_fault_levels_is_named(value: object, tmp_path: Path) -> None:
    net = feeder()
    net.ext_grid["s_sc_max_mva"] = net.ext_grid["s_sc_max_mva"].astype(object)
    net.ext_grid.at[0, "s_sc_max_mva"] = value
    net.bus["breaking_ka"] = ["strong", None, 4.0]
    with pytest.raises(InvalidInput, match="power/EG: no s_sc_max_mva"):
        FaultLevels(opened(net, tmp_path), "grid.json")


def test_what_pandapower_cannot_compute_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("nothing")

    monkeypatch.setattr("pandapower.shortcircuit.calc_sc", fail)
    with pytest.raises(InvalidInput, match="cannot compute fault levels: ZeroDivisionError: nothing"):
        FaultLevels(opened(feeder(), tmp_path), "grid.json")
