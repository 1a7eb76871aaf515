"""A short film: a balloon rises over hills."""

import io
from fractions import Fraction

import av
from PIL import Image

from im66.demo.drawing import Canvas, ridge

_WIDTH, _HEIGHT = 640, 360
_RATE, _SECONDS = 15, 3


def film() -> bytes:
    """An MP4 file."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=_RATE, options={"preset": "veryfast", "crf": "24"})
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        # With one thread the file is the same on every machine.
        stream.thread_count = 1
        sky, balloon = _sky(), _balloon()
        for number in range(_RATE * _SECONDS):
            frame = av.VideoFrame.from_image(_shot(sky, balloon, number))  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def _shot(sky: Image.Image, balloon: tuple[Image.Image, Image.Image], number: int) -> Image.Image:
    """The balloon drifts to the right and rises, faster and faster."""
    part = number / (_RATE * _SECONDS - 1)
    # The camera follows the balloon a little.
    shot = sky.crop((round(80 * part), 0, round(80 * part) + _WIDTH, _HEIGHT))
    drawing, shape = balloon
    shot.paste(drawing, (round(140 + 210 * part), round(110 - 80 * part * part)), shape)
    return shot


def _sky() -> Image.Image:
    wide = _WIDTH + 80
    canvas = Canvas(wide, _HEIGHT, "#7db9e8", "#fbe3c0")
    canvas.disc(560, 90, 34, "#fff0b8")
    for x, y, radius in (
        (90, 80, 18),
        (115, 70, 25),
        (145, 82, 17),
        (430, 50, 14),
        (450, 42, 20),
        (474, 52, 14),
    ):
        canvas.disc(x, y, radius, "#ffffffcc")
    canvas.area(ridge(wide, _HEIGHT, 245, [(22, 70, 0), (8, 21, 0)]), "#9dbfa6")
    canvas.area(ridge(wide, _HEIGHT, 285, [(18, 90, 200), (5, 17, 0)]), "#6f9f7c")
    canvas.area(ridge(wide, _HEIGHT, 325, [(12, 60, 90), (4, 19, 30)]), "#467a5c")
    return canvas.picture()


def _balloon() -> tuple[Image.Image, Image.Image]:
    """The balloon, and its shape."""
    return _drawn_balloon(None), _drawn_balloon("#ffffff").convert("L")


def _drawn_balloon(only: str | None) -> Image.Image:
    canvas = Canvas(130, 190, "#000000" if only else "#a9c8d8")
    for across, fill in ((58, "#e4572e"), (40, "#f6c453"), (21, "#e4572e"), (6, "#f6c453")):
        canvas.oval(65, 64, across, 60, only or fill)
    canvas.area([(19, 100), (111, 100), (80, 140), (50, 140)], only or "#c94a26")
    for x, to in ((52, 54), (78, 76)):
        canvas.line([(x, 138), (to, 160)], 2.5, only or "#5b4636")
    canvas.area([(50, 158), (80, 158), (76, 182), (54, 182)], only or "#8a5a38")
    return canvas.picture()
