"""Removes everything but the picture from GIF, PNG and WebP files. Pure.

The frames and pixels stay as they are, byte for byte: encoding an animation again would lose colours or
quality, and compressing a large picture a second time gains nothing.
"""

import struct

from uploads.worker.tasks import Reason, UploadRejected
from uploads.worker.texts import MessageTemplate

_GIF_HEADER = 13
_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
# These hold how often the animation repeats. No other application data affects the picture.
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def gif(content: bytes) -> bytes:
    """`content` without comments, texts, application data and anything after its end.

    Raises UploadRejected for a truncated file.
    """
    try:
        return _gif(content)
    except IndexError as error:
        raise UploadRejected(Reason.BROKEN, MessageTemplate.PICTURE_BREAKS_OFF) from error


def _gif(content: bytes) -> bytes:
    at = _GIF_HEADER + _table(content[10])
    parts = [content[:at]]
    while (block := content[at]) != _TRAILER:
        if block == _IMAGE:
            end = _blocks_end(content, at + 10 + _table(content[at + 9]) + 1)
        elif block == _EXTENSION:
            end = _blocks_end(content, at + 2)
        else:
            raise UploadRejected(Reason.BROKEN, MessageTemplate.UNKNOWN_PART)
        if block == _IMAGE or _belongs(content, at):
            parts.append(content[at:end])
        at = end
    return b"".join([*parts, bytes([_TRAILER])])


def _table(flags: int) -> int:
    """The size in bytes of the colour table described by `flags`."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(content: bytes, at: int) -> int:
    while size := content[at]:
        at += 1 + size
    return at + 1


def _belongs(content: bytes, at: int) -> bool:
    label = content[at + 1]
    return label == _GRAPHIC_CONTROL or (label == _APPLICATION and content[at + 3 : at + 14] in _LOOPS)


_PNG_SIGNATURE = 8
_PNG_CHUNKS = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"),
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP"),
    # The chunks of animations.
    *(b"acTL", b"fcTL", b"fdAT"),
}


def png(content: bytes) -> bytes:
    """`content` without EXIF, texts, times, unknown chunks and anything after its end.

    Raises UploadRejected for a truncated file.
    """
    parts = [content[:_PNG_SIGNATURE]]
    at = _PNG_SIGNATURE
    name = b""
    while name != b"IEND":
        if at + 12 > len(content):
            raise UploadRejected(Reason.BROKEN, MessageTemplate.PICTURE_BREAKS_OFF)
        size, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + size
        if name in _PNG_CHUNKS:
            parts.append(content[at:end])
        at = end
    return b"".join(parts)


_WEBP_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"}
# The flags of VP8X that announce the removed chunks.
_EXIF, _XMP = 0x08, 0x04


def webp(content: bytes) -> bytes:
    """`content` without EXIF, XMP, unknown chunks and anything after its end.

    Raises UploadRejected for a truncated file.
    """
    (size,) = struct.unpack_from("<I", content, 4)
    if size + 8 > len(content):
        raise UploadRejected(Reason.BROKEN, MessageTemplate.PICTURE_BREAKS_OFF)
    parts = b"".join(_chunks_without_metadata(content[12 : size + 8]))
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WEBP" + parts


def _chunks_without_metadata(body: bytes) -> list[bytes]:
    parts = []
    at = 0
    while at + 8 <= len(body):
        name, size = struct.unpack_from("<4sI", body, at)
        end = at + 8 + size + (size & 1)
        if at + 8 + size > len(body):
            raise UploadRejected(Reason.BROKEN, MessageTemplate.PICTURE_BREAKS_OFF)
        if name == b"VP8X":
            parts.append(body[at : at + 8] + bytes([body[at + 8] & ~(_EXIF | _XMP)]) + body[at + 9 : end])
        elif name in _WEBP_CHUNKS:
            parts.append(body[at:end].ljust(end - at, b"\0"))
        at = end
    return parts
