"""The line of the daily pass rate, as points and pieces that a template draws.

All places are per cent of the chart's width and height, so that one drawing fits every screen and
its words keep their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from api.figures import PassRate

NAMED_DAYS = 7  # at most so many days are named below the chart


@dataclass(frozen=True)
class Dot:
    """One day with photos that passed or failed; `y` is down from the top."""

    x: float
    y: float
    day: PassRate


@dataclass(frozen=True)
class Line:
    """The chart.

    Attributes:
        dots: days in their order.
        pieces: pairs of dots of days that follow each other; elsewhere the line has a gap.
        named: place and name of some days, the last one among them.
    """

    dots: list[Dot]
    pieces: list[tuple[Dot, Dot]]
    named: list[tuple[float, str]]


def pass_rate_line(days: Sequence[PassRate]) -> Line:
    """The line from the first day to the last; days without photos may be left out."""
    if not days:
        return Line([], [], [])
    first, last = (date.fromisoformat(days[end].key) for end in (0, -1))
    span = max((last - first).days, 1)

    def place(day: date) -> float:
        return round((day - first).days / span * 100, 2)

    dots = [
        Dot(place(date.fromisoformat(day.key)), round(100 - day.pass_rate * 100, 2), day)
        for day in days
        if day.pass_rate is not None
    ]
    step = 100 / span + 0.02  # of one day, and what rounding adds
    pieces = [(a, b) for a, b in pairwise(dots) if b.x - a.x <= step]
    every = -(-(span + 1) // NAMED_DAYS)
    shown = [last - timedelta(days=n) for n in range(0, (last - first).days + 1, every)]
    return Line(dots, pieces, [(place(day), f"{day.month}/{day.day}") for day in shown])
