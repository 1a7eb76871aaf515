"""The pictures that people send: a lake, the map of a walk, an evening."""

from collections.abc import Iterable
from itertools import pairwise, product
from math import dist

from PIL import Image

from im66.demo.drawing import Canvas, Point, encoded, ridge, smooth

_PAPER, _PENCIL = "#f7f1e3", "#5b5348"
_HEIGHTS = ("#e9e6c8", "#dfe2bd", "#d3dcb0", "#c6d5a3", "#b9cc97")
_STREAM: list[Point] = [(60, 480), (180, 440), (290, 510), (400, 460), (520, 550), (700, 550), (940, 640)]
_UP: list[Point] = [(130, 600), (190, 500), (280, 440), (310, 360), (420, 330), (450, 240), (606, 250)]
_DOWN: list[Point] = [(606, 250), (700, 280), (720, 360), (660, 440), (640, 530), (480, 620), (130, 600)]
# How wide each house is, and where its roof is.
_HOUSES = ((112, 860), (84, 800), (128, 890), (76, 830), (132, 900), (100, 815), (168, 870))


def lake() -> bytes:
    """Mountains in a lake, as a JPEG."""
    return encoded(_lake(), "JPEG")


def route() -> bytes:
    """The sketch of a walk: from the metro up to a pavilion, and down by the tea fields. As a PNG."""
    return encoded(_route(), "PNG")


def evening() -> bytes:
    """The sun sets behind a town, upright, as a JPEG."""
    return encoded(_evening(), "JPEG")


def _lake() -> Image.Image:
    width, height, shore = 1200, 800, 470
    canvas = Canvas(width, height, "#8fc4e8", "#fdf0dc")
    canvas.disc(880, 190, 62, "#fff3c4")
    _clouds(canvas, [(210, 130, 1.0), (560, 90, 0.7), (1040, 260, 0.6)])
    hills = [
        ("#a9c3d3", 300, [(46, 110, 40), (18, 37, 0)]),
        ("#7fa6b4", 366, [(42, 150, 300), (12, 31, 60)]),
        ("#4f8079", 430, [(26, 190, 90), (7, 23, 10)]),
    ]
    for fill, level, waves in hills:
        canvas.area(ridge(width, height, level, waves), fill)
    canvas.area([(0, shore), (width, shore), (width, height), (0, height)], "#9cc7d6")
    for fill, level, waves in hills:
        mirrored = ridge(width, height, level, waves)[1:-1]
        points = [(x, shore + (shore - y) * 0.7) for x, y in mirrored]
        canvas.area([(0.0, shore), *points, (width, shore)], f"{fill}88")
    for number in range(22):
        x, y = number * 353 % width, 500 + number * 71 % 250
        canvas.line([(x, y), (x + 60 + number * 13 % 70, y)], 3, "#ffffff66")
    canvas.area(ridge(width, height, 770, [(20, 160, 0), (6, 40, 9)]), "#2f5d50")
    for x, tall in ((70, 250), (140, 320), (205, 220), (1090, 280), (1150, 210)):
        _fir(canvas, x, 790, tall)
    _boat(canvas, 640, 600)
    return canvas.picture()


def _clouds(canvas: Canvas, clouds: Iterable[tuple[float, float, float]]) -> None:
    for x, y, scale in clouds:
        for across, down, radius in ((-60, 8, 30), (-18, -10, 42), (32, 0, 34), (70, 12, 24)):
            canvas.disc(x + across * scale, y + down * scale, radius * scale, "#ffffffdd")


def _fir(canvas: Canvas, x: float, foot: float, tall: float) -> None:
    canvas.line([(x, foot), (x, foot - tall / 4)], 12, "#4a3527")
    for step in range(3):
        top, half = foot - tall + step * tall / 4.5, tall * (0.16 + step * 0.05)
        canvas.area([(x, top), (x + half, top + tall * 0.4), (x - half, top + tall * 0.4)], "#234a40")


def _boat(canvas: Canvas, x: float, y: float) -> None:
    canvas.line([(x, y - 92), (x, y)], 6, "#4a3527")
    canvas.area([(x + 8, y - 90), (x + 8, y - 14), (x + 70, y - 14)], "#fdf6e8")
    canvas.area([(x - 8, y - 76), (x - 8, y - 14), (x - 52, y - 14)], "#e8604c")
    canvas.area([(x - 82, y), (x + 88, y), (x + 58, y + 30), (x - 56, y + 30)], "#7a4a33")


def _route() -> Image.Image:
    width, height = 1000, 700
    canvas = Canvas(width, height, _PAPER)
    for level in range(5):
        across, down = 300 - level * 54, 210 - level * 38
        for inset, fill in ((0, "#d9cfae"), (4, _HEIGHTS[level])):
            canvas.oval(560 + level * 12, 300 - level * 10, across - inset, down - inset, fill)
    canvas.line(smooth(_STREAM), 22, "#a8d3e6")
    for row, column in product(range(4), range(6)):
        x, y = 716 + column * 42, 410 + row * 26
        canvas.line([(x, y), (x + 22, y - 8)], 12, "#86b36a")
    _dashes(canvas, smooth(_UP), "#d8503f")
    _dashes(canvas, smooth(_DOWN), "#e09a3c")
    _pavilion(canvas, 606, 236)
    canvas.disc(130, 600, 32, "#3f74b5")
    canvas.line([(116, 614), (116, 588), (130, 604), (144, 588), (144, 614)], 7, "#ffffff")
    _compass(canvas, 890, 110)
    return canvas.picture()


def _dashes(canvas: Canvas, way: list[Point], fill: str) -> None:
    dash: list[Point] = []
    walked = 0.0
    for point, following in pairwise(way):
        walked = (walked + dist(point, following)) % 28
        if walked < 17:
            dash.append(point)
        elif dash:
            canvas.line([*dash, point], 8, fill)
            dash = []


def _pavilion(canvas: Canvas, x: float, y: float) -> None:
    for across in (-26, 26):
        canvas.line([(x + across, y), (x + across, y - 40)], 8, "#8a3d2c")
    canvas.area([(x - 56, y - 34), (x + 56, y - 34), (x + 14, y - 72), (x - 14, y - 72)], "#b5523a")
    canvas.disc(x, y - 76, 8, "#e0a83c")
    canvas.line([(x - 40, y), (x + 40, y)], 8, _PENCIL)


def _compass(canvas: Canvas, x: float, y: float) -> None:
    canvas.disc(x, y, 62, "#e6dcc2")
    canvas.disc(x, y, 56, _PAPER)
    canvas.area([(x, y - 48), (x + 13, y), (x - 13, y)], "#d8503f")
    canvas.area([(x, y + 48), (x + 13, y), (x - 13, y)], _PENCIL)
    canvas.line([(x - 9, y - 68), (x - 9, y - 90), (x + 9, y - 68), (x + 9, y - 90)], 5, _PENCIL)


def _evening() -> Image.Image:
    width, height = 800, 1067
    canvas = Canvas(width, height, "#4b4a86", "#ffb072")
    for radius, fill in ((210, "#ffd48a44"), (150, "#ffdf9a66"), (96, "#fff0bd")):
        canvas.disc(420, 690, radius, fill)
    for x, y, long, fill in (
        (90, 240, 260, "#a0708f"),
        (420, 320, 300, "#c78291"),
        (150, 430, 220, "#e0978c"),
        (480, 520, 240, "#f0ab8a"),
    ):
        canvas.line([(x, y), (x + long, y)], 22, fill)
        canvas.line([(x + 60, y + 20), (x + long + 50, y + 20)], 14, fill)
    canvas.area(ridge(width, height, 790, [(22, 120, 30), (9, 35, 0)]), "#7b4a72")
    _houses(canvas, height)
    for x, y in ((250, 610), (292, 588), (330, 620)):
        canvas.line([(x - 18, y - 8), (x, y), (x + 18, y - 8)], 5, "#43305a")
    return canvas.picture()


def _houses(canvas: Canvas, height: int) -> None:
    x = 0
    for number, (wide, top) in enumerate(_HOUSES):
        fill = ("#3a2b52", "#43305a")[number % 2]
        canvas.area([(x, height), (x, top), (x + wide, top), (x + wide, height)], fill)
        columns = (wide - 12) // 32
        margin = (wide - columns * 32 + 16) // 2
        for row, column in product(range((height - top) // 44), range(columns)):
            if (row * 5 + column * 3 + number * 7) % 4 == 0:
                _window(canvas, x + margin + column * 32, top + 22 + row * 44)
        x += wide


def _window(canvas: Canvas, x: float, y: float) -> None:
    canvas.area([(x, y), (x + 16, y), (x + 16, y + 22), (x, y + 22)], "#ffd27a")
