"""Feeds trip, wait and restart."""

import numpy as np
import pytest

from twin.scenario.schema import Link
from twin.utilities.coupling import Opened, Port
from twin.utilities.power.feeds import Feeds
from twin.utilities.power.links import DRAWN

PUMP = Link(kind="pump", asset="water/PU", to="power/L", power_factor=0.8, restart_delay_s=600)
COLUMNS = {("water/PU", "power_kw"): 0, ("power/L", "supply_pu"): 1}
DEAD, ALIVE = np.array([1000.0, 0.0]), np.array([1000.0, 1.0])


def opened(columns: dict[tuple[str, str], int] = COLUMNS) -> Opened:
    return Opened(columns, {("power", DRAWN): Port(("power/L",))}, {}, 1e-3)


def feeds(**changes: object) -> Feeds:
    return Feeds([PUMP.model_copy(update=changes)], opened())


def drawn(feeds: Feeds, readings: np.ndarray) -> np.ndarray:
    feeds.draw(readings)
    return feeds.hand_over()


def test_kw_become_mw_and_mvar_at_the_links_power_factor() -> None:
    p, q = drawn(feeds(), ALIVE)
    assert p[0] == pytest.approx(1.0)
    assert q[0] == pytest.approx(0.75)


def test_moves_are_counted_from_what_was_handed_over() -> None:
    pump = feeds()
    assert pump.draw(ALIVE) == pytest.approx(1000.0)
    assert pump.draw(ALIVE) == pytest.approx(1000.0)
    pump.hand_over()
    assert pump.draw(np.array([1200.0, 1.0])) == pytest.approx(200.0)
    pump.reset()
    assert pump.draw(ALIVE) == pytest.approx(1000.0)


def test_a_pump_stops_without_supply_and_waits_before_it_restarts() -> None:
    pump = feeds()
    trace = []
    for now, supply in [(0, ALIVE), (3600, DEAD), (7200, ALIVE), (7500, ALIVE), (7800, ALIVE)]:
        pump.update(supply, now)
        trace.append((now, pump.flags[0], min(pump.next_change_s(now), 9999)))
    assert trace == [
        (0, 1.0, 9999),
        (3600, 0.0, 9999),
        (7200, 0.0, 600),
        (7500, 0.0, 300),
        (7800, 1.0, 9999),
    ]


def test_voltage_that_returns_because_the_motor_tripped_does_not_restart_it_at_once() -> None:
    pump = feeds()
    assert pump.update(np.array([1000.0, 0.8]), 0)
    assert not pump.update(np.array([0.0, 0.95]), 0)
    assert pump.flags[0] == 0.0


def test_a_backup_generator_bridges_until_its_fuel_is_gone() -> None:
    pump = feeds(fuel_h=1.0)
    pump.update(DEAD, 0)
    assert pump.flags[0] == 1.0
    assert drawn(pump, DEAD)[0][0] == 0.0
    assert pump.next_change_s(0) == 3600
    pump.advance(DEAD, 3600, lambda utility: True)
    pump.update(DEAD, 3600)
    assert pump.flags[0] == 0.0


def test_a_process_draws_its_energy_per_cubic_metre() -> None:
    link = Link(kind="process", asset="water/V", to="power/L", kwh_per_m3=0.5)
    columns = {("water/V", "flow_m3_per_s"): 0, ("power/L", "supply_pu"): 1}
    process = Feeds([link], opened(columns))
    assert drawn(process, np.array([2.0, 1.0]))[0][0] == pytest.approx(2.0 * 3600 * 0.5 / 1000)


def test_what_is_fed_must_say_what_it_draws() -> None:
    columns = {place: column for place, column in COLUMNS.items() if place[1] != "power_kw"}
    with pytest.raises(ValueError, match="water/PU has no signal power_kw, which a link of kind pump reads"):
        Feeds([PUMP], opened(columns))
