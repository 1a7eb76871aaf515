"""The names of stored files. Pure.

Shipped clients parse them: what stands between the first `-` of the whole URL and the next `.` is a length
in seconds or a size, and a URL travels in a frame whose separator is `_`. So a name holds one `-`, or none
where there is nothing to tell, and no `_`.
"""

import hashlib
import hmac
import re

from uploads.worker.tasks import MEDIA_TYPES

STEM_LENGTH = 32

# As a server in front has to know it, too: docs/media.md.
PATTERN = rf"[0-9a-f]{{{STEM_LENGTH}}}(?:-[0-9]+(?:x[0-9]+)?)?\.(?:{'|'.join(MEDIA_TYPES)})"
_NAME = re.compile(PATTERN)

_STEM = re.compile(rf"(?<![0-9a-f])[0-9a-f]{{{STEM_LENGTH}}}(?![0-9a-f])")


def stem(key: str, purpose: str, digest: bytes) -> str:
    """The name's first part: 32 hex digits that nobody without `key` can find from the content.

    `purpose` keeps apart what became of the same content in different ways.
    """
    message = purpose.encode() + b"\0" + digest
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:STEM_LENGTH]


def voice_name(stem: str, seconds: int) -> str:
    return f"{stem}-{seconds}.mp3"


def sized_name(stem: str, width: int, height: int, extension: str) -> str:
    """The name of a picture or a video."""
    return f"{stem}-{width}x{height}.{extension}"


def poster_name(video_name: str) -> str:
    """What clients make of a video's name to find its poster."""
    return video_name.removesuffix(".mp4") + ".jpg"


def plain_name(stem: str) -> str:
    """The name of a thumbnail or a mosaic. It holds no `-`, for no client is to read a size from it."""
    return f"{stem}.jpg"


def thumbnail_name(picture_name: str) -> str:
    """The name of what mosaics are made of."""
    return plain_name(stem_of(picture_name))


def stem_of(name: str) -> str:
    """The first part of a stored file's name."""
    return name[:STEM_LENGTH]


def companions(name: str) -> list[str]:
    """What may be stored beside a file, and goes when it goes."""
    posters = [poster_name(name)] if name.endswith(".mp4") else []
    return [*posters, thumbnail_name(name)]


def stems_in(text: str) -> list[str]:
    """What could be the first part of a stored file's name, wherever it stands in `text`."""
    return _STEM.findall(text)


def is_stored_name(name: str) -> bool:
    """Whether `name` can be a stored file's: nothing else is ever served."""
    return _NAME.fullmatch(name) is not None


def content_type(name: str) -> str:
    """The media type of a stored file."""
    return MEDIA_TYPES[name.rpartition(".")[2]]
