"""Messages with files, in the stored form and as clients get them. Pure.

The content of the kind `file` holds name and size besides the URL: `/files/<id>.file#<size>/<name>`. So no
other row is needed to show the message, and erasing it erases them. Clients get the URL alone, signed if URLs
expire.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from msgspec import UNSET, Meta, Struct, UnsetType

from chat.protocol.kinds.kind import DOCUMENT, Kind
from uploads.calls import FILE
from uploads.documents.naming import media_type
from uploads.names import preview_path

_STORED = re.compile(r"([^#?]*)#([0-9]{1,15})/(.+)", re.DOTALL)
_UNITS = ("B", "KB", "MB", "GB", "TB")
_UNIT_FACTOR = 1024

Sign = Callable[[str], str]


class File(Struct):
    """What a message of the kind `file` has besides the address."""

    name: str
    size: Annotated[int, Meta(description="In bytes.")]
    type: str
    preview: str | UnsetType = UNSET


class _Signers:
    """The functions that sign URLs: `short_lived` for clients that fetch messages again, `long_lived` for the
    shipped apps, `media` for pictures, recordings and videos."""

    short_lived: Sign = staticmethod(lambda path: path)
    long_lived: Sign = staticmethod(lambda path: path)
    media: Sign = staticmethod(lambda url: url)


class AttachedFile(NamedTuple):
    """The file of a message. `path`: its URL path, unsigned."""

    path: str
    name: str
    size: int


def set_signers(short_lived: Sign, long_lived: Sign, media: Sign) -> None:
    """Set the functions that sign URLs of files: `short_lived` for clients that fetch messages again,
    `long_lived` for the shipped apps, which keep the URLs. `media` signs pictures, recordings and videos for
    the former; the shipped apps get these as they were sent."""
    _Signers.short_lived, _Signers.long_lived = staticmethod(short_lived), staticmethod(long_lived)
    _Signers.media = staticmethod(media)


def stored_content(path: str, name: str, size: int) -> str:
    """Return the stored content of a message with this file."""
    return f"{path}#{size}/{name}"


def parse_file_content(content: str) -> AttachedFile | None:
    """Return the file in the stored content of a message; None if the content was recalled or cut."""
    match = _STORED.fullmatch(content)
    return AttachedFile(match[1], match[3], int(match[2])) if match else None


def _for_clients(content: str) -> tuple[str, dict[str, Any]]:
    file = parse_file_content(content)
    if file is None:
        return content, {}
    fields = {"name": file.name, "size": file.size, "type": media_type(file.name)}
    return _Signers.short_lived(file.path), {"file": fields}


def preview(content: str) -> str:
    """Return the URL of the preview picture of the file with this stored content; empty if none."""
    file = parse_file_content(content)
    return _Signers.short_lived(preview_path(file.path)) if file else ""


def media_for_clients(content: str) -> tuple[str, dict[str, Any]]:
    """Return the content that clients get for a picture, a recording or a video, and no other fields."""
    return _Signers.media(content), {}


def with_picture_for_clients(part: dict[str, Any]) -> dict[str, Any]:
    """Sign the URL in `picture` of a field of a message, if there is one."""
    picture = part.get("picture")
    return {**part, "picture": _Signers.media(picture)} if picture else part


def file_name(content: str) -> str:
    """Return the name of the file of a message with this stored content; empty if there is none."""
    file = parse_file_content(content)
    return file.name if file else ""


def _in_words(content: str, language: str) -> str:
    """Return the message as a line of text."""
    file, label = parse_file_content(content), KIND.preview(language)
    return label if file is None else f"{label} {file.name} {size_in_words(file.size)}"


def _link(content: str) -> str:
    """Return the signed path of the file for the shipped apps; empty if there is no file."""
    file = parse_file_content(content)
    return _Signers.long_lived(file.path) if file else ""


def size_in_words(size: int) -> str:
    number = float(size)
    power = 0
    while number >= _UNIT_FACTOR and power < len(_UNITS) - 1:
        number, power = number / _UNIT_FACTOR, power + 1
    return f"{number:.1f}".removesuffix(".0") + f" {_UNITS[power]}"


def _media(name: str, english: str, chinese: str, media: str, example: str) -> Kind:
    example = f"{{origin}}/media/{example}"
    return Kind(
        name, english, chinese, has_verb=True, media=media, for_clients=media_for_clients, example=example
    )


VIDEO = _media("video", "Video", "视频", "video", "c-640x330.mp4")
PICTURE = _media("picture", "Picture", "图片", "image", "a-746x750.jpg")
AUDIO = _media("audio", "Voice message", "语音", "audio", "b-3.mp3")
KIND = Kind(
    FILE,
    "File",
    "文件",
    in_words=_in_words,
    link=_link,
    media=DOCUMENT,
    part="file",
    shape=File,
    for_clients=_for_clients,
    file_name=file_name,
    example="{origin}/files/d.file",
)
