"""Removes everything but the picture from WebP files. Pure.

The frames stay as they are, byte for byte: encoding an animation again would lose quality.
"""

import struct

from uploads.worker.tasks import Reason, UploadRejected
from uploads.worker.texts import Text

_PICTURE = {b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"}
# The flags of VP8X that announce the removed chunks.
_EXIF, _XMP = 0x08, 0x04


def stripped(content: bytes) -> bytes:
    """`content` without EXIF, XMP, unknown chunks and anything after its end.

    Raises UploadRejected for a truncated file.
    """
    (size,) = struct.unpack_from("<I", content, 4)
    if size + 8 > len(content):
        raise UploadRejected(Reason.BROKEN, Text.PICTURE_BREAKS_OFF)
    kept = b"".join(_chunks(content[12 : size + 8]))
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + kept


def _chunks(body: bytes) -> list[bytes]:
    kept = []
    at = 0
    while at + 8 <= len(body):
        name, size = struct.unpack_from("<4sI", body, at)
        end = at + 8 + size + (size & 1)
        if at + 8 + size > len(body):
            raise UploadRejected(Reason.BROKEN, Text.PICTURE_BREAKS_OFF)
        if name == b"VP8X":
            kept.append(body[at : at + 8] + bytes([body[at + 8] & ~(_EXIF | _XMP)]) + body[at + 9 : end])
        elif name in _PICTURE:
            kept.append(body[at:end].ljust(end - at, b"\0"))
        at = end
    return kept
