"""PNG files without what is no picture in them. Pure.

The pixels stay as they are, byte for byte: nothing is gained by packing a large picture twice.
"""

import struct

from uploads.worker.tasks import Reason, Refused

_SIGNATURE = 8
_PICTURE = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"),
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP"),
    # Those of moving ones.
    *(b"acTL", b"fcTL", b"fdAT"),
}


def stripped(content: bytes) -> bytes:
    """`content` without EXIF, texts, times, unknown chunks and whatever follows its end.

    Raises Refused for a file that breaks off.
    """
    kept = [content[:_SIGNATURE]]
    at = _SIGNATURE
    name = b""
    while name != b"IEND":
        if at + 12 > len(content):
            raise Refused(Reason.BROKEN, "The picture breaks off.")
        size, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + size
        if name in _PICTURE:
            kept.append(content[at:end])
        at = end
    return b"".join(kept)
