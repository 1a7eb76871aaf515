"""Removes everything but the picture from GIF files. Pure.

The frames stay as they are, byte for byte: encoding an animation again would lose colours.
"""

from uploads.worker.tasks import Reason, UploadRejected
from uploads.worker.texts import Text

_HEADER = 13
_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
# These hold how often the animation repeats. No other application data affects the picture.
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def stripped(content: bytes) -> bytes:
    """`content` without comments, texts, application data and anything after its end.

    Raises UploadRejected for a truncated file.
    """
    try:
        return _walk(content)
    except IndexError as error:
        raise UploadRejected(Reason.BROKEN, Text.PICTURE_BREAKS_OFF) from error


def _walk(content: bytes) -> bytes:
    at = _HEADER + _table(content[10])
    kept = [content[:at]]
    while (block := content[at]) != _TRAILER:
        if block == _IMAGE:
            end = _blocks_end(content, at + 10 + _table(content[at + 9]) + 1)
        elif block == _EXTENSION:
            end = _blocks_end(content, at + 2)
        else:
            raise UploadRejected(Reason.BROKEN, Text.UNKNOWN_PART)
        if block == _IMAGE or _belongs(content, at):
            kept.append(content[at:end])
        at = end
    return b"".join([*kept, bytes([_TRAILER])])


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
