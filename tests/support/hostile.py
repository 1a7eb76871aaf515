"""Malicious and broken files, each of which must only get an error reply."""

import struct
import zlib
from collections.abc import Iterator
from functools import cache

from PIL import Image

from testkit import recordings

HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"


def corpus() -> dict[str, tuple[str, bytes]]:
    """Return the files by description, each with the path to send it to."""
    results: dict[str, tuple[str, bytes]] = {}
    for part in (_no_media, _bombs, _polyglots, _broken_pictures, _broken_sound, _broken_video, _lies):
        for name, path, content in part():
            assert name not in results, name
            results[name] = (f"/upload/{path}", content)
    return results


Files = Iterator[tuple[str, str, bytes]]


def _no_media() -> Files:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    files = {
        "empty": b"",
        "one byte": b"\xff",
        "zeros": bytes(1_000_000),
        "text": b"hello " * 1_000,
        "HTML": HTML,
        "SVG with a script": svg,
        "SVG behind an XML header": b'<?xml version="1.0"?>' + svg,
        "an ELF program": b"\x7fELF\x02\x01\x01" + bytes(5_000),
        "a Windows program": b"MZ" + bytes(5_000),
        "a shell script": b"#!/bin/sh\nrm -rf /\n",
        "a PDF": b"%PDF-1.7\n" + bytes(2_000),
        "a ZIP": b"PK\x03\x04" + bytes(2_000),
        "a gzip": b"\x1f\x8b\x08" + bytes(2_000),
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        "a TIFF": recordings.photo(Image.new("RGB", (8, 8)), "TIFF"),
        "a BMP": recordings.photo(Image.new("RGB", (8, 8)), "BMP"),
        "an icon": recordings.photo(Image.new("RGB", (16, 16)), "ICO"),
        "an AVIF": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(300),
        "a playlist of local files": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "a list to concatenate": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "a session description": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\n",
        "MIDI": b"MThd\0\0\0\x06" + bytes(100),
        "FLAC": b"fLaC" + bytes(500),
        "AVI": b"RIFF\x00\x10\x00\x00AVI LIST" + bytes(500),
        "random": bytes((i * 7919 + i // 3) % 251 for i in range(50_000)),
    }
    for name, content in files.items():
        yield name, "writev2", content


def _bombs() -> Files:
    yield "PNG of 900 million pixels", "writev2", _png(30_000, 30_000, zlib.compress(bytes(30_000_000), 9))
    yield "PNG of 4 thousand million pixels a side", "writev2", _png(0x7FFFFFFF, 0x7FFFFFFF, b"")
    yield "PNG of no pixels", "writev2", _png(0, 0, b"")
    yield "PNG as a thread", "writev2", _png(100_000, 1, zlib.compress(bytes(300_001)))
    yield (
        "PNG whose profile unfolds",
        "writev2",
        _png(1, 1, zlib.compress(b"\0\0\0\0"), (b"iCCP", b"x\0\0" + zlib.compress(bytes(100_000_000), 9))),
    )
    yield (
        "PNG whose text unfolds",
        "writev2",
        _png(1, 1, zlib.compress(b"\0\0\0\0"), (b"zTXt", b"x\0\0" + zlib.compress(bytes(100_000_000), 9))),
    )
    jpeg = bytearray(recordings.photo(Image.new("RGB", (8, 8)), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", 65_500, 65_500)
    yield "JPEG that claims 65,500 a side", "writev2", bytes(jpeg)
    yield "JPEG of 1,000 passes", "writev2", many_passes()
    gif = bytearray(recordings.photo(Image.new("P", (8, 8)), "GIF"))
    gif[6:10] = struct.pack("<HH", 65_535, 65_535)
    yield "GIF that claims 65,535 a side", "writev2", bytes(gif)
    frame = gif[gif.index(b",") : -1]
    small = recordings.photo(Image.new("P", (1_000, 1_000)), "GIF")
    yield "GIF of 1,900 large frames", "writev2", small[:-1] + small[small.index(b",") : -1] * 1_899 + b";"
    yield (
        "GIF of 100,000 frames",
        "writev2",
        bytes(gif[:6] + b"\x08\0\x08\0" + gif[10:-1] + frame * 100_000) + b";",
    )
    webp = bytearray(recordings.animation("WEBP"))
    at = webp.index(b"VP8X") + 12
    webp[at : at + 6] = b"\xff\xff\xff\xff\xff\xff"
    yield "WebP that claims 16 million a side", "writev2", bytes(webp)
    yield "a voice message of hours", "writev1", _long_mp3()
    yield "AMR of an hour and a half", "writev1", b"#!AMR\n" + (b"\x04" + bytes(12)) * 260_000


def _polyglots() -> Files:
    picture = recordings.photo(recordings.halves((64, 48)), "JPEG")
    gif = recordings.animation("GIF")
    png = recordings.photo(recordings.halves((64, 48)), "PNG")
    yield "a GIF that is HTML", "writev2", b"GIF89a" + HTML
    yield "a GIF that is JavaScript", "writev2", b"GIF89a/*" + bytes(100) + b"*/=1;javascript:alert(1)"
    yield "a GIF with HTML behind it", "writev2", gif + HTML
    yield "a GIF with HTML in a comment", "writev2", recordings.animation("GIF", comment=HTML)
    yield "a JPEG with HTML behind it", "writev2", picture + HTML
    yield (
        "a JPEG with PHP in a comment",
        "writev2",
        picture[:2] + _jpeg_comment(b"<?php phpinfo();") + picture[2:],
    )
    yield "a PNG with HTML behind it", "writev2", png + HTML
    yield "a JPEG that is a PDF", "writev2", picture[:2] + _jpeg_comment(b"%PDF-1.4\n1 0 obj") + picture[2:]
    yield "an MP3 that is HTML", "writev1", b"ID3\x03\0\0\0\0\x02\x00" + HTML
    yield "an MP4 that is HTML", "writev3", recordings.film(container="mp4", codec="libx264") + HTML


def _broken_pictures() -> Files:
    for format_ in ("JPEG", "PNG", "GIF", "WEBP"):
        noise = Image.effect_noise((200, 150), 80).convert("RGB")
        photo = recordings.photo(noise, format_)
        yield f"{format_} cut in the middle", "writev2", photo[: len(photo) // 2]
        yield f"{format_} cut after its head", "writev2", photo[:30]
        yield f"{format_} that is only its first bytes", "writev2", photo[:12]
    moving = recordings.animation("WEBP", frames=6)
    yield "moving WebP cut in the middle", "writev2", moving[: len(moving) // 2]
    moving = recordings.animation("GIF", frames=6)
    yield "moving GIF cut in the middle", "writev2", moving[: len(moving) // 2]
    png = recordings.photo(Image.effect_noise((200, 150), 80), "PNG")
    yield "PNG with a wrong sum", "writev2", png[:60] + bytes(50) + png[110:]


def _broken_sound() -> Files:
    wav = recordings.silence(10)
    yield "WAV cut in the middle", "writev1", wav[: len(wav) // 2]
    yield "WAV cut after its head", "writev1", wav[:44]
    yield "WAV of no channels", "writev1", wav[:22] + b"\0\0" + wav[24:]
    yield "WAV of 4 thousand million hertz", "writev1", wav[:24] + b"\xff\xff\xff\xff" + wav[28:]
    m4a = recordings.tone(3, container="ipod", codec="aac", rate=44_100)
    yield "M4A cut in the middle", "writev1", m4a[: len(m4a) // 2]
    caf = recordings.tone(3, container="caf", codec="pcm_s16be", rate=44_100)
    yield "CAF cut after its head", "writev1", caf[:60]
    yield "AMR of nothing", "writev1", b"#!AMR\n"
    yield "AMR of nonsense", "writev1", b"#!AMR\n" + b"\xff" * 2_000
    yield "MP3 of nonsense", "writev1", b"\xff\xfb" + bytes(3_000)
    yield "Ogg of nonsense", "writev1", b"OggS" + bytes(3_000)
    for name, container, codec, rate in (
        ("AMR", "amr", "libopencore_amrnb", 8_000),
        ("Ogg", "ogg", "libopus", 48_000),
        ("AAC", "adts", "aac", 44_100),
        ("MP3", "mp3", "libmp3lame", 44_100),
    ):
        tone = recordings.tone(3, container=container, codec=codec, rate=rate)
        yield f"{name} cut in the middle", "writev1", tone[: len(tone) // 2 + 3]
    ogg = recordings.tone(3, container="ogg", codec="libopus", rate=48_000)
    yield "Ogg cut after its head", "writev1", ogg[:100]
    yield "WebM of nonsense", "writev1", b"\x1a\x45\xdf\xa3" + b"\xff" * 3_000


def _broken_video() -> Files:
    film = recordings.film(container="mp4", codec="libx264", seconds=3)
    yield "MP4 without its index", "writev3", film[: film.index(b"moov") - 4]
    yield "MP4 cut in the middle", "writev3", film[: len(film) // 2]
    moov = film.index(b"moov") - 4
    media = film.index(b"mdat") - 4
    yield "MP4 whose pictures are zeros", "writev3", film[: media + 8] + bytes(moov - media - 8) + film[moov:]
    yield "MP4 of boxes in boxes", "writev3", b"\0\0\0\x10ftypisom\0\0\0\0" + _nested(b"moov", 2_000)
    yield (
        "MP4 with a box of no size",
        "writev3",
        b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x01moov" + b"\xff" * 64,
    )
    webm = recordings.film(container="webm", codec="libvpx", seconds=3)
    yield "WebM cut in the middle", "writev3", webm[: len(webm) // 2]
    yield "WebM cut after its head", "writev3", webm[:200]
    yield "WebM full of nonsense", "writev3", webm[:600] + b"\xaa" * 5_000


def _lies() -> Files:
    yield "a picture called a video", "writev3", recordings.photo(recordings.halves((64, 48)), "JPEG")
    yield "a picture called a voice", "writev1", recordings.photo(recordings.halves((64, 48)), "PNG")
    yield "a voice called a video", "writev3", recordings.tone(1, container="ipod", codec="aac", rate=44_100)
    yield (
        "a WebM voice called a video",
        "writev3",
        recordings.tone(1, container="webm", codec="libopus", rate=48_000),
    )
    yield "a video called a voice", "writev1", recordings.film(container="mp4", codec="libx264")


def _png(width: int, height: int, pixels: bytes, *more: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), *more, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _jpeg_comment(text: bytes) -> bytes:
    return b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text


@cache
def many_passes(side: int = 12_000) -> bytes:
    """Return a large progressive JPEG with one scan repeated a thousand times: small, but slow to decode."""
    jpeg = recordings.photo(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    start = jpeg.rindex(b"\xff\xda")
    end = jpeg.rindex(b"\xff\xd9")
    return jpeg[:end] + jpeg[start:end] * 1_000 + jpeg[end:]


def _nested(name: bytes, depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = struct.pack(">I", len(content) + 8) + name + content
    return content


def _long_mp3() -> bytes:
    """Return MP3 frames of 8 kbit/s: a small file that lasts for hours."""
    # MPEG-2 layer III, 8 kbit/s, 16 kHz, mono: 36 bytes for 36 ms.
    frame = b"\xff\xf3\x18\xc4" + bytes(32)
    return frame * 250_000
