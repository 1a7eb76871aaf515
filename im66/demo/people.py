"""The people, each with a picture of an animal."""

from collections.abc import Callable

from im66.demo.drawing import Canvas, encoded

_SIDE = 400
_INK = "#33261d"


def face(userid: str) -> bytes:
    """The person's picture, as a file."""
    return encoded(_FACES[userid]().picture(), "JPEG")


def _rabbit() -> Canvas:
    canvas = Canvas(_SIDE, _SIDE, "#7cc4b8", "#5aa99f")
    for x, lean in ((152, -14), (248, 14)):
        canvas.line([(x + lean, 60), (x, 180)], 64, "#fbf3ea")
        canvas.line([(x + lean, 74), (x, 170)], 28, "#f3b8b4")
    canvas.oval(200, 418, 150, 100, "#fbf3ea")
    canvas.oval(200, 240, 118, 106, "#fbf3ea")
    _eyes(canvas, 152, 248, 228)
    _cheeks(canvas, 124, 276, 268, "#f6c9c3")
    canvas.oval(200, 258, 15, 11, "#ef9a97")
    _mouth(canvas, 200, 272)
    return canvas


def _bear() -> Canvas:
    canvas = Canvas(_SIDE, _SIDE, "#f4c06a", "#e9a84a")
    for x in (110, 290):
        canvas.disc(x, 138, 48, "#9a6a43")
        canvas.disc(x, 138, 26, "#d8a878")
    canvas.oval(200, 430, 160, 104, "#9a6a43")
    canvas.oval(200, 232, 128, 114, "#9a6a43")
    canvas.oval(200, 272, 62, 50, "#e6c39c")
    _eyes(canvas, 148, 252, 216)
    canvas.oval(200, 250, 22, 16, _INK)
    _mouth(canvas, 200, 270)
    return canvas


def _fox() -> Canvas:
    canvas = Canvas(_SIDE, _SIDE, "#a99bd6", "#8b7cc0")
    for side in (-1, 1):
        tip = 200 + side * 122
        canvas.area([(tip, 62), (200 + side * 138, 220), (200 + side * 30, 140)], "#e5793a")
        canvas.area([(tip - side * 6, 100), (tip + side * 2, 190), (200 + side * 62, 146)], "#5b3526")
    canvas.oval(200, 430, 140, 100, "#e5793a")
    canvas.oval(200, 222, 140, 96, "#e5793a")
    canvas.area([(72, 252), (328, 252), (200, 356)], "#e5793a")
    for side in (-1, 1):
        canvas.area([(200 + side * 146, 226), (200 + side * 10, 264), (200, 352)], "#fdf1e4")
    _eyes(canvas, 146, 254, 218)
    canvas.oval(200, 336, 22, 17, _INK)
    return canvas


def _panda() -> Canvas:
    canvas = Canvas(_SIDE, _SIDE, "#8fb8e6", "#6f9dd2")
    for x in (108, 292):
        canvas.disc(x, 134, 50, "#3a3432")
    canvas.oval(200, 430, 160, 104, "#3a3432")
    canvas.oval(200, 236, 132, 116, "#fbf8f3")
    for x, lean in ((146, 12), (254, -12)):
        canvas.line([(x + lean / 2, 212), (x - lean, 246)], 66, "#3a3432")
    for x in (150, 250):
        canvas.disc(x, 226, 16, "#ffffff")
        canvas.disc(x, 228, 10, _INK)
        canvas.disc(x + 4, 223, 4, "#ffffff")
    _cheeks(canvas, 118, 282, 290, "#f6c3bd")
    canvas.oval(200, 272, 20, 14, _INK)
    _mouth(canvas, 200, 288)
    return canvas


def _eyes(canvas: Canvas, left: float, right: float, y: float) -> None:
    for x in (left, right):
        canvas.oval(x, y, 14, 17, _INK)
        canvas.disc(x + 5, y - 6, 5, "#ffffff")


def _cheeks(canvas: Canvas, left: float, right: float, y: float, fill: str) -> None:
    for x in (left, right):
        canvas.oval(x, y, 22, 14, fill)


def _mouth(canvas: Canvas, x: float, y: float) -> None:
    canvas.line([(x, y - 4), (x, y + 10)], 5, _INK)
    for side in (-1, 1):
        curve = [(0, 10), (8, 18), (19, 19), (28, 10)]
        canvas.line([(x + side * across, y + down) for across, down in curve], 5, _INK)


_FACES: dict[str, Callable[[], Canvas]] = {
    "alice": _rabbit,
    "bob": _bear,
    "charlie": _fox,
    "xiaoming": _panda,
}
