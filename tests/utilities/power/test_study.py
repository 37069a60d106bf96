"""N-1 and commitments of a run, on the small town: two transformers side by side, each the only way."""

from pathlib import Path

import pandapower as pp
import pytest

from tests.town import write_town
from twin.results.run import Run
from twin.results.tables import Headroom
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.utilities.power.tables import ContingencyRow, FirmLoadRow


def run_town(folder: Path, *, ring: bool, overrides: tuple[str, ...] = ()) -> Run:
    town = write_town(folder / "town")
    (town / "outages.csv").unlink()
    if ring:
        net = pp.from_json(str(town / "power.json"))
        a, b = (int(net.bus.index[net.bus.name == name][0]) for name in ("B-TOWN", "B-PUMPS"))
        pp.create_line_from_parameters(net, a, b, 0.5, 0.1, 0.3, 9.0, 0.4, name="TIE")
        pp.to_json(net, str(town / "power.json"))
    (town / "capacities.csv").write_text(
        "capacity,asset,kind\nTown,power/T-TOWN,substation\nTown,power/T-PUMPS,substation\n", encoding="utf-8"
    )
    (town / "developments.csv").write_text(
        "id,name,district,power_mw,water_m3_per_day,request_year\nD1,Mill,Town,10,100,2030\n",
        encoding="utf-8",
    )
    return simulation.run(load_scenario(town, ["n1=true", "end=2026-05-06", *overrides]))


@pytest.fixture(scope="module")
def radial(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_town(tmp_path_factory.mktemp("radial"), ring=False)


def test_without_a_ring_every_outage_cuts_off_what_it_feeds(radial: Run) -> None:
    cut = {row.outage: row.cut_off_mw for row in radial.rows(ContingencyRow)}
    assert cut.keys() == {"power/T-TOWN", "power/T-PUMPS", "power/EG"}
    assert cut["power/T-TOWN"] + cut["power/T-PUMPS"] == pytest.approx(cut["power/EG"], rel=1e-9)
    assert cut["power/EG"] == pytest.approx(radial.rows(FirmLoadRow)[0].peak_mw, rel=1e-9)
    assert not any(row.survived for row in radial.rows(ContingencyRow))


def test_with_a_ring_the_other_transformer_takes_over(tmp_path: Path) -> None:
    run = run_town(tmp_path, ring=True)
    cut = {row.outage for row in run.rows(ContingencyRow) if row.cut_off_mw > 0.0}
    assert cut == {"power/EG"}
    firm = run.rows(FirmLoadRow)[0]
    assert firm.worst_outage in ("power/T-TOWN", "power/T-PUMPS", "power/TIE")
    assert firm.firm_mw is not None and firm.firm_headroom_mw is not None
    assert firm.firm_headroom_mw == pytest.approx(firm.firm_mw - firm.peak_mw)
    assert firm.firm_headroom_mw > 0.0


def test_what_is_promised_comes_off_the_firm_headroom(radial: Run) -> None:
    row = radial.rows(Headroom)[0]
    assert row.intact_headroom > row.firm_headroom > row.committed_headroom
    assert row.firm_headroom - row.committed_headroom == pytest.approx(10 * 0.65, rel=1e-6)


def test_without_the_option_there_are_no_such_tables(tmp_path: Path) -> None:
    run = run_town(tmp_path, ring=False, overrides=("n1=false",))
    assert list(run.rows(ContingencyRow)) == list(run.rows(FirmLoadRow)) == []
    assert ContingencyRow not in run.tables
