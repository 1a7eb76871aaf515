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
# The application data that holds the number of repetitions. No other affects the picture.
_LOOP_BLOCKS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def strip_gif(content: bytes) -> bytes:
    """Return `content` without comments, texts, application data, and bytes after its end.

    Raises UploadRejected for a truncated file.
    """
    try:
        return _strip_gif(content)
    except IndexError as error:
        raise UploadRejected(Reason.BROKEN, MessageTemplate.PICTURE_BREAKS_OFF) from error


def _strip_gif(content: bytes) -> bytes:
    offset = _GIF_HEADER + _color_table_size(content[10])
    parts = [content[:offset]]
    while (block := content[offset]) != _TRAILER:
        if block == _IMAGE:
            end = _blocks_end(content, offset + 10 + _color_table_size(content[offset + 9]) + 1)
        elif block == _EXTENSION:
            end = _blocks_end(content, offset + 2)
        else:
            raise UploadRejected(Reason.BROKEN, MessageTemplate.UNKNOWN_PART)
        if block == _IMAGE or _is_extension_kept(content, offset):
            parts.append(content[offset:end])
        offset = end
    return b"".join([*parts, bytes([_TRAILER])])


def _color_table_size(flags: int) -> int:
    """Return the size in bytes of the colour table that `flags` describes."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(content: bytes, offset: int) -> int:
    while size := content[offset]:
        offset += 1 + size
    return offset + 1


def _is_extension_kept(content: bytes, offset: int) -> bool:
    label = content[offset + 1]
    return label == _GRAPHIC_CONTROL or (
        label == _APPLICATION and content[offset + 3 : offset + 14] in _LOOP_BLOCKS
    )


_PNG_SIGNATURE = 8
_PNG_CHUNKS = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"),
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP"),
    # The chunks of animations.
    *(b"acTL", b"fcTL", b"fdAT"),
}


def strip_png(content: bytes) -> bytes:
    """Return `content` without EXIF, texts, times, unknown chunks, and bytes after its end.

    Raises UploadRejected for a truncated file.
    """
    parts = [content[:_PNG_SIGNATURE]]
    offset = _PNG_SIGNATURE
    name = b""
    while name != b"IEND":
        if offset + 12 > len(content):
            raise UploadRejected(Reason.BROKEN, MessageTemplate.PICTURE_BREAKS_OFF)
        size, name = struct.unpack_from(">I4s", content, offset)
        end = offset + 12 + size
        if name in _PNG_CHUNKS:
            parts.append(content[offset:end])
        offset = end
    return b"".join(parts)


_WEBP_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"}
# The flags of VP8X that announce the removed chunks.
_EXIF, _XMP = 0x08, 0x04


def strip_webp(content: bytes) -> bytes:
    """Return `content` without EXIF, XMP, unknown chunks, and bytes after its end.

    Raises UploadRejected for a truncated file.
    """
    (size,) = struct.unpack_from("<I", content, 4)
    if size + 8 > len(content):
        raise UploadRejected(Reason.BROKEN, MessageTemplate.PICTURE_BREAKS_OFF)
    parts = b"".join(_chunks_without_metadata(content[12 : size + 8]))
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WEBP" + parts


def _chunks_without_metadata(body: bytes) -> list[bytes]:
    parts = []
    offset = 0
    while offset + 8 <= len(body):
        name, size = struct.unpack_from("<4sI", body, offset)
        end = offset + 8 + size + (size & 1)
        if offset + 8 + size > len(body):
            raise UploadRejected(Reason.BROKEN, MessageTemplate.PICTURE_BREAKS_OFF)
        if name == b"VP8X":
            parts.append(
                body[offset : offset + 8]
                + bytes([body[offset + 8] & ~(_EXIF | _XMP)])
                + body[offset + 9 : end]
            )
        elif name in _WEBP_CHUNKS:
            parts.append(body[offset:end].ljust(end - offset, b"\0"))
        offset = end
    return parts
