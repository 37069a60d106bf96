"""N-1 and commitments of a run, on the small town: two transformers side by side, each the only way."""

from pathlib import Path

import pandapower as pp
import pytest

from tests.town import write_town
from twin.report.folder import Folder
from twin.report.studies import studies
from twin.results.run import Run, save
from twin.results.summary import summary
from twin.results.tables import EventRow, Headroom
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.utilities.power.tables import ContingencyRow, FirmLoadRow, SecurityRow


def run_town(folder: Path, *, ring: bool, closed: bool = True, overrides: tuple[str, ...] = ()) -> Run:
    town = write_town(folder / "town")
    (town / "outages.csv").unlink()
    if ring:
        net = pp.from_json(str(town / "power.json"))
        a, b = (int(net.bus.index[net.bus.name == name][0]) for name in ("B-TOWN", "B-PUMPS"))
        tie = pp.create_line_from_parameters(net, a, b, 0.5, 0.1, 0.3, 9.0, 0.4, name="TIE")
        pp.create_switch(net, a, tie, "l", closed=closed, name="S-TIE")
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


def test_what_hangs_on_an_element_alone_is_a_stub(radial: Run) -> None:
    assert {row.outcome for row in radial.rows(ContingencyRow)} == {"stub"}
    counted = radial.rows(SecurityRow)[0]
    assert (counted.outages, counted.stubs, counted.survived) == (3, 3, 0)
    assert counted.largest_loss == "power/EG"


@pytest.fixture(scope="module")
def open_ring(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_town(tmp_path_factory.mktemp("open"), ring=True, closed=False)


def test_an_open_point_restores_what_a_transformer_fed(open_ring: Run) -> None:
    rows = {row.outage: row for row in open_ring.rows(ContingencyRow)}
    assert rows["power/EG"].outcome == "stub"
    for outage in ("power/T-TOWN", "power/T-PUMPS"):
        row = rows[outage]
        assert row.outcome == "restored"
        assert row.closed == "power/S-TIE"
        assert row.restored_mw == pytest.approx(row.cut_off_mw)
        assert row.lost_until_switched_mwh == pytest.approx(row.cut_off_mw)  # an hour


def test_the_table_that_ends_a_run_tells_of_outages(open_ring: Run) -> None:
    told = dict(summary(open_ring))
    assert "2 restored by open points, 1 radial stubs" in told["N-1"]
    assert told["radial stubs"].startswith("power/EG: ")
    assert "not restored" not in told


def test_the_page_shows_the_tables_of_the_month(open_ring: Run, tmp_path: Path) -> None:
    save(open_ring, tmp_path / "run")
    shown = {own["name"]: own for own in studies(Folder(tmp_path / "run"))}
    assert set(shown) == {"security", "contingencies", "firm_load"}
    named = [own["name"] for own in shown["contingencies"]["columns"]]
    rows = shown["contingencies"]["periods"][0]
    assert [dict(zip(named, row, strict=True))["outage"] for row in rows] == [
        row.outage for row in open_ring.rows(ContingencyRow)
    ]
    assert shown["security"]["period"] == "month"


def test_a_transformer_that_fails_costs_what_is_lost_until_it_is_switched(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town")
    net = pp.from_json(str(town / "power.json"))
    a, b = (int(net.bus.index[net.bus.name == name][0]) for name in ("B-TOWN", "B-PUMPS"))
    tie = pp.create_line_from_parameters(net, a, b, 0.5, 0.1, 0.3, 9.0, 0.4, name="TIE")
    pp.create_switch(net, a, tie, "l", closed=False, name="S-TIE")
    pp.to_json(net, str(town / "power.json"))
    (town / "outages.csv").write_text(
        "assets,start,hours\npower/T-TOWN,2026-05-05T06:00,12\n", encoding="utf-8"
    )
    lost = {}
    for restoration in ("false", "true"):
        overrides = ["end=2026-05-07", f"networks.power.restoration={restoration}"]
        run = simulation.run(load_scenario(town, overrides))
        lost[restoration] = run.metrics["unserved_energy_mwh"]
        told = [(row.time, row.kind, row.subject) for row in run.rows(EventRow) if "switched" in row.kind]
        assert bool(told) == (restoration == "true")
    assert told == [
        ("2026-05-05T07:00", "switched around an outage", "power/S-TIE"),
        ("2026-05-05T18:00", "switched back", "power/S-TIE"),
    ]
    assert 0.0 < lost["true"] < 0.2 * lost["false"]
