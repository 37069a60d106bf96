"""Values that nobody means, and valid ones that nobody would choose."""

from typing import Any, TypeVar

import numpy as np

Random = np.random.Generator
T = TypeVar("T")

NUMBERS: tuple[Any, ...] = (
    *(
        0,
        0.0,
        -0.0,
        -1,
        1,
        2,
        1e-9,
        1e-30,
        1e-320,
        0.5,
        99.9,
        100,
        101,
        1e4,
        1e6,
        1e9,
        1e12,
        1e13,
        1e30,
        1e300,
    ),
    *(-1e-9, -1e6, -1e12, 2**31 - 1, 2**31, 2**53, 2**63, 10**12, 10**19, 10**30, -(2**31), -(2**63)),
    *(float("nan"), float("inf"), float("-inf")),
)
WORDS: tuple[Any, ...] = (
    *("", " ", "nan", "inf", "-", "*", "abc", "1,5", "1 000", "50 %", "1e", "0x10", "1_000", "true", "OPEN"),
    *(
        "12.5.6",
        "2026-01-01",
        "2026-02-30",
        "25:61",
        "=1+1",
        "../up",
        "имя",
        "a" * 300,
        "\u0000",
        "ё\n",
        "#REF!",
    ),
)
THINGS: tuple[Any, ...] = (None, True, False, [], {}, [1], {"a": 1}, [[]], [None])


def pick(rng: Random, of: "tuple[T, ...] | list[T]") -> T:
    """Return one of some things."""
    return of[int(rng.integers(len(of)))]


def odd_number(rng: Random, now: Any = None) -> Any:
    """Return a number from the list, or what a number was, shifted, turned round, or in another unit."""
    if isinstance(now, int | float) and not isinstance(now, bool) and rng.random() < 0.5:
        return pick(rng, [-now, now * 10, now / 10, now * 1000, now / 1000, now + 1, now - 1, now * 1e-6])
    return pick(rng, NUMBERS)


def odd_value(rng: Random, now: Any = None) -> Any:
    """Return a number, most of the time, or a word or a thing where none belongs."""
    kind = rng.random()
    if kind < 0.7:
        return odd_number(rng, now)
    return pick(rng, WORDS) if kind < 0.9 else pick(rng, THINGS)


def how_many(rng: Random) -> int:
    """Return how many mutations something gets: one, mostly, so that much of it still passes."""
    return int(pick(rng, (1, 1, 1, 1, 2, 2, 3)))
