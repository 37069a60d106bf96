"""Where storage stands on a day that stands for others, and what it gives only once."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.simulation.test_store import record
from twin.simulation.account import Account
from twin.simulation.day import DayRecord, Stored
from twin.simulation.settling import Settling
from twin.utilities.base import Cause, Stores, Vector

NONE = float("nan")


class Tanks:
    """A network whose tanks gain and lose as they are told, day by day."""

    name = "water"
    totals = ("unserved_m3",)

    def __init__(self, volumes: list[float], calls: list[float], gathers: bool = False) -> None:
        self.volumes = np.array(volumes)
        count = len(volumes)
        self.stores = Stores(
            tuple(f"water/T{i}" for i in range(count)),
            np.full(count, 10.0),
            np.full(count, 1000.0),
            np.array(calls),
            np.full(count, gathers),
        )
        self.unserved = 0.0

    def read_stored(self) -> Vector:
        return self.volumes.copy()

    def put_stored(self, volumes: Vector) -> None:
        self.volumes = volumes.copy()

    def read_totals(self) -> Vector:
        return np.array([self.unserved])

    def pass_day(self, *gains: float, unserved: float = 0.0) -> None:
        self.volumes = np.clip(self.volumes + gains, 10.0, 1000.0)
        self.unserved += unserved


def settled(tanks: Tanks, *days: tuple[tuple[float, ...], float]) -> tuple[Settling, list[bool]]:
    """Let days pass, each with its gains and what it left unserved; return whether another was wanted."""
    settling: Any = Settling(tanks)  # type: ignore[arg-type]
    wanted = []
    for number, (gains, unserved) in enumerate(days):
        settling.start_day()
        tanks.pass_day(*gains, unserved=unserved)
        wanted.append(settling.goes_on(number))
    settling.end()
    return settling, wanted


def test_a_tank_begins_where_its_controls_have_just_called_and_one_without_where_the_file_says() -> None:
    tanks = Tanks([900.0, 321.0], [400.0, NONE])
    Settling(tanks)  # type: ignore[arg-type]
    assert tanks.volumes.tolist() == [399.0, 321.0]


def test_a_tank_that_is_filled_again_goes_on_for_a_second_day() -> None:
    tanks = Tanks([900.0], [400.0])
    settling, wanted = settled(tanks, ((250.0,), 0.0), ((-30.0,), 0.0))
    assert wanted == [True, False]
    assert not settling.drains
    assert tanks.volumes.tolist() == [619.0]


def test_a_drain_that_a_month_would_not_end_is_no_drain() -> None:
    tanks = Tanks([900.0], [400.0])
    settling, wanted = settled(tanks, ((-5.0,), 0.0), ((-5.0,), 0.0))
    assert wanted == [True, False]
    assert not settling.drains
    assert tanks.volumes.tolist() == [389.0]


def test_a_drain_is_carried_to_its_end_in_one_step() -> None:
    tanks = Tanks([900.0], [400.0])
    settling, wanted = settled(tanks, ((-100.0,), 0.0), ((0.0,), 120.0))
    assert wanted == [True, False]
    assert settling.drains
    assert tanks.volumes.tolist() == [10.0]


def test_what_another_tank_gains_is_no_drain_of_the_network() -> None:
    tanks = Tanks([900.0, 900.0], [400.0, 400.0])
    settling, wanted = settled(tanks, ((-100.0, 110.0), 0.0), ((0.0, 0.0), 0.0))
    assert not settling.drains
    assert wanted == [True, False]


def test_a_drain_that_would_rest_on_the_way_is_halved_towards_where_it_rests() -> None:
    tanks = Tanks([900.0], [400.0])
    settling, wanted = settled(tanks, ((-100.0,), 0.0), ((50.0,), 0.0), ((-20.0,), 0.0), ((5.0,), 0.0))
    assert wanted == [True, True, True, False]
    assert not settling.drains
    # from 10 to 399: half is too full, a quarter gains, so between a quarter and a half
    assert tanks.volumes.tolist() == [pytest.approx(10.0 + 0.375 * 389.0)]


def test_what_gathers_more_each_day_begins_full() -> None:
    tanks = Tanks([0.0], [NONE], gathers=True)
    settled(tanks, ((40.0,), 0.0), ((40.0,), 0.0))
    assert tanks.volumes.tolist() == [1000.0]
    slow = Tanks([10.0], [NONE], gathers=True)
    settled(slow, ((1.0,), 0.0), ((1.0,), 0.0))
    assert slow.volumes.tolist() == [12.0]


def day(lost: float, stored: Stored, network: str = "water") -> DayRecord:
    water = network == "water"
    loss = "unserved_m3" if water else "spilled_m3"
    totals = {loss: lost, **({"served_m3": 100.0, "stored_m3": 0.0} if water else {"treated_m3": 100.0})}
    causes = {Cause(loss, "source", f"{network}/R"): lost}
    return replace(record(), totals={network: totals}, causes=causes, stored={network: stored})


def test_storage_gives_once_what_a_day_that_stands_for_thirty_would_give_thirty_times() -> None:
    """A tank of 300 m3 is empty for a month in which 50 m3 a day are missing: 1,200 m3 are, and not 1,500."""
    account = Account()
    account.add("2026-01", day(0.0, Stored(300.0, 300.0, 300.0, False)), 1.0)
    account.add("2026-02", day(50.0, Stored(300.0, 0.0, 0.0, True)), 30.0)
    own = account.totals["water"]
    assert own["unserved_m3"] == pytest.approx(1200.0)
    assert own["served_m3"] == pytest.approx(3100.0 + 300.0)
    assert own["stored_m3"] == pytest.approx(-300.0)
    assert sum(account.unserved.values()) == pytest.approx(1200.0)
    account.add("2026-03", day(50.0, Stored(300.0, 0.0, 0.0, True)), 30.0)
    assert own["unserved_m3"] == pytest.approx(1200.0 + 1500.0)


def test_a_tank_that_gives_on_the_day_itself_does_not_give_each_day() -> None:
    """The day asks for 20 m3 more than there is and the tank gives them: 19 days of 20 are missing in all."""
    account = Account()
    account.add("2026-01", day(0.0, Stored(20.0, 20.0, 20.0, False)), 1.0)
    account.add("2026-02", day(1e-9, Stored(20.0, 20.0, 0.0, True)), 20.0)
    assert account.totals["water"]["unserved_m3"] == pytest.approx(19 * 20.0)


def test_storage_that_lasts_for_the_month_leaves_nothing_missing_and_keeps_the_rest() -> None:
    account = Account()
    account.add("2026-01", day(0.0, Stored(900.0, 900.0, 900.0, False)), 1.0)
    for month, missing in (("2026-02", 0.0), ("2026-03", 0.0), ("2026-04", 600.0)):
        before = account.totals["water"]["unserved_m3"]
        account.add(month, day(20.0, Stored(900.0, 0.0, 0.0, True)), {"2026-04": 45.0}.get(month, 15.0))
        assert account.totals["water"]["unserved_m3"] - before == pytest.approx(missing)


def test_a_basin_takes_once_what_would_spill() -> None:
    account = Account()
    account.add("2026-01", day(10.0, Stored(0.0, 200.0, 200.0, False), "wastewater"), 30.0)
    own = account.totals["wastewater"]
    assert own["spilled_m3"] == pytest.approx(300.0 - 200.0)
    assert own["treated_m3"] == pytest.approx(3000.0 + 200.0)


def test_a_network_without_storage_loses_as_often_as_the_day_stands_for() -> None:
    account = Account()
    account.add("2026-01", replace(day(10.0, Stored(0, 0, 0, False)), stored={}), 30.0)
    assert account.totals["water"]["unserved_m3"] == pytest.approx(300.0)


def test_a_tank_that_floats_is_carried_to_the_level_it_nears() -> None:
    tanks = Tanks([500.0], [NONE])
    settled(tanks, ((-100.0,), 0.0), ((-50.0,), 0.0))
    assert tanks.volumes.tolist() == [pytest.approx(500.0 - 100.0 / (1.0 - 0.5))]
    steady = Tanks([500.0], [NONE])
    settled(steady, ((-100.0,), 0.0), ((-100.0,), 0.0))
    assert steady.volumes.tolist() == [10.0]
    still = Tanks([500.0], [NONE])
    settled(still, ((-30.0,), 0.0), ((20.0,), 0.0))
    assert still.volumes.tolist() == [490.0]
