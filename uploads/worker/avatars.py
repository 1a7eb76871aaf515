"""Avatars: reduces them to a useful size, and makes the thumbnails for pages and group pictures.

A picture is decoded only once, when it is uploaded. Drawing a group picture opens only thumbnails.
"""

import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from uploads.worker.pictures import JPEG_QUALITY, MAX_ICC_BYTES, PILLOW_NAMES, check_size, make_picture, write
from uploads.worker.sniffing import Format
from uploads.worker.tasks import ConversionResult, Task, main_path, thumbnail_path

# A larger picture is reduced to this side length, and becomes a still picture.
SIDE = 1024
# Twice the side length of the largest avatar on the pages.
THUMBNAIL_SIDE = 160
# The thumbnail has twice the displayed resolution, so a higher quality would not be visible.
THUMBNAIL_QUALITY = 80


def make_avatar(task: Task) -> ConversionResult:
    """Write the task's picture as `main.<extension>`, and `thumbnail.jpg`.

    Raises UploadRejected, and Pillow's errors.
    """
    with _open(task) as picture:
        is_large = max(picture.size) > SIDE
        decoded = _decode(picture, task.limits.pixels)
        profile = picture.info.get("icc_profile") if picture.mode == decoded.mode else None
    _write_thumbnail(decoded, thumbnail_path(Path(task.directory)))
    return _write_reduced(decoded, profile, Path(task.directory)) if is_large else make_picture(task)


def make_thumbnail(task: Task) -> ConversionResult:
    """Write a square from the middle of the task's picture as `main.jpg`. Raises the errors of
    `make_avatar`."""
    with _open(task) as picture:
        _write_thumbnail(_decode(picture, task.limits.pixels), main_path(Path(task.directory), "jpg"))
    return ConversionResult("jpg", width=THUMBNAIL_SIDE, height=THUMBNAIL_SIDE)


def _open(task: Task) -> Image.Image:
    # The size is checked before a pixel is decoded.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    return Image.open(task.source, formats=[PILLOW_NAMES[Format(task.format)]])


def _decode(picture: Image.Image, pixels: int) -> Image.Image:
    """Return the first frame as RGB or RGBA. A large JPEG is decoded at a fraction of its size."""
    picture.draft("RGB", (SIDE, SIDE))
    check_size(picture.size, pixels)
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _write_thumbnail(decoded: Image.Image, target: Path) -> None:
    fitted = ImageOps.exif_transpose(ImageOps.fit(decoded, (THUMBNAIL_SIDE, THUMBNAIL_SIDE)))
    face = Image.new("RGB", fitted.size, "white")
    face.paste(fitted, mask=fitted if fitted.mode == "RGBA" else None)
    write(face, target, "JPEG", quality=THUMBNAIL_QUALITY, optimize=True)


def _write_reduced(decoded: Image.Image, profile: bytes | None, directory: Path) -> ConversionResult:
    decoded.thumbnail((SIDE, SIDE))
    upright = ImageOps.exif_transpose(decoded)
    upright.info = {}
    extension, format_ = ("jpg", "JPEG") if upright.mode == "RGB" else ("png", "PNG")
    options: dict[str, Any] = {"quality": JPEG_QUALITY} if format_ == "JPEG" else {}
    if profile and len(profile) <= MAX_ICC_BYTES:
        options["icc_profile"] = profile
    write(upright, main_path(directory, extension), format_, **options)
    return ConversionResult(extension, width=upright.width, height=upright.height)
