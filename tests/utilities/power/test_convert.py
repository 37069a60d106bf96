"""Grids in other programs' files become the same grid, and what is left out is told."""

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandapower as pp
import pandapower.networks as pn
import pytest
from pandapower.converter.pypower.to_ppc import to_ppc
from scipy.io import savemat

from tests.utilities.power.cgmes_example import cgmes, pack
from twin.errors import InvalidInput
from twin.utilities.power.convert import convert
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.scaffold import PowerScaffold
from twin.utilities.power.settings import PowerSettings

CASE9 = """\
function mpc = case9
% a case of nine buses, after Chow
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
	1	3	0	0	0	0	1	1	0	345	1	1.1	0.9;
	2	2	0	0	0	0	1	1	0	345	1	1.1	0.9;
	3	2	0	0	0	0	1	1	0	345	1	1.1	0.9;
	4	1	0	0	0	0	1	1	0	345	1	1.1	0.9;
	5	1	90	30	0	0	1	1	0	345	1	1.1	0.9;
	6	1	0	0	0	0	1	1	0	345	1	1.1	0.9;
	7	1	100	35	0	0	1	1	0	345	1	1.1	0.9;
	8	1	0	0	0	0	1	1	0	345	1	1.1	0.9;
	9	1	125	50	0	0	1	1	0	345	1	1.1	0.9;
];
mpc.gen = [ 1, 72.3, 27.03, 300, -300, 1, 100, 1, 250, 10; % the slack
	2	163	6.54	300	-300	1	100	1	300	10
	3	85	-10.95	300	-300	1	100	1	270	10; ];
mpc.branch = [
	1	4	0	0.0576	0	250	250	250	0	0	1	-360	360;
	4 5 0.017 0.092 0.158 250 250 250 0 0 1 -360 360; 9 4 0.01 0.085 0.176 250 250 250 0 0 1 -360 360;
	5	6	0.039	0.17	0.358	150	150	150	0	0	1	-360	360;
	3	6	0	0.0586	0	300	300	300	0	0	1	-360	360;
	6	7	0.0119	0.1008	0.209	150	150	150	0	0	1	-360	360;
	7	8	0.0085	0.072	0.149	250	250	250	0	0	1	-360	360;
	8	2	0	0.0625	0	250	250	250	0	0	1	-360	360;
	8	9	0.032	0.161	0.306	250	250	250	0	0	1	-360	360;
];
%{
mpc.bus(1, 3) = 1000;
%}
mpc.gencost = [2 1500 0 3 0.11 5 150; 2 2000 0 3 0.085 1.2 600; 2 3000 0 3 0.1225 1 335];
mpc.bus_name = { 'Bus 1'; 'Bus 2 % no comment' };
"""

UCTE = """\
##C 2007.05.01
##N
##ZDE
DHIGH 11 HIGH         0 3 400.00 0.00000 0.00000 0.00000 0.00000 9999.00 -9999.0 9999.00 -9999.0
DLOW  11 LOW          0 0        100.000 30.0000 0.00000 0.00000
##L
DHIGH 11 DLOW  11 1 0 1.5000 12.000 40.000000   1500
##T
##R
"""


def voltages(net: Any) -> Any:
    pp.runpp(net, numba=False)
    return net.res_bus.vm_pu.to_numpy()


def opened(target: Path) -> Any:
    """Open a converted grid with the twin and solve it; return the voltages of its buses."""
    PowerScaffold().read(target)
    network = PowerNetwork(target, PowerSettings(shedding=False))
    network.set_demand(np.zeros(0))
    network.solve()
    at = [i for i, signal in enumerate(network.signals) if signal.quantity == "voltage_pu"]
    return network.read()[at]


GRIDS = {
    "cigre": pn.create_cigre_network_mv,
    "oberrhein": pn.mv_oberrhein,
    "three windings": pn.example_multivoltage,
}


def with_taps() -> Any:
    net = pn.mv_oberrhein()
    for trafo in net.trafo.index:
        pp.control.DiscreteTapControl(net, trafo, vm_lower_pu=0.99, vm_upper_pu=1.03)
    return net


@pytest.mark.parametrize("kind", ["xlsx", "sqlite"])
@pytest.mark.parametrize("name", [*GRIDS, "with tap changers"])
def test_pandapowers_own_tables_are_the_same_grid(name: str, kind: str, tmp_path: Path) -> None:
    net = with_taps() if name == "with tap changers" else GRIDS[name]()
    expected = voltages(net)
    path, target = tmp_path / f"grid.{kind}", tmp_path / "power.json"
    pp.to_excel(net, str(path)) if kind == "xlsx" else pp.to_sqlite(net, str(path))
    lost = convert(path, target)
    assert not [told for told in lost if "is left out" not in str(told)]
    read = pp.from_json(str(target))
    assert len(read.controller) == len(net.controller)
    if name != "with tap changers":
        np.testing.assert_allclose(opened(target), np.nan_to_num(expected), atol=1e-7)


@pytest.mark.parametrize("kind", ["m", "mat"])
def test_a_matpower_case_is_the_same_grid_and_costs_are_told(kind: str, tmp_path: Path) -> None:
    path, target = tmp_path / f"case9.{kind}", tmp_path / "power.json"
    if kind == "m":
        path.write_text(CASE9)
    else:
        saved = to_ppc(pn.case9(), init="flat")
        bus, gen, branch = (saved[part].copy() for part in ("bus", "gen", "branch"))
        bus[:, 0] += 1
        gen[:, 0] += 1
        branch[:, :2] += 1
        mpc = {"version": "2", "baseMVA": saved["baseMVA"], "bus": bus, "gen": gen, "branch": np.real(branch)}
        savemat(path, {"mpc": mpc | {"gencost": np.zeros((3, 7))}}, do_compression=True)
    lost = convert(path, target)
    assert any("gencost is left out: costs" in str(told) for told in lost)
    expected = np.sort(voltages(pn.case9()))
    np.testing.assert_allclose(np.sort(opened(target)), expected, atol=1e-6)


@pytest.mark.parametrize(
    "line",
    [
        "mpc.bus(:, 3) = mpc.bus(:, 3) / 1e3;",
        "mpc.bus = [1 3 0 0 0 0 1 1 0 345 1 1.1 0.9] * 2;",
        "mpc.baseMVA = 10 * 10;",
        "[PQ, PV] = idx_bus;",
        "system('touch here');",
    ],
)
def test_a_matpower_case_that_computes_is_refused_by_line(line: str, tmp_path: Path) -> None:
    (tmp_path / "case.m").write_text(CASE9 + line + "\n")
    with pytest.raises(InvalidInput) as error:
        convert(tmp_path / "case.m", tmp_path / "power.json")
    (mistake,) = error.value.mistakes
    assert mistake.line == len(CASE9.splitlines()) + 1
    assert "only MATLAB can" in str(mistake)


def test_rows_and_buses_that_do_not_fit_are_told(tmp_path: Path) -> None:
    path = tmp_path / "case.m"
    for wrong, told in (
        (CASE9.replace("mpc.baseMVA = 100;", ""), "baseMVA"),
        (CASE9.replace("\t4 5 0.017", "\t4 55 0.017"), "at no bus"),
        (CASE9.replace("\t5\t1\t90\t30", "\t5\t1\tninety\t30"), "ninety"),
        (CASE9.replace("\t5\t1\t90\t30", "\t5\t1\t90"), "different length"),
        (CASE9.replace("mpc.gen ", "mpc.generators "), "mpc.gen is missing"),
        ("nothing of it", "computes"),
        (CASE9.replace("];\n%{", "\n%{"), "mpc"),
    ):
        path.write_text(wrong)
        with pytest.raises(InvalidInput, match=told):
            convert(path, tmp_path / "power.json")


def test_a_ucte_file_is_its_grid(tmp_path: Path) -> None:
    path, target = tmp_path / "20070501_0030_FO2_UX1.uct", tmp_path / "power.json"
    path.write_text(UCTE)
    convert(path, target)
    assert len(opened(target)) == 2
    (tmp_path / "other.uct").write_text("a letter")
    with pytest.raises(InvalidInput, match="no UCTE file"):
        convert(tmp_path / "other.uct", target)


def test_tables_that_are_no_grids_are_told(tmp_path: Path) -> None:
    net = pn.create_cigre_network_mv()
    path = tmp_path / "grid.xlsx"
    pp.to_excel(net, str(path))
    book = openpyxl.load_workbook(path)
    book.create_sheet("my notes").append(["", "text"])
    book.save(path)
    lost = convert(path, tmp_path / "power.json")
    assert [str(told) for told in lost] == ["grid.xlsx: table 'my notes' is left out"]
    book = openpyxl.Workbook()
    book.save(tmp_path / "empty.xlsx")
    with pytest.raises(InvalidInput, match="no table bus"):
        convert(tmp_path / "empty.xlsx", tmp_path / "power.json")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE people (id INTEGER, name TEXT)")
    with pytest.raises(InvalidInput, match="no table bus"):
        convert(tmp_path / "other.db", tmp_path / "power.json")


def test_a_cgmes_archive_is_its_grid_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    target = tmp_path / "power.json"
    lost = convert(pack(cgmes(), tmp_path / "grid.zip"), target)
    assert [str(told) for told in lost] == ["grid.zip: 1 WindGeneratingUnit left out"]
    # 110 kV, 1.2 + 4j ohm, 20 MW and 5 Mvar at its end, by pandapower of the tables themselves
    np.testing.assert_allclose(np.sort(opened(target)), [1.016466, 1.02], atol=1e-6)
