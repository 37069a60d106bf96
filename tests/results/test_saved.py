"""A saved run's tables, typed as they were declared, in files and in SQL; its recordings among them."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.report.folders import write_run
from tests.town import write_town
from twin.errors import InvalidInput
from twin.report.exports.write import export
from twin.results.arrow import schema
from twin.results.hourly import read_series, recorded_files, recorded_signals
from twin.results.manifest import strangers
from twin.results.run import Run, save
from twin.results.saved import saved_tables
from twin.results.tables import Headroom, Hourly, Monthly
from twin.scenario import load_scenario
from twin.simulation import clock as simulation
from twin.sweep.querying import query

RECORD = "record=[{assets: [power/T-*, water/T-HILL]}, {assets: power/T-TOWN, statistic: max}]"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = write_town(tmp_path_factory.mktemp("saved") / "town")
    return simulation.run(load_scenario(folder, ["end=2026-05-06", RECORD]))


@pytest.fixture
def run(done: Run, tmp_path: Path) -> Path:
    return save(done, tmp_path / "run")


def test_every_table_has_the_types_that_it_declares(run: Path) -> None:
    tables = saved_tables(run)
    assert {"metrics", "monthly", "hourly", "headroom", "events", "people", "bounds"} <= tables.keys()
    assert tables["headroom"].schema == schema(Headroom)
    for table in (Monthly, Hourly):
        assert tables[table.table].schema == schema(table)
    assert tables["monthly"].to_table().num_rows > 0


def test_text_that_a_sheet_would_run_is_read_as_it_was(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    names = saved_tables(folder)["developments"]["name"].to_pylist()
    assert "Mill" in names
    assert not any(name.startswith("'") for name in names)


def test_a_single_run_answers_in_sql(run: Path, done: Run) -> None:
    columns, ((peak, when),) = query(
        run,
        "SELECT max(value), arg_max(time, value) FROM hourly "
        "WHERE asset = 'power/T-TOWN' AND quantity = 'loading_percent' AND statistic = 'max'",
    )
    i = next(
        i for i, s in enumerate(done.signals) if (s.asset, s.quantity) == ("power/T-TOWN", "loading_percent")
    )
    assert (len(columns), peak) == (2, max(month.maximum[i] for month in done.months))
    assert isinstance(when, datetime)
    (metric,) = query(run, "SELECT unserved_energy_mwh FROM metrics")[1][0]
    assert metric == done.metrics["unserved_energy_mwh"]
    joined = "SELECT count(*) FROM hourly JOIN bounds USING (asset, quantity) WHERE value > upper"
    assert query(run, joined)[1] == [(0,)]


@pytest.mark.parametrize("wrong", ["SELECT * FROM runs", "SELECT nonsense FROM hourly", ""])
def test_a_query_that_is_none_is_one_line(run: Path, wrong: str) -> None:
    with pytest.raises(InvalidInput) as error:
        query(run, wrong)
    assert len(error.value.mistakes) == 1


def test_what_a_run_holds_is_read_signal_by_signal(run: Path, done: Run) -> None:
    assert done.recorded is not None
    assert recorded_signals(run)["water/T-HILL"] == ["level_m", "fill_percent"]
    series = read_series(run, "power/T-TOWN")
    ways = [(own.quantity, own.statistic) for own in series]
    assert sorted(ways) == sorted({*ways})
    assert {statistic for _, statistic in ways} == {"mean", "max"}
    for own in series:
        assert (own.times[1:] > own.times[:-1]).all()
        assert len(own.values) == 48
    assert read_series(run, "power/T-NONE") == []


def test_a_recording_is_replaced_and_removed_with_its_folder(run: Path, done: Run) -> None:
    assert [path.name for path in recorded_files(run)] == ["power.parquet", "water.parquet"]
    assert strangers(run) == []
    plain = simulation.run(done.scenario.model_copy(update={"record": ()}))
    save(plain, run)
    assert not (run / "hourly").exists()
    assert read_series(run, "power/T-TOWN") == []


def test_what_is_not_ours_among_recordings_stays(run: Path, done: Run) -> None:
    (run / "hourly" / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"hourly/mine\.txt"):
        save(done, run)
    save(done, run, force=True)
    assert (run / "hourly" / "mine.txt").read_text() == "mine"
    assert len(recorded_files(run)) == 2


def test_the_files_of_a_run_go_with_it(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    run = simulation.run(load_scenario(folder, ["end=2026-05-05", RECORD]))
    assert run.recorded is not None
    place = run.recorded._folder
    assert len(list(place.iterdir())) == 2
    del run
    assert not place.exists()


def damaged(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(raw)


def text(path: Path) -> None:
    path.write_text("no table")


def another(path: Path) -> None:
    pq.write_table(pa.table({"time": ["noon"], "asset": [1]}), path)


@pytest.mark.parametrize("spoil", [damaged, text, another])
def test_a_recording_that_is_none_is_one_line(run: Path, spoil: object) -> None:
    spoil(run / "hourly" / "power.parquet")  # type: ignore[operator]
    for reading in (
        lambda: read_series(run, "power/T-TOWN"),
        lambda: query(run, "SELECT sum(value), max(time), count(asset) FROM hourly"),
    ):
        with pytest.raises(InvalidInput) as error:
            reading()
        (line,) = error.value.mistakes
        assert "\n" not in str(line)


def test_text_that_is_long_in_every_row_is_counted_before_it_is_unpacked(run: Path) -> None:
    file = run / "hourly" / "power.parquet"
    rows = pq.read_table(file)
    long = pa.array(["power/T-TOWN", "x" * 100_000]).dictionary_encode()
    names = pa.DictionaryArray.from_arrays(pa.array([0, *[1] * (len(rows) - 1)], pa.int32()), long.dictionary)
    again = pa.concat_tables([rows.set_column(2, "asset", names)] * 400)
    pq.write_table(again, file, compression="zstd")
    with pytest.raises(InvalidInput, match="GiB unpacked"):
        recorded_signals(run)
    assert file.stat().st_size < 2**20


def test_a_file_of_many_parts_is_read_part_by_part(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = run / "hourly" / "power.parquet"
    rows = pq.read_table(file)
    pq.write_table(rows, file, row_group_size=len(rows) // 10)
    monkeypatch.setattr("twin.results.parquet.MOST_UNPACKED_BYTES", len(rows) * 10 * 8 // 5)
    assert len(read_series(run, "power/T-TOWN")[0].values) == 48
    pq.write_table(rows, file)
    with pytest.raises(InvalidInput, match="unpacked"):
        read_series(run, "power/T-TOWN")


def test_columns_of_money_carry_their_currency(done: Run, tmp_path: Path) -> None:
    run = simulation.run(done.scenario.model_copy(update={"currency": "EUR", "record": ()}))
    columns, _ = query(save(run, tmp_path / "euro"), "SELECT * FROM cashflow")
    assert "works_bn_eur" in columns


def test_a_workbook_has_no_sheet_of_recordings_and_says_so(run: Path, tmp_path: Path) -> None:
    (line,) = export(run, {"--xlsx": tmp_path / "run.xlsx"})
    assert line == "hourly has no sheet: twin query and pandas read it"
    shutil.rmtree(run / "hourly")
    assert export(run, {"--xlsx": tmp_path / "run.xlsx"}) == []


def test_no_link_is_followed_to_a_recording(run: Path, tmp_path: Path) -> None:
    (run / "hourly").rename(tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", run / "hourly")
    for reading in (recorded_files, saved_tables, recorded_signals):
        with pytest.raises(InvalidInput, match="is a link, and is not followed"):
            reading(run)


def test_a_file_of_recordings_that_is_a_link_is_refused(run: Path, tmp_path: Path) -> None:
    (run / "hourly" / "power.parquet").rename(tmp_path / "power.parquet")
    os.symlink(tmp_path / "power.parquet", run / "hourly" / "power.parquet")
    with pytest.raises(InvalidInput, match="is a link or no file"):
        read_series(run, "power/T-TOWN")
