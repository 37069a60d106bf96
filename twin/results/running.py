"""What a run under way says of itself: a small hidden file beside its results folder to be."""

import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from twin.interrupts import deferred, heard

ENDING = ".running.json"
_PAUSE_S = 0.5
_LATEST = 20

Tell = Callable[[datetime, float, str], None]


@contextmanager
def announce(folder: Path, name: str) -> Iterator[Tell]:
    """Keep ``.<folder>.running.json`` up to date while a run is under way; it is removed at the end.

    Parameters
    ----------
    folder
        The results folder to be.
    name
        Of the scenario.

    Yields
    ------
    Tell
        To be called with the simulated instant, the share that is done, and the last thing that happened.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    file = folder.parent / f".{folder.name}{ENDING}"
    news: deque[str] = deque(maxlen=_LATEST)
    written = 0.0

    def tell(instant: datetime, share: float, last: str) -> None:
        nonlocal written
        if last and (not news or news[-1] != last):
            news.append(last)
        if time.monotonic() - written >= _PAUSE_S:
            written = time.monotonic()
            with suppress(OSError):  # a disk that is full for now must not end a run
                _write(
                    file, {"name": name, "date": f"{instant:%Y-%m-%d}", "share": share, "news": list(news)}
                )

    with deferred():
        try:
            _write(file, {"name": name, "date": "", "share": 0.0, "news": []})
            with heard():
                yield tell
        finally:
            for own in (file, _part(file)):
                with suppress(OSError):
                    own.unlink(missing_ok=True)


def _write(file: Path, content: dict[str, object]) -> None:
    part = _part(file)
    part.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    os.replace(part, file)


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")
