"""The names of stored files. Pure.

Shipped clients parse the names: they read the text between the first `-` of the whole URL and the next `.` as
a length in seconds or a size, and `_` separates the fields of a frame that holds a URL. So a name has one
`-`, or none if it has no length or size, and no `_`.
"""

import hashlib
import hmac
import re

from uploads.worker.tasks import MEDIA_TYPES, display_size

STEM_LENGTH = 32
# Media are served at this path, by this server or by one in front.
PATH = "/media/"

# A server in front needs this pattern too: docs/media.md.
PATTERN = rf"[0-9a-f]{{{STEM_LENGTH}}}(?:-[0-9]+(?:x[0-9]+)?)?\.(?:{'|'.join(MEDIA_TYPES)})"
_NAME = re.compile(PATTERN)
# The name by which clients know a file of any type. Its name in the storage has STEM_LENGTH more, secret
# digits, so that the file cannot be fetched from a publicly readable storage.
FILE_ENDING = ".file"
FILE_TYPE = "application/octet-stream"
FILE_PATTERN = rf"[0-9a-f]{{{STEM_LENGTH}}}\{FILE_ENDING}"
_FILE = re.compile(FILE_PATTERN)
_FILE_IN_STORAGE = re.compile(rf"[0-9a-f]{{{2 * STEM_LENGTH}}}(?:\{FILE_ENDING}|\.jpg)")

_STEM = re.compile(rf"(?<![0-9a-f])[0-9a-f]{{{STEM_LENGTH}}}(?![0-9a-f])")


def stem(key: str, purpose: str, digest: bytes) -> str:
    """Return the first part of a name: 32 hex digits that cannot be computed from the content without `key`.

    `purpose` distinguishes the names of different results made from the same content.
    """
    message = purpose.encode() + b"\0" + digest
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:STEM_LENGTH]


def voice_name(stem: str, seconds: int) -> str:
    return f"{stem}-{seconds}.mp3"


def sized_name(stem: str, width: int, height: int, extension: str) -> str:
    """Return the name of a picture or a video."""
    return f"{stem}-{width}x{height}.{extension}"


def poster_name(video_name: str) -> str:
    """Return the poster's name, which clients derive from the video's name in the same way."""
    return video_name.removesuffix(".mp4") + ".jpg"


def preview_path(path: str) -> str:
    """Return the path of the preview of the file at this path."""
    return f"{path}.jpg"


def preview_name(stored_name: str) -> str:
    """Return the name in the storage of a file's preview. `stored_name` is the file's name in the storage."""
    return stored_name.removesuffix(FILE_ENDING) + ".jpg"


def display_name(picture_name: str) -> str | None:
    """Return the name of the smaller version that is shown instead of a large picture, or None if the picture
    itself is shown. The browser client derives the name in the same way."""
    size = dimensions_of(picture_name)
    if not content_type(picture_name).startswith("image/") or "height" not in size:
        return None
    width, height = size["width"], size["height"]
    display = display_size(width, height)
    if display == (width, height):
        return None
    return sized_name(stem_of(picture_name), *display, "jpg")


def unsized_name(stem: str) -> str:
    """Return the name of a thumbnail or a mosaic. It has no `-`, so that no client reads a size from it."""
    return f"{stem}.jpg"


def thumbnail_name(picture_name: str) -> str:
    """Return the name of the picture's thumbnail, from which mosaics are made."""
    return unsized_name(stem_of(picture_name))


def stem_of(name: str) -> str:
    """Return the first part of a stored file's name."""
    return name[:STEM_LENGTH]


def dimensions_of(name: str) -> dict[str, int]:
    """Return the `seconds` of a recording, or the `width` and `height` of a picture or a video, by its
    name."""
    numbers = map(int, re.findall(r"[0-9]+", name[STEM_LENGTH:].rpartition(".")[0]))
    fields = ("seconds",) if name.endswith(".mp3") else ("width", "height")
    return dict(zip(fields, numbers, strict=False))


def companion_names(name: str) -> list[str]:
    """Return the names of the files that may be stored with this one and are removed with it."""
    if name.endswith(FILE_ENDING):
        return [preview_name(name)]
    posters = [poster_name(name)] if name.endswith(".mp4") else []
    display = display_name(name)
    return [*posters, *([display] if display else []), thumbnail_name(name)]


def stems_in(text: str) -> list[str]:
    """Return every substring of `text` that has the form of a stem."""
    return _STEM.findall(text)


def is_media_name(name: str) -> bool:
    """Return whether `name` has the form of a stored picture's, recording's or video's name.

    No other name is served below PATH.
    """
    return _NAME.fullmatch(name) is not None


def is_file_name(name: str) -> bool:
    """Return whether `name` has the form in which clients know a file of any type."""
    return _FILE.fullmatch(name) is not None


def is_stored_name(name: str) -> bool:
    """Return whether `name` has the form of a name in the storage."""
    return is_media_name(name) or _FILE_IN_STORAGE.fullmatch(name) is not None


def content_type(name: str) -> str:
    """Return the media type of a stored file."""
    return FILE_TYPE if name.endswith(FILE_ENDING) else MEDIA_TYPES[name.rpartition(".")[2]]
