"""Pictures: turns them upright, removes their metadata, and checks that they are complete. Renders the first
page of a PDF file."""

import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageOps, JpegImagePlugin

# Pillow would load this plugin only for a file of its format. By then this process can no longer read the
# libraries that it is linked to.
from PIL import WebPImagePlugin  # noqa: F401  # isort: skip

from uploads.worker import stripping
from uploads.worker.sniffing import Format
from uploads.worker.tasks import (
    ConversionResult,
    Reason,
    Task,
    UploadRejected,
    display_path,
    display_size,
    main_path,
)
from uploads.worker.texts import MessageTemplate

ORIENTATION = 0x0112
# The maximum width and height of a picture: decoders and clients may fail on longer sides, whatever the
# number of pixels.
MAX_SIDE = 32_767
# The maximum number of frames of an animation. All frames together may have no more pixels than one picture.
MAX_FRAMES = 2_000
MAX_ICC_BYTES = 64 * 1024
# For pictures that must be encoded again and bring no quantization tables.
JPEG_QUALITY = 90

PILLOW_NAMES = {Format.JPEG: "JPEG", Format.PNG: "PNG", Format.GIF: "GIF", Format.WEBP: "WEBP"}
_EXTENSIONS = {Format.JPEG: "jpg", Format.PNG: "png", Format.GIF: "gif", Format.WEBP: "webp"}
# An upright picture is not encoded again. It is only decoded, to check that it is complete, and stripped.
_STRIPPERS = {
    Format.GIF: stripping.strip_gif,
    Format.PNG: stripping.strip_png,
    Format.WEBP: stripping.strip_webp,
}
_JPEG_MODES = {"L", "RGB"}

# Load the plugins that Pillow would load when it opens a file, once for all children.
Image.preinit()


def make_picture(task: Task) -> ConversionResult:
    """Write the task's picture in its own format as `main.<extension>`, and `display.jpg` if it is large.

    Raises UploadRejected, and Pillow's errors.
    """
    # The size is checked here, before a pixel is decoded.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    format_ = Format(task.format)
    target = main_path(Path(task.directory), _EXTENSIONS[format_])
    with Image.open(task.source, formats=[PILLOW_NAMES[format_]]) as picture:
        check_size(picture.size, task.limits.pixels)
        width, height = _write(picture, format_, Path(task.source), target, task.limits.pixels)
    if display_size(width, height) != (width, height):
        # Without a display version, clients do not show the picture, but can download it.
        display = display_path(Path(task.directory))
        with suppress(MemoryError):
            _write_display(task.source, format_, display_size(width, height), display)
    return ConversionResult(target.suffix[1:], width=width, height=height)


def _write_display(source: str, format_: Format, size: tuple[int, int], target: Path) -> None:
    """Write the first frame, scaled to `size`, on a white background."""
    with Image.open(source, formats=[PILLOW_NAMES[format_]]) as picture:
        # A large JPEG is decoded at a fraction of its size. It may be stored turned by 90 degrees.
        is_turned = (picture.width < picture.height) != (size[0] < size[1])
        picture.draft("RGB", size[::-1] if is_turned else size)
        picture.load()
        profile = picture.info.get("icc_profile") if picture.mode == "RGB" else None
        mode = "RGBA" if picture.has_transparency_data else "RGB"
        # Convert only if needed, because a copy may take half of the memory limit.
        decoded = picture if picture.mode == mode else picture.convert(mode)
    # A quick reduction by an integer factor first, then a resampling of higher quality.
    decoded.thumbnail((max(size), max(size)), reducing_gap=2.0)
    upright = ImageOps.exif_transpose(decoded).resize(size)
    canvas = Image.new("RGB", size, "white")
    canvas.paste(upright, mask=upright if upright.mode == "RGBA" else None)
    options = {"icc_profile": profile} if profile and len(profile) <= MAX_ICC_BYTES else {}
    write(canvas, target, "JPEG", quality=JPEG_QUALITY, **options)


def check_size(size: tuple[int, int], pixels: int) -> None:
    """Raise UploadRejected for a picture with more than `pixels` pixels, or with a side that is too long."""
    if size[0] * size[1] > pixels or max(size) > MAX_SIDE:
        raise UploadRejected(Reason.TOO_LARGE, MessageTemplate.PICTURE_PIXELS, {"pixels": pixels})


def _write(picture: Image.Image, format_: Format, source: Path, target: Path, pixels: int) -> tuple[int, int]:
    strip = _STRIPPERS.get(format_)
    if strip and (_frame_count(picture) > 1 or _is_upright(picture)):
        _decode_all(picture, pixels)
        target.write_bytes(strip(source.read_bytes()))
        return picture.size
    picture.load()
    return _encode(picture, format_, target)


def _frame_count(picture: Image.Image) -> int:
    return int(getattr(picture, "n_frames", 1))


def _is_upright(picture: Image.Image) -> bool:
    return bool(picture.getexif().get(ORIENTATION, 1) == 1)


def _decode_all(picture: Image.Image, pixels: int) -> None:
    """Decode every frame. Raises UploadRejected if they exceed the limits, and Pillow's errors if one is
    truncated."""
    count = _frame_count(picture)
    if count > MAX_FRAMES or count * picture.width * picture.height > pixels:
        raise UploadRejected(Reason.TOO_LARGE, MessageTemplate.ANIMATION_PIXELS, {"pixels": pixels})
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
    if profile and len(profile) <= MAX_ICC_BYTES and picture.mode != "CMYK":
        options["icc_profile"] = profile
    upright = picture if _is_upright(picture) else ImageOps.exif_transpose(picture)
    if format_ == Format.JPEG and upright.mode not in _JPEG_MODES:
        upright = upright.convert("RGB")
    # Keep only these: Pillow would otherwise write comments, texts and dates.
    upright.info = {key: value for key, value in upright.info.items() if key in ("transparency", "gamma")}
    write(upright, target, PILLOW_NAMES[format_], **options)
    return upright.size


def write(picture: Image.Image, target: Path, format_: str, **options: Any) -> None:
    """Encode the picture in memory, then write it: on a full disk, Pillow does not notice a partial write."""
    buffer = BytesIO()
    picture.save(buffer, format_, **options)
    target.write_bytes(buffer.getbuffer())


def _jpeg_tables(picture: Image.Image) -> dict[str, Any]:
    """Return options that reuse the picture's quantization tables, so that encoding it again loses little."""
    assert isinstance(picture, JpegImagePlugin.JpegImageFile)
    if picture.mode not in _JPEG_MODES:
        return {"quality": JPEG_QUALITY}
    sampling = JpegImagePlugin.get_sampling(picture) if picture.mode == "RGB" else -1
    return {"qtables": picture.quantization, "subsampling": sampling}


# The longer side of the preview of a PDF's first page. A page with a higher ratio of its sides gets no
# preview, which would only show a line.
PREVIEW_SIDE = 1024
MAX_PAGE_RATIO = 20


def make_preview(task: Task) -> ConversionResult:
    """Write the first page of the PDF as `main.jpg`. Raises UploadRejected, and the libraries' errors."""
    page = pypdfium2.PdfDocument(task.source)[0]
    width, height = page.get_size()
    longer, shorter = max(width, height), min(width, height)
    if not 0 < longer <= MAX_PAGE_RATIO * shorter:
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.UNSUPPORTED)
    picture = page.render(scale=PREVIEW_SIDE / longer, may_draw_forms=False).to_pil()
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))  # PDFium rounds up
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture.convert("RGB"))
    write(flat, main_path(Path(task.directory), "jpg"), "JPEG", quality=JPEG_QUALITY)
    return ConversionResult("jpg", width=flat.width, height=flat.height)
