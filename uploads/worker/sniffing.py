"""Recognizes a file's format by its first bytes, never by its name or the sender's claim. Pure."""

import re
from enum import StrEnum

# The number of bytes at the beginning of a file that `sniff` needs.
HEAD_BYTES = 64


class Format(StrEnum):
    """The accepted formats."""

    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    AMR = "amr"
    MP3 = "mp3"
    AAC = "aac"
    WAV = "wav"
    CAF = "caf"
    OGG = "ogg"
    WEBM = "webm"
    MP4 = "mp4"


PICTURES = frozenset({Format.JPEG, Format.PNG, Format.GIF, Format.WEBP})
VOICES = frozenset(
    {Format.AMR, Format.MP3, Format.AAC, Format.WAV, Format.CAF, Format.OGG, Format.WEBM, Format.MP4}
)
VIDEOS = frozenset({Format.WEBM, Format.MP4})

_STARTS = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"#!AMR\n", Format.AMR),
    (b"#!AMR-WB\n", Format.AMR),
    (b"ID3", Format.MP3),
    (b"caff", Format.CAF),
    (b"OggS", Format.OGG),
    (b"\x1a\x45\xdf\xa3", Format.WEBM),
)
# The first box of a QuickTime file may be any of these; of an MP4 file it is `ftyp`.
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
# Still pictures in the same kind of boxes.
_STILL_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
_RIFF = {b"WEBP": Format.WEBP, b"WAVE": Format.WAV}

_SCRIPT = re.compile(rb"<script|<!doctype|<html[\s>]|<body[\s>]|<iframe|<\?php|javascript:", re.IGNORECASE)
_PDF_HEAD_BYTES = 1024


def sniff(head: bytes) -> Format | None:
    """Return the format of a file that begins with `head`, or None if the format is not accepted."""
    for start, format_ in _STARTS:
        if head.startswith(start):
            return format_
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] in _FIRST_BOXES and head[8:12] not in _STILL_BRANDS:
        return Format.MP4
    return _by_sync_word(head)


def is_heif(head: bytes) -> bool:
    """Return whether the file is a HEIF picture, as new phones store them. Senders get a separate error."""
    return head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS


def is_polyglot(content: bytes) -> bool:
    """Return whether a browser or a reader might treat the file as a document: HTML, a script, or PDF."""
    return b"%PDF-" in content[:_PDF_HEAD_BYTES] or _SCRIPT.search(content) is not None


def _by_sync_word(head: bytes) -> Format | None:
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 3
    if layer == 0 and head[1] & 0xF0 == 0xF0:
        return Format.AAC
    return Format.MP3 if layer in (1, 2) else None
