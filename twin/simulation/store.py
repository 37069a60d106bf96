"""Days that were simulated before, kept on disk by the digest of all that they depend on.

A file holds arrays and text, never objects. It may be lost, cut short or overwritten at any time, by
whatever process: what does not check out is no hit, and is simulated again.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from hashlib import blake2b
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from twin.errors import Mistake, Unsolved
from twin.interrupts import deferred, hear
from twin.simulation.day import DayRecord, Stored
from twin.utilities.base import Cause

MOST_BYTES = 2 << 30
"""What all kept days together may take; the ones that were not used for longest go first."""
_KEPT_SHARE = 0.75
_LOOK_EVERY = 200
_MARK = b"twin day 1\n"
_CHECK_BYTES = 16
_ARRAYS = (
    *("times", "seconds", "readings", "active_from", "active", "solved"),
    *("rounds", "residual_kw", "unsettled"),
)


class Store:
    """Keeps days in a folder.

    Parameters
    ----------
    folder
        Made if it is not there.
    most_bytes
        What all of them may take.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        self._written = 0

    def get(self, digest: str) -> DayRecord | None:
        """Return a kept day, None if there is none that checks out."""
        path = self._path(digest)
        try:
            record = unpack(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record

    def put(self, digest: str, packed: bytes) -> None:
        """Keep a packed day, if there is room."""
        path = self._path(digest)
        hear()
        with deferred(), suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(packed)
                os.replace(name, path)
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)
                raise
        if self._written % _LOOK_EVERY == 0:
            self._make_room()
        self._written += 1

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def _make_room(self) -> None:
        """Remove the days that were not used for longest, if all take too much."""
        found = sorted(_files(self._folder))
        total = sum(size for _, size, _ in found)
        if total <= self._most_bytes:
            return
        for _, size, path in found:
            with suppress(OSError):
                os.unlink(path)
            total -= size
            if total <= _KEPT_SHARE * self._most_bytes:
                break


def _files(folder: Path) -> Iterator[tuple[float, int, str]]:
    """Yield when each file was used last, its size and its path."""
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                path = os.path.join(place, name)
                status = os.stat(path)
                yield status.st_mtime, status.st_size, path


def pack(record: DayRecord) -> bytes:
    """Return a day as bytes: a mark, a check sum, a table of contents, and arrays."""
    arrays = {name: np.ascontiguousarray(getattr(record, name)) for name in _ARRAYS}
    # a signal's readings of a day are much alike: column by column they take a third
    arrays["readings"] = np.ascontiguousarray(record.readings.T)
    arrays |= {f"relief {name}": np.ascontiguousarray(onto) for name, onto in record.relief.items()}
    contents = {
        "arrays": [[name, array.dtype.str, array.shape] for name, array in arrays.items()],
        "held": [[row, {kind: list(names) for kind, names in held.items()}] for row, held in record.held],
        "unsolved": [
            [row, {name: [why.reason, why.element] for name, why in reasons.items()}]
            for row, reasons in record.unsolved
        ],
        "totals": record.totals,
        "causes": [[*cause, float(amount)] for cause, amount in record.causes.items()],
        "warnings": [[getattr(mistake, f.name) for f in fields(Mistake)] for mistake in record.warnings],
        "stored": {name: list(stored) for name, stored in record.stored.items()},
        "settling_days": record.settling_days,
    }
    head = json.dumps(contents).encode()
    plain = b"".join([len(head).to_bytes(8, "little"), head, *(a.tobytes() for a in arrays.values())])
    packed: bytes = len(plain).to_bytes(8, "little") + pa.compress(plain, codec="lz4", asbytes=True)
    return bytes(_MARK + blake2b(packed, digest_size=_CHECK_BYTES).digest() + packed)


def unpack(data: bytes) -> DayRecord:
    """Return a day from its bytes.

    Raises
    ------
    ValueError
        If they are not what was packed.
    """
    start = len(_MARK) + _CHECK_BYTES
    check, packed = data[len(_MARK) : start], data[start:]
    if not data.startswith(_MARK) or check != blake2b(packed, digest_size=_CHECK_BYTES).digest():
        raise ValueError("not a kept day, or damaged")
    size = int.from_bytes(packed[:8], "little")
    plain = memoryview(pa.decompress(packed[8:], decompressed_size=size, codec="lz4", asbytes=True))
    length = int.from_bytes(plain[:8], "little")
    contents = json.loads(bytes(plain[8 : 8 + length]))
    arrays = _arrays(contents["arrays"], plain[8 + length :])
    # the readings are by far the largest: they are turned and copied at once
    arrays = {
        name: np.array(array.T if name == "readings" else array, order="C") for name, array in arrays.items()
    }
    held = contents["held"]
    return DayRecord(
        **{name: arrays[name] for name in _ARRAYS},
        held=tuple((row, {kind: tuple(names) for kind, names in own.items()}) for row, own in held),
        unsolved=tuple(
            (row, {name: Unsolved(*why) for name, why in reasons.items()})
            for row, reasons in contents["unsolved"]
        ),
        totals=contents["totals"],
        causes={Cause(*cause): amount for *cause, amount in contents["causes"]},
        relief={name[7:]: array for name, array in arrays.items() if name.startswith("relief ")},
        warnings=tuple(Mistake(*values) for values in contents["warnings"]),
        stored={name: Stored(*stored) for name, stored in contents["stored"].items()},
        settling_days=contents["settling_days"],
    )


def _arrays(listed: list[Any], data: memoryview) -> dict[str, Any]:
    """Return arrays that look at the data itself, and cannot be written."""
    found, start = {}, 0
    for name, kind, shape in listed:
        found[name] = np.frombuffer(data, dtype=kind, count=prod(shape), offset=start).reshape(shape)
        start += found[name].nbytes
    return found


def store_of_user(variables: Mapping[str, str] = os.environ) -> Store | None:
    """Return the store in the user's cache folder, or where ``TWIN_DAYS`` says; None for ``off``."""
    chosen = variables.get("TWIN_DAYS", "")
    if chosen == "off":
        return None
    if chosen:
        return Store(Path(chosen))
    home = variables.get("XDG_CACHE_HOME") or (variables.get("HOME") and f"{variables['HOME']}/.cache")
    return Store(Path(home) / "twin" / "days") if home else None
