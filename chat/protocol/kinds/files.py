"""Messages of files, as the log keeps them and as clients get them. Pure.

Of the kind `file`, the log keeps what a client must know with the address: `/files/<id>.file#<size>/<name>`.
So a message needs no other row to be shown, and is forgotten as a whole. Clients get the address without
that, and signed where addresses expire.
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
    """How addresses are signed: for clients that ask again, and for the shipped apps."""

    short_lived: Sign = staticmethod(lambda path: path)
    long_lived: Sign = staticmethod(lambda path: path)
    media: Sign = staticmethod(lambda url: url)


class AttachedFile(NamedTuple):
    """The file of a message. `path`: its address, not signed."""

    path: str
    name: str
    size: int


def set_signers(short_lived: Sign, long_lived: Sign, media: Sign) -> None:
    """From now on, addresses of files are signed by these: for clients that get messages anew, and for the
    shipped apps, which keep what they got. `media`: those of pictures, recordings and videos for the former;
    the latter get them as they were sent."""
    _Signers.short_lived, _Signers.long_lived = staticmethod(short_lived), staticmethod(long_lived)
    _Signers.media = staticmethod(media)


def stored_content(path: str, name: str, size: int) -> str:
    """The content of a message with this file, as the log keeps it."""
    return f"{path}#{size}/{name}"


def parse_file_content(content: str) -> AttachedFile | None:
    """The file of a message with this content; None of one that was recalled or is cut off."""
    match = _STORED.fullmatch(content)
    return AttachedFile(match[1], match[3], int(match[2])) if match else None


def _for_clients(content: str) -> tuple[str, dict[str, Any]]:
    file = parse_file_content(content)
    if file is None:
        return content, {}
    fields = {"name": file.name, "size": file.size, "type": media_type(file.name)}
    return _Signers.short_lived(file.path), {"file": fields}


def preview(content: str) -> str:
    """Where clients find the picture of the file of this content."""
    file = parse_file_content(content)
    return _Signers.short_lived(preview_path(file.path)) if file else ""


def media_for_clients(content: str) -> tuple[str, dict[str, Any]]:
    """What clients get for the content of a picture, a recording or a video."""
    return _Signers.media(content), {}


def with_picture_for_clients(part: dict[str, Any]) -> dict[str, Any]:
    """A field of a message as clients get it, of which `picture` may be an address."""
    picture = part.get("picture")
    return {**part, "picture": _Signers.media(picture)} if picture else part


def file_name(content: str) -> str:
    """What the file of a message with this content is called; empty if there is none."""
    file = parse_file_content(content)
    return file.name if file else ""


def _in_words(content: str, language: str) -> str:
    """The message as a line of text."""
    file, label = parse_file_content(content), KIND.preview(language)
    return label if file is None else f"{label} {file.name} {size_in_words(file.size)}"


def _link(content: str) -> str:
    """Where the shipped apps find the file: a path of this server. Empty if there is no file."""
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
