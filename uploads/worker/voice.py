"""Converts any recording into a voice message: mono MP3 of voice quality."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from uploads.worker.budget import allow_encoding
from uploads.worker.containers import check_complete, open_container
from uploads.worker.sniffing import Format
from uploads.worker.tasks import ConversionResult, Reason, Task, UploadRejected, main_path
from uploads.worker.texts import MessageTemplate

# Sample rate in Hz and bit rate in bits per second. Phones record at 8 or 16 kHz, browsers at 48 kHz.
NARROW = (16_000, 32_000)
WIDE = (24_000, 48_000)
# Formats whose header states the duration. For other formats the library only estimates it. An MP3 file
# states it if its first frame, within _MP3_HEAD_BYTES, has a Xing or Info tag.
_MP3_HEAD_BYTES = 4096
_STATE_THEIR_DURATION = {Format.WAV, Format.CAF, Format.MP4, Format.WEBM}


def make_voice(task: Task) -> ConversionResult:
    """Write the task's sound as `main.mp3`. Raises UploadRejected, and the library's errors."""
    if is_truncated(Path(task.source).read_bytes(), Format(task.format)):
        raise UploadRejected(Reason.BROKEN, MessageTemplate.BREAKS_OFF)
    with open_container(task.source, task.format) as container:
        stream = _audio_stream(container)
        target = main_path(Path(task.directory), "mp3")
        rate, bit_rate = NARROW if stream.rate <= NARROW[0] else WIDE
        with av.open(str(target), "w", format="mp3", options={"id3v2_version": "0"}) as out:
            encoder = out.add_stream("libmp3lame", rate=rate, layout="mono", bit_rate=bit_rate)
            samples = 0
            for frame in _mono_frames(container, stream, rate):
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
    if _states_duration(task) and stream.duration and stream.time_base:
        check_complete(float(stream.duration * stream.time_base), samples / rate)
    return ConversionResult("mp3", seconds=rounded_seconds(samples, rate))


def rounded_seconds(samples: int, rate: int) -> int:
    """Return the duration in whole seconds, rounded half up."""
    return (2 * samples + rate) // (2 * rate)


def _states_duration(task: Task) -> bool:
    if task.format != Format.MP3:
        return task.format in _STATE_THEIR_DURATION
    with Path(task.source).open("rb") as file:
        head = file.read(_MP3_HEAD_BYTES)
    return b"Xing" in head or b"Info" in head


def _audio_stream(container: InputContainer) -> AudioStream:
    # The picture of a cover in a music file is not a video.
    moving = [video for video in container.streams.video if not video.disposition & Disposition.attached_pic]
    if moving:
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.VIDEO_AS_VOICE)
    if not container.streams.audio:
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.NO_SOUND)
    return container.streams.audio[0]


def _mono_frames(container: InputContainer, stream: AudioStream, rate: int) -> Iterator[av.AudioFrame]:
    resampler = av.AudioResampler(format="s16p", layout="mono", rate=rate)
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise UploadRejected(Reason.BROKEN, MessageTemplate.DAMAGED)
        for frame in packet.decode():
            yield from _with_timestamps(resampler.resample(frame), rate)
    yield from _with_timestamps(resampler.resample(None), rate)


def _with_timestamps(frames: list[av.AudioFrame], rate: int) -> Iterator[av.AudioFrame]:
    for frame in frames:
        # The encoder makes new time stamps, because those of recorders have gaps and arbitrary offsets.
        frame.pts = None
        frame.time_base = Fraction(1, rate)
        yield frame


# The size of a frame by its type, without the byte that holds the type (RFC 4867, section 5.3).
_AMR_NARROW = (12, 13, 15, 17, 19, 20, 26, 31, 5)
_AMR_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5)
_AMR_HEADS = ((b"#!AMR-WB\n", _AMR_WIDE), (b"#!AMR\n", _AMR_NARROW))


def is_truncated(content: bytes, format_: Format) -> bool:
    """Return whether the file is certainly truncated: it ends inside a frame.

    Only formats that state no duration are checked, because a decoder would accept a truncated file. Return
    False if truncation cannot be recognized.
    """
    if format_ == Format.AMR:
        head, sizes = next(entry for entry in _AMR_HEADS if content.startswith(entry[0]))
        return _ends_inside_frame(content, len(head), lambda offset: _amr_frame_size(content, offset, sizes))
    if format_ == Format.OGG:
        return _ends_inside_frame(content, 0, lambda offset: _ogg_page_size(content, offset))
    if format_ == Format.AAC:
        return _ends_inside_frame(content, 0, lambda offset: _adts_frame_size(content, offset))
    return False


def _ends_inside_frame(content: bytes, offset: int, size_at: Callable[[int], int]) -> bool:
    """Step from frame to frame, and return whether the last frame is incomplete.

    A frame size of 0 means unknown data, which is left to the decoder.
    """
    while offset < len(content):
        try:
            size = size_at(offset)
        except IndexError:
            return True
        if size == 0:
            return False
        offset += size
    return offset > len(content)


def _amr_frame_size(content: bytes, offset: int, sizes: tuple[int, ...]) -> int:
    frame_type = content[offset] >> 3 & 0x0F
    return 1 + (sizes[frame_type] if frame_type < len(sizes) else 0)


def _ogg_page_size(content: bytes, offset: int) -> int:
    if content[offset : offset + 4] != b"OggS":
        return 0
    first = offset + 27
    return 27 + content[offset + 26] + sum(content[first : first + content[offset + 26]])


def _adts_frame_size(content: bytes, offset: int) -> int:
    if content[offset] != 0xFF or content[offset + 1] & 0xF6 != 0xF0:
        return 0
    return (content[offset + 3] & 3) << 11 | content[offset + 4] << 3 | content[offset + 5] >> 5
