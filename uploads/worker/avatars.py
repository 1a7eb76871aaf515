"""Avatars, reduced to a useful size, each with a thumbnail, which the pages show and from which group
pictures are made.

A picture is decoded only once, when it is uploaded: drawing a group's picture opens thumbnails only.
"""

import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from uploads.worker.pictures import ICC_BYTES, JPEG_QUALITY, PILLOW_NAMES, check_size, make_picture, write
from uploads.worker.sniffing import Format
from uploads.worker.tasks import Made, Task, main_path, thumbnail_path

# Larger pictures are reduced to this side, as a still picture.
SIDE = 1024
# Twice the side of the largest avatar of the pages.
THUMBNAIL_SIDE = 160
# Of what has twice as many pixels as are seen, nobody sees the difference to more.
THUMBNAIL_QUALITY = 80


def make_avatar(task: Task) -> Made:
    """Write the task's picture as `main.<extension>`, and `thumbnail.jpg`. Raises UploadRejected, and what
    Pillow raises."""
    with _opened(task) as picture:
        is_large = max(picture.size) > SIDE
        decoded = _decoded(picture, task.limits.pixels)
        profile = picture.info.get("icc_profile") if picture.mode == decoded.mode else None
    _write_thumbnail(decoded, thumbnail_path(Path(task.directory)))
    return _write_small(decoded, profile, Path(task.directory)) if is_large else make_picture(task)


def make_thumbnail(task: Task) -> Made:
    """Write a square from the middle of the task's picture, as `main.jpg`. Raises as `make_avatar`."""
    with _opened(task) as picture:
        _write_thumbnail(_decoded(picture, task.limits.pixels), main_path(Path(task.directory), "jpg"))
    return Made("jpg", width=THUMBNAIL_SIDE, height=THUMBNAIL_SIDE)


def _opened(task: Task) -> Image.Image:
    # The size is checked before a pixel is decoded.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    return Image.open(task.source, formats=[PILLOW_NAMES[Format(task.format)]])


def _decoded(picture: Image.Image, pixels: int) -> Image.Image:
    """The first frame, as RGB or RGBA. A JPEG is decoded at a fraction of its size where that is enough."""
    picture.draft("RGB", (SIDE, SIDE))
    check_size(picture.size, pixels)
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _write_thumbnail(decoded: Image.Image, target: Path) -> None:
    fitted = ImageOps.exif_transpose(ImageOps.fit(decoded, (THUMBNAIL_SIDE, THUMBNAIL_SIDE)))
    face = Image.new("RGB", fitted.size, "white")
    face.paste(fitted, mask=fitted if fitted.mode == "RGBA" else None)
    write(face, target, "JPEG", quality=THUMBNAIL_QUALITY, optimize=True)


def _write_small(decoded: Image.Image, profile: bytes | None, directory: Path) -> Made:
    decoded.thumbnail((SIDE, SIDE))
    upright = ImageOps.exif_transpose(decoded)
    upright.info = {}
    extension, format_ = ("jpg", "JPEG") if upright.mode == "RGB" else ("png", "PNG")
    options: dict[str, Any] = {"quality": JPEG_QUALITY} if format_ == "JPEG" else {}
    if profile and len(profile) <= ICC_BYTES:
        options["icc_profile"] = profile
    write(upright, main_path(directory, extension), format_, **options)
    return Made(extension, width=upright.width, height=upright.height)
