"""Decodes stored media."""

import io
from itertools import pairwise
from typing import NamedTuple

import av
from PIL import Image


class Sound(NamedTuple):
    codec: str
    channels: int
    seconds: float
    hertz: float


class Film(NamedTuple):
    """A decoded video. `first` is the first frame as displayed."""

    video_codec: str
    audio_codec: str
    seconds: float
    first: Image.Image
    metadata: dict[str, str]


def sound_of(content: bytes) -> Sound:
    """Decode an MP3 file. The pitch is that of a plain tone."""
    with av.open(io.BytesIO(content), "r", format="mp3") as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="s16", layout="mono", rate=stream.rate)
        samples: list[int] = []
        for frame in container.decode(stream):
            for plain in resampler.resample(frame):
                samples += memoryview(bytes(plain.planes[0])[: plain.samples * 2]).cast("h")
        rising = sum(before < 0 <= after for before, after in pairwise(samples))
        seconds = len(samples) / stream.rate
        codec = stream.codec_context.name
        return Sound(codec, stream.channels, seconds, rising / seconds)


def watched(content: bytes) -> Film:
    """Decode an MP4 file up to the last frame."""
    with av.open(io.BytesIO(content), "r", format="mov") as container:
        video = container.streams.video[0]
        sound = next((stream.codec_context.name for stream in container.streams.audio), "")
        frames = list(container.decode(video))
        assert frames[-1].time is not None
        picture: Image.Image = frames[0].to_image()  # type: ignore[no-untyped-call]
        turned = picture.rotate(frames[0].rotation, expand=True)
        metadata = {**container.metadata, **video.metadata}
        return Film(video.codec_context.name, sound, frames[-1].time, turned, metadata)


def seen(content: bytes) -> Image.Image:
    """Decode a picture."""
    return Image.open(io.BytesIO(content))


def is_red(picture: Image.Image, across: float, down: float) -> bool:
    """Return whether the picture is red, not blue, at a position given as fractions of its sides."""
    place = (round(across * (picture.width - 1)), round(down * (picture.height - 1)))
    color = picture.convert("RGB").getpixel(place)
    assert isinstance(color, tuple)
    return color[0] > color[2]
