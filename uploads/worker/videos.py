"""Videos: MP4 with H.264 and AAC, which every client and browser plays, and a poster.

Streams that are H.264 or AAC already are copied into a new file. All others are encoded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.stream import Disposition
from av.video import VideoStream
from PIL import Image

from uploads.worker.budget import allow_encoding
from uploads.worker.containers import check_complete, open_container
from uploads.worker.pictures import write
from uploads.worker.tasks import ConversionResult, Reason, Task, UploadRejected, main_path, poster_path
from uploads.worker.texts import MessageTemplate

MAX_FRAME_PIXELS = 4096 * 4096
# Videos that must be encoded are also reduced to this side length, which suits phones and limits the time.
ENCODED_SIDE = 1920
POSTER_QUALITY = 85
_X264 = {"preset": "veryfast", "crf": "25"}
_AAC_BIT_RATE = 96_000
# The time base of encoded frames.
_TIME_BASE = Fraction(1, 90_000)
# The number of decoder threads. The default is one for each processor of the machine.
THREADS = 2
_PIXEL_FORMATS = {"yuv420p", "yuvj420p"}


@dataclass(frozen=True, slots=True)
class DisplaySize:
    """How a video is shown: first turned by `turn` degrees counter-clockwise, then scaled to the size."""

    turn: int
    width: int
    height: int


def make_video(task: Task) -> ConversionResult:
    """Write the task's video as `main.mp4`, and `poster.jpg`. Raises UploadRejected, and the library's
    errors."""
    directory = Path(task.directory)
    with open_container(task.source, task.format) as container:
        stream = _video_stream(container)
        stated = _duration(container)
        if stated > task.limits.seconds:
            raise UploadRejected(
                Reason.TOO_LARGE, MessageTemplate.VIDEO_SECONDS, {"seconds": task.limits.seconds}
            )
        copied = _is_playable(stream)
        first = _first_frame(container, stream)
        display = _display_size(first, stream)
        width, height = _write_poster(
            first, display, poster_path(directory), None if copied else ENCODED_SIDE
        )
        container.seek(0)
        with _writing(main_path(directory, "mp4")) as out:
            clock = _Clock(task.limits.seconds)
            if not copied:
                allow_encoding(task.limits)
            write = _copy if copied else _encode
            write(container, stream, out, DisplaySize(display.turn, width, height), clock)
    check_complete(stated, float(clock.seconds))
    return ConversionResult("mp4", width=width, height=height)


@contextmanager
def _writing(path: Path) -> Iterator[OutputContainer]:
    # faststart puts the index first, so that clients can start playing before the download is complete. The
    # original's metadata (place, camera, dates) is not written.
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as out:
        yield out


def _video_stream(container: InputContainer) -> VideoStream:
    moving = [
        stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic
    ]
    if not moving:
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.NO_VIDEO)
    stream = moving[0]
    if not 0 < stream.width * stream.height <= MAX_FRAME_PIXELS:
        raise UploadRejected(Reason.TOO_LARGE, MessageTemplate.FRAME_PIXELS, {"pixels": MAX_FRAME_PIXELS})
    stream.thread_count = THREADS
    return stream


def _duration(container: InputContainer) -> float:
    """Return the duration that the file states in seconds, or 0."""
    return max(container.duration or 0, 0) / av.time_base


def _is_playable(stream: VideoStream) -> bool:
    context = stream.codec_context
    return context.name == "h264" and context.pix_fmt in _PIXEL_FORMATS


def _first_frame(container: InputContainer, stream: VideoStream) -> av.VideoFrame:
    for frame in container.decode(stream):
        if frame.width * frame.height > MAX_FRAME_PIXELS:
            break
        return frame
    raise UploadRejected(Reason.BROKEN, MessageTemplate.NO_PICTURE)


def _display_size(frame: av.VideoFrame, stream: VideoStream) -> DisplaySize:
    turn = round(frame.rotation / 90) * 90 % 360
    width, height = frame.width, frame.height
    ratio = stream.sample_aspect_ratio or Fraction(1)
    if Fraction(1, 8) < ratio < 8:
        width = max(1, round(width * ratio))
    return DisplaySize(turn, height, width) if turn in (90, 270) else DisplaySize(turn, width, height)


_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def _write_poster(
    frame: av.VideoFrame, display: DisplaySize, path: Path, longest: int | None
) -> tuple[int, int]:
    """Write the poster, and return the size of the video. `longest` is the maximum side, or None."""
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    if display.turn:
        picture = picture.transpose(_TURNS[display.turn])
    width, height = display.width, display.height
    if longest:
        scale = min(Fraction(1), Fraction(longest, max(width, height)))
        # The encoder accepts only even sides.
        width, height = (max(2, int(side * scale) // 2 * 2) for side in (width, height))
    if picture.size != (width, height):
        picture = picture.resize((width, height))
    write(picture, path, "JPEG", quality=POSTER_QUALITY)
    return width, height


def _copy(
    container: InputContainer,
    stream: VideoStream,
    out: OutputContainer,
    display: DisplaySize,
    clock: "_Clock",
) -> None:
    """Copy the video stream unchanged. Encode the sound unless it is AAC."""
    copied = out.add_stream_from_template(stream, opaque=True)
    sound = _Sound(container, out)
    for packet in container.demux(sound.streams_with(stream)):
        clock.advance(packet)
        if packet.stream is not stream:
            sound.write(packet)
        elif packet.dts is not None:
            packet.stream = copied
            out.mux(packet)
    sound.finish()


def _encode(
    container: InputContainer,
    stream: VideoStream,
    out: OutputContainer,
    display: DisplaySize,
    clock: "_Clock",
) -> None:
    """Encode the video, turned and scaled as shown."""
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    encoder = out.add_stream("libx264", rate=min(max(rate, Fraction(1)), Fraction(60)), options=_X264)
    encoder.width, encoder.height, encoder.pix_fmt = display.width, display.height, "yuv420p"
    encoder.thread_count = THREADS
    encoder.codec_context.time_base = _TIME_BASE
    sound = _Sound(container, out)
    converter = _FrameConverter(stream, display)
    for packet in container.demux(sound.streams_with(stream)):
        clock.advance(packet)
        if packet.stream is not stream:
            sound.write(packet)
            continue
        for frame in packet.decode():
            assert isinstance(frame, av.VideoFrame)
            out.mux(encoder.encode(converter.convert(frame)))
    out.mux(encoder.encode(None))
    sound.finish()


class _Clock:
    """The position in the file, in seconds."""

    def __init__(self, longest: int) -> None:
        self.seconds = Fraction(0)
        self._longest = longest

    def advance(self, packet: "av.Packet[Any]") -> None:
        """Advance to the packet's end. Raises UploadRejected if it is damaged or beyond the maximum
        duration."""
        if packet.is_corrupt:
            raise UploadRejected(Reason.BROKEN, MessageTemplate.DAMAGED)
        if packet.pts is not None and packet.time_base:
            self.seconds = max(self.seconds, (packet.pts + (packet.duration or 0)) * packet.time_base)
        if self.seconds > self._longest:
            raise UploadRejected(Reason.TOO_LARGE, MessageTemplate.VIDEO_SECONDS, {"seconds": self._longest})


class _FrameConverter:
    """Turns and scales frames for display, and converts them to the encoder's pixel format."""

    _FILTERS = {90: ["cclock"], 180: ["clock", "clock"], 270: ["clock"]}

    def __init__(self, stream: VideoStream, display: DisplaySize) -> None:
        self._stream = stream
        self._graph = Graph()
        last = self._graph.add_buffer(template=stream)
        steps = [("transpose", f"dir={turn}") for turn in self._FILTERS.get(display.turn, [])]
        for name, arguments in (
            *steps,
            ("scale", f"{display.width}:{display.height}"),
            ("setsar", "1"),
            ("format", "yuv420p"),
            ("buffersink", ""),
        ):
            following = self._graph.add(name, arguments)
            last.link_to(following)
            last = following
        self._graph.configure()
        self._last = -1

    def convert(self, frame: av.VideoFrame) -> av.VideoFrame:
        self._graph.push(frame)
        result = self._graph.pull()
        assert isinstance(result, av.VideoFrame)
        time = Fraction(frame.pts or 0) * (frame.time_base or self._stream.time_base or 1)
        # The encoder requires strictly rising time stamps.
        self._last = max(self._last + 1, round(time / _TIME_BASE))
        result.pts, result.time_base = self._last, _TIME_BASE
        return result


class _Sound:
    """The video's sound, if it has any: copied if it is AAC, otherwise encoded."""

    def __init__(self, container: InputContainer, out: OutputContainer) -> None:
        self._source = next(iter(container.streams.audio), None)
        self._out = out
        self._resampler: av.AudioResampler | None = None
        if self._source is None:
            return
        if self._source.codec_context.name == "aac":
            self._target: AudioStream = out.add_stream_from_template(self._source, opaque=True)
        else:
            self._target = out.add_stream("aac", rate=48_000, layout="stereo", bit_rate=_AAC_BIT_RATE)
            self._resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48_000)

    def streams_with(self, video: VideoStream) -> list[VideoStream | AudioStream]:
        """Return the streams to read: the video, and the sound if there is any."""
        return [video] if self._source is None else [video, self._source]

    def write(self, packet: "av.Packet[Any]") -> None:
        """Copy or encode a packet of sound."""
        if self._resampler is None:
            if packet.dts is not None:
                packet.stream = self._target
                self._out.mux(packet)
            return
        frames: list[Any] = packet.decode()
        for frame in frames:
            for resampled in self._resampler.resample(frame):
                self._out.mux(self._target.encode(resampled))

    def finish(self) -> None:
        """Write out what is still buffered."""
        if self._resampler is not None:
            for resampled in self._resampler.resample(None):
                self._out.mux(self._target.encode(resampled))
            self._out.mux(self._target.encode(None))
