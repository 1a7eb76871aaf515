"""Draws the number of messages per minute as an SVG. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 720, 160
# Minutes per point of the line.
STEP = 5
# Minimum distance of a label from either side, so that none is cut off.
MARGIN = 36


class Tick(NamedTuple):
    """A label below the line. `x`: its distance from the left."""

    x: int
    text: str


class Chart(NamedTuple):
    """`line`: points of the polyline; `area`: points of the area below it. `most`: the value at the top."""

    line: str
    area: str
    most: int
    ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT


class Hour(NamedTuple):
    """`messages`: the number in the hour that begins at `time`, in seconds since 1970; `most`: the number in
    its busiest minute."""

    time: int
    messages: int
    most: int


def draw(minutes: Sequence[int], end: int) -> Chart:
    """Draw the chart. `minutes`: messages in each minute, oldest first. `end`: when the last minute ended."""
    steps = [max(minutes[at : at + STEP]) for at in range(0, len(minutes), STEP)]
    most = max(1, *steps)
    points = [
        f"{WIDTH * at / max(1, len(steps) - 1):.1f},{HEIGHT * (1 - value / most):.1f}"
        for at, value in enumerate(steps)
    ]
    line = " ".join(points)
    return Chart(line, f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}", most, _ticks(len(minutes), end))


def hourly_counts(minutes: Sequence[int], end: int) -> list[Hour]:
    """Return the same figures by hour, latest first. The first and the last hour may be incomplete."""
    begin = end - 60 * len(minutes)
    hours: dict[int, list[int]] = {}
    for at, value in enumerate(minutes):
        hours.setdefault((begin + 60 * at) // 3600 * 3600, []).append(value)
    return [Hour(time, sum(values), max(values)) for time, values in sorted(hours.items(), reverse=True)]


def _ticks(minutes: int, end: int) -> list[Tick]:
    """Return a tick for every fourth hour."""
    begin = end - 60 * minutes
    times = range(-(-begin // 14400) * 14400, end, 14400)
    ticks = [
        Tick(round(WIDTH * (time - begin) / (60 * minutes)), f"{time // 3600 % 24:02}:00") for time in times
    ]
    return [tick for tick in ticks if MARGIN <= tick.x <= WIDTH - MARGIN]
