"""A link may name a bus: what it feeds draws there, as from a load of its own."""

from pathlib import Path

import pytest

from tests.town import write_town
from twin.errors import InvalidInput
from twin.results.tables import EventRow
from twin.scenario import load_scenario
from twin.simulation.clock import open_city, run


def town(folder: Path, *, at_buses: bool) -> Path:
    write_town(folder)
    if at_buses:
        links = (folder / "links.csv").read_text(encoding="utf-8")
        for load in ("power/L-INTAKE", "power/L-LIFT"):
            links = links.replace(load, "power/B-PUMPS")
        (folder / "links.csv").write_text(links, encoding="utf-8")
    return folder


def test_what_is_fed_from_a_bus_draws_as_from_a_load_there(tmp_path: Path) -> None:
    loads = run(load_scenario(town(tmp_path / "loads", at_buses=False)))
    buses = run(load_scenario(town(tmp_path / "buses", at_buses=True)))
    assert buses.metrics == pytest.approx(loads.metrics, rel=1e-9)
    events = [[(row.time, row.kind, row.subject) for row in own.rows(EventRow)] for own in (loads, buses)]
    assert events[0] == events[1]
    assert any(kind == "stopped" for _, kind, _ in events[1])


def test_a_bus_keeps_its_own_readings_and_switches_as_a_bus(tmp_path: Path) -> None:
    scenario = load_scenario(town(tmp_path / "town", at_buses=True))
    signals = {(s.asset, s.quantity) for s in open_city(scenario).signals}
    assert {("power/B-PUMPS", quantity) for quantity in ("voltage_pu", "supply_pu", "power_mw")} <= signals
    (scenario.folder / "outages.csv").write_text(
        "assets,start,hours\npower/B-PUMPS,2026-05-05T06:00,6\n", encoding="utf-8"
    )
    told = [(row.kind, row.subject) for row in run(load_scenario(scenario.folder)).rows(EventRow)]
    assert told[0] == ("outage", "power/B-PUMPS")
    assert ("stopped", "water/PU-INTAKE") in told[:4]


def test_what_is_neither_load_nor_bus_is_refused(tmp_path: Path) -> None:
    folder = town(tmp_path / "town", at_buses=False)
    links = (folder / "links.csv").read_text(encoding="utf-8").replace("power/L-INTAKE", "power/T-TOWN")
    (folder / "links.csv").write_text(links, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"links\.csv:2: unknown load or bus power/T-TOWN"):
        load_scenario(folder)
