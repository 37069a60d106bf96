"""Where the files of a scenario's time series lie."""

import os
from pathlib import Path

FOLDER = "timeseries"
_ENDINGS = (".csv", ".parquet")


def series_paths(folder: Path) -> list[Path]:
    """Return the files of a scenario's time series."""
    own = folder / FOLDER
    if not own.is_dir():
        return []
    return sorted(own / name for name in os.listdir(own) if name.endswith(_ENDINGS))
