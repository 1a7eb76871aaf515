"""Converts any recording into a voice message: mono MP3 of voice quality."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from uploads.worker.budget import allow_encoding
from uploads.worker.containers import check_complete, opened
from uploads.worker.sniffing import Format
from uploads.worker.tasks import Made, Reason, Task, UploadRejected, main_path
from uploads.worker.texts import MessageTemplate

# Hertz and bits per second: phones record at 8 or 16 kHz, browsers at 48.
NARROW = (16_000, 32_000)
WIDE = (24_000, 48_000)
# Formats whose beginning states the duration. For the others the library only guesses it; for MP3 too, unless
# the first frame states it.
_MP3_HEAD = 4096
_SAY_THEIR_LENGTH = {Format.WAV, Format.CAF, Format.MP4, Format.WEBM}


def make_voice(task: Task) -> Made:
    """Write the task's sound as `main.mp3`. Raises UploadRejected, and what the library raises."""
    if breaks_off(Path(task.source).read_bytes(), Format(task.format)):
        raise UploadRejected(Reason.BROKEN, MessageTemplate.BREAKS_OFF)
    with opened(task.source, task.format) as container:
        stream = _only_sound(container)
        target = main_path(Path(task.directory), "mp3")
        rate, bit_rate = NARROW if stream.rate <= NARROW[0] else WIDE
        with av.open(str(target), "w", format="mp3", options={"id3v2_version": "0"}) as out:
            encoder = out.add_stream("libmp3lame", rate=rate, layout="mono", bit_rate=bit_rate)
            samples = 0
            for frame in _mono(container, stream, rate):
                if not samples:
                    allow_encoding(task.limits)
                samples += frame.samples
                if samples > task.limits.seconds * rate:
                    raise UploadRejected(
                        Reason.TOO_LARGE, MessageTemplate.VOICE_SECONDS, {"seconds": task.limits.seconds}
                    )
                out.mux(encoder.encode(frame))
            out.mux(encoder.encode(None))
    if not samples:
        raise UploadRejected(Reason.BROKEN, MessageTemplate.NO_SOUND)
    if _says_its_length(task) and stream.duration and stream.time_base:
        check_complete(float(stream.duration * stream.time_base), samples / rate)
    return Made("mp3", seconds=rounded_seconds(samples, rate))


def rounded_seconds(samples: int, rate: int) -> int:
    """The length in whole seconds, rounded half up."""
    return (2 * samples + rate) // (2 * rate)


def _says_its_length(task: Task) -> bool:
    if task.format != Format.MP3:
        return task.format in _SAY_THEIR_LENGTH
    with Path(task.source).open("rb") as file:
        head = file.read(_MP3_HEAD)
    return b"Xing" in head or b"Info" in head


def _only_sound(container: InputContainer) -> AudioStream:
    # A music file may hold a picture of its cover.
    moving = [video for video in container.streams.video if not video.disposition & Disposition.attached_pic]
    if moving:
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.VIDEO_AS_VOICE)
    if not container.streams.audio:
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.NO_SOUND)
    return container.streams.audio[0]


def _mono(container: InputContainer, stream: AudioStream, rate: int) -> Iterator[av.AudioFrame]:
    resampler = av.AudioResampler(format="s16p", layout="mono", rate=rate)
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise UploadRejected(Reason.BROKEN, MessageTemplate.DAMAGED)
        for frame in packet.decode():
            yield from _timed(resampler.resample(frame), rate)
    yield from _timed(resampler.resample(None), rate)


def _timed(frames: list[av.AudioFrame], rate: int) -> Iterator[av.AudioFrame]:
    for frame in frames:
        # The encoder makes its own time stamps: those of recorders have gaps and begin anywhere.
        frame.pts = None
        frame.time_base = Fraction(1, rate)
        yield frame


# The size of a frame by its type, without the byte that holds the type (RFC 4867, section 5.3).
_AMR_NARROW = (12, 13, 15, 17, 19, 20, 26, 31, 5)
_AMR_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5)
_AMR_HEADS = ((b"#!AMR-WB\n", _AMR_WIDE), (b"#!AMR\n", _AMR_NARROW))


def breaks_off(content: bytes, format_: Format) -> bool:
    """Whether the file is certainly truncated: it does not end where one of its frames ends. False where that
    cannot be known. Of formats that state no duration: a decoder would take a truncated file for a whole
    one."""
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
