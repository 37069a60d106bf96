"""Charts of characters: an axis with round numbers, a column for each place, limits as dashed lines."""

from math import ceil, floor, inf, log10
from typing import NamedTuple

from rich.text import Text

from twin.figures import fixed
from twin.report.recorded import Bins, Limits

HEIGHT = 13
_TICKS = 4
"""Between the lowest and the highest value, about."""
_NOTHING = 1e-12
_PLAIN = str.maketrans("│●╌┤┼", "|o-++")


class _Scale(NamedTuple):
    """Round numbers below and above all values, and the ticks between them."""

    bottom: float
    top: float
    tick: float

    def row(self, value: float) -> int:
        """Return the row of a value, from the bottom."""
        return round((value - self.bottom) / (self.top - self.bottom) * (HEIGHT - 1))

    def names(self) -> dict[int, str]:
        """Return the number beside each row that has one."""
        count = round((self.top - self.bottom) / self.tick)
        values = [self.bottom + i * self.tick for i in range(count + 1)]
        decimals = max(0, 1 - floor(log10(self.tick)))
        return {self.row(value): _short(value, decimals) for value in values}


def chart(bins: Bins, limits: Limits, width: int, bottom: list[str], plain: bool = False) -> list[Text]:
    """Return the lines of a chart: the range of each place as a bar, its mean as a dot.

    Parameters
    ----------
    width
        Columns of the whole.
    bottom
        What stands below it, from left to right.
    plain
        Draw with ASCII alone.
    """
    scale = _scale(float(bins.lowest.min()), float(bins.highest.max()), limits)
    names = scale.names()
    margin = max(map(len, names.values()))
    room = max(1, (width - margin - 2) // len(bins.mean))
    bounds = {scale.row(bound) for bound in limits if abs(bound) < inf}
    columns = list(
        zip(*([scale.row(v) for v in own] for own in (bins.lowest, bins.mean, bins.highest)), strict=True)
    )
    lines = []
    for row in range(HEIGHT - 1, -1, -1):
        line = Text().append(names.get(row, "").rjust(margin) + (" ┤" if row in names else " │"), "dim")
        for low, mean, high in columns:
            sign, style = _cell(row, low, mean, high, row in bounds)
            line.append(sign * room, style)
        lines.append(line)
    lines.append(Text(" " * (margin + 2) + _spread(bottom, room * len(columns)), "dim"))
    return [Text(line.plain.translate(_PLAIN)) for line in lines] if plain else lines


def _cell(row: int, low: int, mean: int, high: int, bound: bool) -> tuple[str, str]:
    if row == mean:
        return "●", "bold"
    if low <= row <= high:
        return "│", "blue"
    return ("╌", "red") if bound else (" ", "")


def _scale(lowest: float, highest: float, limits: Limits) -> _Scale:
    """Return a scale for values, with a limit that is near enough to be seen beside them."""
    size = max(abs(lowest), abs(highest))
    if highest - lowest <= max(1e-9 * size, _NOTHING):
        around = 0.1 * size if size > _NOTHING else 1.0  # a line in the middle
        lowest, highest = lowest - around, highest + around
    span = highest - lowest
    for bound in limits:
        if lowest - span <= bound <= highest + span:
            lowest, highest = min(lowest, bound), max(highest, bound)
    least = (highest - lowest) / _TICKS
    decade = 10.0 ** floor(log10(least))
    tick = next(unit * decade for unit in (1.0, 2.0, 2.5, 5.0, 10.0) if unit * decade >= least)
    return _Scale(floor(lowest / tick + 1e-9) * tick, ceil(highest / tick - 1e-9) * tick, tick)


def _short(value: float, decimals: int) -> str:
    """Return a number without zeros that say nothing."""
    text = fixed(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _spread(words: list[str], width: int) -> str:
    """Return words from the left edge to the right one."""
    if len(words) == 1 or sum(map(len, words)) + len(words) > width:
        return words[0]
    gaps, room = len(words) - 1, width - sum(map(len, words))
    text = words[0]
    for i, word in enumerate(words[1:]):
        text += " " * (room // gaps + (i < room % gaps)) + word
    return text
