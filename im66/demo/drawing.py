"""Draws flat shapes. The same calls give the same picture."""

import io
import math
from collections.abc import Iterable
from itertools import pairwise

from PIL import Image, ImageDraw

Point = tuple[float, float]

# Drawn so many times larger and then reduced: Pillow's own edges are jagged.
_OVER = 2


class Canvas:
    """A picture in the making, on a background that goes from the colour `top` to `bottom`."""

    def __init__(self, width: int, height: int, top: str, bottom: str | None = None) -> None:
        self._size = (width, height)
        large = (width * _OVER, height * _OVER)
        self._image = Image.new("RGB", large, top)
        if bottom:
            shade = Image.linear_gradient("L").resize(large)
            self._image.paste(Image.new("RGB", large, bottom), mask=shade)
        self._pen = ImageDraw.Draw(self._image, "RGBA")

    def disc(self, x: float, y: float, radius: float, fill: str) -> None:
        self.oval(x, y, radius, radius, fill)

    def oval(self, x: float, y: float, across: float, down: float, fill: str) -> None:
        """`across`, `down`: half its width and half its height."""
        self._pen.ellipse(_scaled([(x - across, y - down), (x + across, y + down)]), fill)

    def area(self, points: Iterable[Point], fill: str) -> None:
        self._pen.polygon(_scaled(points), fill)

    def line(self, points: Iterable[Point], width: float, fill: str) -> None:
        """With round corners and ends."""
        corners = list(points)
        self._pen.line(_scaled(corners), fill, round(width * _OVER), joint="curve")
        for x, y in (corners[0], corners[-1]):
            self.disc(x, y, width / 2, fill)

    def picture(self) -> Image.Image:
        return self._image.resize(self._size, Image.Resampling.BOX)


def ridge(width: int, height: int, level: float, waves: Iterable[tuple[float, float, float]]) -> list[Point]:
    """The area below a line of hills around `level`. Each wave: its height, its length, where it begins."""
    shapes = list(waves)
    line = [
        (float(x), level + sum(tall * math.sin((x + at) / length) for tall, length, at in shapes))
        for x in range(0, width + 8, 8)
    ]
    return [(0.0, float(height)), *line, (float(width + 8), float(height))]


def smooth(corners: list[Point]) -> list[Point]:
    """A curve along these corners, from the first to the last: each time all corners are cut (Chaikin)."""
    for _ in range(6):
        cut = [
            (x + (to_x - x) * part, y + (to_y - y) * part)
            for (x, y), (to_x, to_y) in pairwise(corners)
            for part in (0.25, 0.75)
        ]
        corners = [corners[0], *cut, corners[-1]]
    return corners


def encoded(picture: Image.Image, format_: str) -> bytes:
    """The file with the picture."""
    file = io.BytesIO()
    picture.save(file, format_, quality=88)
    return file.getvalue()


def _scaled(points: Iterable[Point]) -> list[Point]:
    return [(x * _OVER, y * _OVER) for x, y in points]
