"""Creates files like those that phones and browsers record."""

import io
import math
import struct
import wave
from fractions import Fraction

import av
from av.audio.layout import AudioLayout
from PIL import Image

TONE_HERTZ = 440


def tone(
    seconds: float,
    *,
    container: str,
    codec: str,
    rate: int = 16_000,
    layout: str = "mono",
    metadata: dict[str, str] | None = None,
) -> bytes:
    """Return a recording of a sine tone."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout=layout)
        out.metadata.update(metadata or {})
        assert isinstance(stream, av.AudioStream)
        _write_tone(out, stream, seconds, rate, layout)
    return file.getvalue()


def _write_tone(
    out: av.container.OutputContainer, stream: av.AudioStream, seconds: float, rate: int, layout: str
) -> None:
    resampler = av.AudioResampler(
        format=stream.codec_context.format,
        layout=layout,
        rate=rate,
        frame_size=stream.codec_context.frame_size,
    )
    channels = AudioLayout(layout).nb_channels
    total = round(seconds * rate)
    position = 0
    while position < total:
        count = min(1024, total - position)
        frame = av.AudioFrame(format="s16", layout=layout, samples=count)
        frame.planes[0].update(_samples(position, count, rate, channels))
        frame.sample_rate = rate
        frame.pts = position
        frame.time_base = Fraction(1, rate)
        position += count
        for ready in resampler.resample(frame):
            out.mux(stream.encode(ready))
    for ready in resampler.resample(None):
        out.mux(stream.encode(ready))
    out.mux(stream.encode(None))


def amr_wideband(frames: int) -> bytes:
    """Return a silent wideband AMR file of the lowest rate, 20 ms a frame. There is no encoder for sound."""
    return b"#!AMR-WB\n" + (b"\x04" + bytes(17)) * frames


def silence(seconds: int, rate: int = 8_000) -> bytes:
    """Return a silent WAV file, which is quick to create at any length."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(rate)
        out.writeframes(b"\x80" * rate * seconds)
    return file.getvalue()


def _samples(start: int, count: int, rate: int, channels: int) -> bytes:
    values = (
        round(8_000 * math.sin(2 * math.pi * TONE_HERTZ * at / rate)) for at in range(start, start + count)
    )
    return b"".join(struct.pack("<h", value) * channels for value in values)


def film(
    *,
    container: str,
    codec: str,
    size: tuple[int, int] = (320, 240),
    seconds: float = 1.0,
    rate: int = 25,
    sound: str = "",
    turned: int = 0,
    metadata: dict[str, str] | None = None,
) -> bytes:
    """Return a video whose left half is red and whose right half is blue.

    `turned` adds a note that the player must turn it this many degrees clockwise, like a phone held upright.
    """
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        audio = out.add_stream(sound, rate=48_000, layout="stereo") if sound else None
        out.metadata.update(metadata or {})
        for number in range(max(1, round(seconds * rate))):
            frame = av.VideoFrame.from_image(halves(size, number))  # type: ignore[no-untyped-call]
            frame.pts = number
            frame.time_base = Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if audio is not None:
            assert isinstance(audio, av.AudioStream)
            _write_tone(out, audio, seconds, 48_000, "stereo")
    content = file.getvalue()
    return with_turn(content, turned) if turned else content


def noisy_film(megabytes: int) -> bytes:
    """Return a video of 30 seconds and almost the given size: every frame is noise."""
    file = io.BytesIO()
    rate, seconds = 10, 30
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "g": "10"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.bit_rate = megabytes * 8_000_000 // seconds
        for number in range(rate * seconds):
            noise = Image.effect_noise((320, 240), 120).convert("RGB")
            frame = av.VideoFrame.from_image(noise)  # type: ignore[no-untyped-call]
            frame.pts = number
            frame.time_base = Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def halves(size: tuple[int, int], frame_number: int = 0) -> Image.Image:
    """Return a picture whose left half is red and whose right half is blue.

    A white bar moves down with `frame_number`.
    """
    picture = Image.new("RGB", size, (200, 20, 20))
    picture.paste((20, 20, 200), (size[0] // 2, 0, *size))
    bar = frame_number % max(1, size[1] - 8)
    picture.paste((250, 250, 250), (0, bar, size[0], bar + 4))
    return picture


_MATRICES = {
    90: (0, 1, -1, 0),
    180: (-1, 0, 0, -1),
    270: (0, -1, 1, 0),
}


def with_turn(content: bytes, degrees: int) -> bytes:
    """Return the MP4 or QuickTime file with its first track turned, by the matrix in the track's header."""
    start = content.index(b"tkhd") + 4
    start += 40 if content[start] == 0 else 52
    a, b, c, d = (value << 16 for value in _MATRICES[degrees])
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return content[:start] + matrix + content[start + len(matrix) :]


def photo(picture: Image.Image, format_: str, **options: object) -> bytes:
    """Return the picture, encoded as a file."""
    file = io.BytesIO()
    picture.save(file, format_, **options)
    return file.getvalue()


def animation(format_: str, frames: int = 3, size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    """Return an animated picture."""
    pictures = [halves(size, 8 * number) for number in range(frames)]
    return photo(
        pictures[0], format_, save_all=True, append_images=pictures[1:], duration=100, loop=0, **options
    )


def camera_notes(orientation: int = 1) -> Image.Exif:
    """Return metadata like a phone camera's: orientation, camera and location."""
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010F] = "SecretMaker"
    notes.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return notes
