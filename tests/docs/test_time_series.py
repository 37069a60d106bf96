"""The page on time series: its file and its settings are read as it says."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pandapower as pp
import pandapower.networks as pn
import pytest
import wntr

from twin.demand.growth import Growth
from twin.scenario import load_scenario
from twin.scenario.scaffold import scaffold
from twin.scenario.warnings import warnings

PAGE = Path(__file__).parents[2] / "docs" / "time-series.md"
NET3 = Path(wntr.__file__).parent / "library" / "networks" / "Net3.inp"


def test_the_file_and_the_settings_of_the_page_are_read(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (header, first, _) = re.findall(r"```\n(time,.*?)```", text, re.DOTALL)[0].splitlines()
    (settings,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    pp.to_json(pn.create_cigre_network_mv(), str(tmp_path / "grid.json"))
    scaffold(tmp_path / "town", {"power": tmp_path / "grid.json", "water": NET3})
    (tmp_path / "town" / "districts.csv").write_text("district\nGate\n", encoding="utf-8")
    begin, cells = datetime(2026, 1, 1), first.partition(",")[2]
    rows = (f"{begin + timedelta(minutes=15 * n):%Y-%m-%dT%H:%M},{cells}" for n in range(31 * 96))
    (tmp_path / "town" / "timeseries").mkdir()
    (tmp_path / "town" / "timeseries" / "own.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    with (tmp_path / "town" / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write(settings)
    scenario = load_scenario(tmp_path / "town")
    growth = Growth(scenario)
    given = {
        (own.asset, own.field): value
        for name in growth.series.given
        for own, value in zip(
            growth.series.given[name], growth.series.on(name, date(2026, 1, 5), 24)[0], strict=True
        )
    }
    assert given == pytest.approx(
        {
            ("water/15", "demand_m3_per_s"): 0.0012,
            ("power/Load R1", "p_mw"): 0.1431,
            ("power/Load R1", "q_mvar"): 0.0402,
        }
    )
    assert growth.shapes.on("residential_power", date(2026, 1, 5))[0] == 0.61
    assert growth.shapes.on("water", date(2026, 1, 5), "Gate")[0] == 0.4
    told = [str(line) for line in warnings(scenario)]
    assert "timeseries/own.csv:1: the series rooftops is not used" in told
