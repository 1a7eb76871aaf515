"""Pictures: upright, bare of what the camera wrote about itself and its owner, decoded once to the end."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin

# Pillow would load them only for a file of theirs; what they are linked to is out of reach by then.
from PIL import GifImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401  # isort: skip

from uploads.worker import gif, png, webp
from uploads.worker.sniffing import Format
from uploads.worker.tasks import Made, Reason, Refused, Task, main_path

ORIENTATION = 0x0112
# Nothing is wider or higher: what a decoder or a client could still do with, whatever the number of pixels.
LONGEST_SIDE = 32_767
# A picture may move for so many frames, if all together have no more pixels than one picture may.
FRAMES = 2_000
ICC_BYTES = 64 * 1024
# For what has to be encoded anew and brings no tables of its own.
JPEG_QUALITY = 90

PILLOW_NAMES = {Format.JPEG: "JPEG", Format.PNG: "PNG", Format.GIF: "GIF", Format.WEBP: "WEBP"}
_EXTENSIONS = {Format.JPEG: "jpg", Format.PNG: "png", Format.GIF: "gif", Format.WEBP: "webp"}
# What is the right way up need not be encoded anew, once it has been decoded to see that it is whole.
_STRIPPERS = {Format.GIF: gif.stripped, Format.PNG: png.stripped, Format.WEBP: webp.stripped}
_JPEG_MODES = {"L", "RGB"}


def make_picture(task: Task) -> Made:
    """The task's picture as `main.<extension>`, in its own format. Raises Refused, and what Pillow raises."""
    # The size is checked here, before a pixel is decoded.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    format_ = Format(task.format)
    target = main_path(Path(task.directory), _EXTENSIONS[format_])
    with Image.open(task.source, formats=[PILLOW_NAMES[format_]]) as picture:
        check_size(picture.size, task.limits.pixels)
        width, height = _write(picture, format_, Path(task.source), target, task.limits.pixels)
    return Made(target.suffix[1:], width=width, height=height)


def check_size(size: tuple[int, int], pixels: int) -> None:
    """Raises Refused for a picture of more than so many pixels, or of an absurd shape."""
    if size[0] * size[1] > pixels or max(size) > LONGEST_SIDE:
        raise Refused(Reason.TOO_LARGE, f"A picture has at most {pixels} pixels.")


def _write(picture: Image.Image, format_: Format, source: Path, target: Path, pixels: int) -> tuple[int, int]:
    strip = _STRIPPERS.get(format_)
    if strip and (_frames(picture) > 1 or _is_upright(picture)):
        _decode_all(picture, pixels)
        target.write_bytes(strip(source.read_bytes()))
        return picture.size
    picture.load()
    return _encode(picture, format_, target)


def _frames(picture: Image.Image) -> int:
    return int(getattr(picture, "n_frames", 1))


def _is_upright(picture: Image.Image) -> bool:
    return bool(picture.getexif().get(ORIENTATION, 1) == 1)


def _decode_all(picture: Image.Image, pixels: int) -> None:
    """Decode every frame: what breaks off in the middle, or unfolds without end, is refused here."""
    count = _frames(picture)
    if count > FRAMES or count * picture.width * picture.height > pixels:
        raise Refused(Reason.TOO_LARGE, f"A moving picture has at most {pixels} pixels in all its frames.")
    for number in range(count):
        picture.seek(number)
        picture.load()


def _encode(picture: Image.Image, format_: Format, target: Path) -> tuple[int, int]:
    options: dict[str, Any] = {"exif": b""}
    if format_ == Format.JPEG:
        options |= _jpeg_tables(picture)
    elif format_ == Format.WEBP:
        options |= {"quality": JPEG_QUALITY}
    profile = picture.info.get("icc_profile")
    if profile and len(profile) <= ICC_BYTES and picture.mode != "CMYK":
        options["icc_profile"] = profile
    upright = picture if _is_upright(picture) else ImageOps.exif_transpose(picture)
    if format_ == Format.JPEG and upright.mode not in _JPEG_MODES:
        upright = upright.convert("RGB")
    # What Pillow would write of its own accord: comments, texts, dates.
    upright.info = {key: value for key, value in upright.info.items() if key in ("transparency", "gamma")}
    write(upright, target, PILLOW_NAMES[format_], **options)
    return upright.size


def write(picture: Image.Image, target: Path, format_: str, **options: Any) -> None:
    """Write it whole or not at all: given a file, Pillow takes half a write on a full disk for all of it."""
    buffer = BytesIO()
    picture.save(buffer, format_, **options)
    target.write_bytes(buffer.getbuffer())


def _jpeg_tables(picture: Image.Image) -> dict[str, Any]:
    """The tables the picture came with, so that encoding it again costs next to nothing of its quality."""
    assert isinstance(picture, JpegImagePlugin.JpegImageFile)
    if picture.mode not in _JPEG_MODES:
        return {"quality": JPEG_QUALITY}
    sampling = JpegImagePlugin.get_sampling(picture) if picture.mode == "RGB" else -1
    return {"qtables": picture.quantization, "subsampling": sampling}
