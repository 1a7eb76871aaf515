"""Removes everything but the picture from PNG files. Pure.

The pixels stay as they are, byte for byte: compressing a large picture a second time gains nothing.
"""

import struct

from uploads.worker.tasks import Reason, UploadRejected
from uploads.worker.texts import Text

_SIGNATURE = 8
_PICTURE = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"),
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP"),
    # The chunks of animations.
    *(b"acTL", b"fcTL", b"fdAT"),
}


def stripped(content: bytes) -> bytes:
    """`content` without EXIF, texts, times, unknown chunks and anything after its end.

    Raises UploadRejected for a truncated file.
    """
    kept = [content[:_SIGNATURE]]
    at = _SIGNATURE
    name = b""
    while name != b"IEND":
        if at + 12 > len(content):
            raise UploadRejected(Reason.BROKEN, Text.PICTURE_BREAKS_OFF)
        size, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + size
        if name in _PICTURE:
            kept.append(content[at:end])
        at = end
    return b"".join(kept)
