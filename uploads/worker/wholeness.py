"""Checks whether a recording ends where one of its frames ends. Pure.

For formats that state no duration: a decoder would take a truncated file for a whole one.
"""

from collections.abc import Callable

from uploads.worker.sniffing import Format

# The size of a frame by its type, without the byte that holds the type (RFC 4867, section 5.3).
_AMR_NARROW = (12, 13, 15, 17, 19, 20, 26, 31, 5)
_AMR_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5)
_AMR_HEADS = ((b"#!AMR-WB\n", _AMR_WIDE), (b"#!AMR\n", _AMR_NARROW))


def breaks_off(content: bytes, format_: Format) -> bool:
    """Whether the file is certainly truncated; False where that cannot be known."""
    if format_ == Format.AMR:
        head, sizes = next(entry for entry in _AMR_HEADS if content.startswith(entry[0]))
        return _walk(content, len(head), lambda at: _amr_frame(content, at, sizes))
    if format_ == Format.OGG:
        return _walk(content, 0, lambda at: _ogg_page(content, at))
    if format_ == Format.AAC:
        return _walk(content, 0, lambda at: _adts_frame(content, at))
    return False


def _walk(content: bytes, at: int, size_at: Callable[[int], int]) -> bool:
    """Go from frame to frame. A frame of size 0 means that something else follows, which the decoder must
    judge."""
    while at < len(content):
        try:
            size = size_at(at)
        except IndexError:
            return True
        if size == 0:
            return False
        at += size
    return at > len(content)


def _amr_frame(content: bytes, at: int, sizes: tuple[int, ...]) -> int:
    kind = content[at] >> 3 & 0x0F
    return 1 + (sizes[kind] if kind < len(sizes) else 0)


def _ogg_page(content: bytes, at: int) -> int:
    if content[at : at + 4] != b"OggS":
        return 0
    first = at + 27
    return 27 + content[at + 26] + sum(content[first : first + content[at + 26]])


def _adts_frame(content: bytes, at: int) -> int:
    if content[at] != 0xFF or content[at + 1] & 0xF6 != 0xF0:
        return 0
    return (content[at + 3] & 3) << 11 | content[at + 4] << 3 | content[at + 5] >> 5
