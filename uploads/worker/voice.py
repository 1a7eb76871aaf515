"""Converts any recording into a voice message: mono MP3 of voice quality."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from uploads.worker.budget import allow_encoding
from uploads.worker.containers import check_whole, opened
from uploads.worker.sniffing import Format
from uploads.worker.tasks import Made, Reason, Task, UploadRejected, main_path
from uploads.worker.texts import Text
from uploads.worker.wholeness import breaks_off

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
        raise UploadRejected(Reason.BROKEN, Text.BREAKS_OFF)
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
                        Reason.TOO_LARGE, Text.VOICE_SECONDS, {"seconds": task.limits.seconds}
                    )
                out.mux(encoder.encode(frame))
            out.mux(encoder.encode(None))
    if not samples:
        raise UploadRejected(Reason.BROKEN, Text.NO_SOUND)
    if _says_its_length(task) and stream.duration and stream.time_base:
        check_whole(float(stream.duration * stream.time_base), samples / rate)
    return Made("mp3", seconds=whole_seconds(samples, rate))


def whole_seconds(samples: int, rate: int) -> int:
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
        raise UploadRejected(Reason.UNSUPPORTED, Text.VIDEO_AS_VOICE)
    if not container.streams.audio:
        raise UploadRejected(Reason.UNSUPPORTED, Text.NO_SOUND)
    return container.streams.audio[0]


def _mono(container: InputContainer, stream: AudioStream, rate: int) -> Iterator[av.AudioFrame]:
    resampler = av.AudioResampler(format="s16p", layout="mono", rate=rate)
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise UploadRejected(Reason.BROKEN, Text.DAMAGED)
        for frame in packet.decode():
            yield from _timed(resampler.resample(frame), rate)
    yield from _timed(resampler.resample(None), rate)


def _timed(frames: list[av.AudioFrame], rate: int) -> Iterator[av.AudioFrame]:
    for frame in frames:
        # The encoder makes its own time stamps: those of recorders have gaps and begin anywhere.
        frame.pts = None
        frame.time_base = Fraction(1, rate)
        yield frame
