"""Load a year of quarters of an hour for 10,000 assets: ``python -m benchmarks.loading``.

It writes 1.4 GB of Parquet and as much again, unpacked, into the folder for temporary files.
"""

import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from twin.scenario.demand import TimeSeries
from twin.scenario.series_clock import resampled
from twin.scenario.timeseries import read_series

ASSETS, ROWS, GROUP = 10_000, 35_040, 2_920


def write(folder: Path) -> Path:
    """Write the file, drawn with a seed."""
    path = folder / "timeseries" / "year.parquet"
    path.parent.mkdir()
    rng = np.random.default_rng(1)
    names = [f"power/L{number} [kW]" for number in range(ASSETS)]
    schema = pa.schema([("time", pa.timestamp("s")), *((name, pa.float64()) for name in names)])
    begin = np.datetime64("2026-01-01", "s")
    with pq.ParquetWriter(path, schema, use_dictionary=False) as writer:
        for row in range(0, ROWS, GROUP):
            times = begin + np.arange(row, row + GROUP) * np.timedelta64(900, "s")
            values = rng.random((ASSETS, GROUP)).round(3)
            writer.write_table(pa.table([pa.array(times), *map(pa.array, values)], schema=schema))
    return path


def measure() -> dict[str, float]:
    """Return what loading takes, and what a day then takes."""
    with tempfile.TemporaryDirectory() as name:
        path = write(Path(name))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, processor = time.perf_counter(), time.process_time()
        (file,) = read_series(Path(name), TimeSeries())
        wall, used = time.perf_counter() - began, time.process_time() - processor
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024.0
        began = time.perf_counter()
        for day in range(0, 365, 5):
            resampled(np.asarray(file.values[day * 96 : day * 96 + 96]), 24)
        day_ms = 1e3 * (time.perf_counter() - began) / 73
        about = {"series": float(ASSETS), "gb": path.stat().st_size / 1e9, "more_mb": more}
        return {**about, "wall_s": wall, "processor_s": used, "day_ms": day_ms}


def main() -> None:
    """Print it."""
    for name, value in measure().items():
        print(f"{name}: {value:,.1f}")


if __name__ == "__main__":
    main()
