"""The tasks that a child process gets, and its answers. Pure: both sides use it.

A task is sent as one line of JSON, and so an answer comes back.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from uploads.worker.texts import MessageTemplate

# The extensions of all results, each with its media type.
MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
}


# A picture with more pixels is shown as a smaller one: a phone's browser takes four bytes for each pixel. The
# pages know both numbers (static/im66/chat/text/media_urls.js).
MAX_DISPLAY_PIXELS, MAX_DISPLAY_SIDE = 4_194_304, 2048
# One that is so many times as high as wide, such as a screenshot of a page, has as many pixels as allowed:
# with a side of 2048, nobody could read it.
LONG_RATIO, MAX_LONG_SIDE = 3, 16_384


def display_size(width: int, height: int) -> tuple[int, int]:
    """The size at which a picture of that size is shown."""
    if width * height <= MAX_DISPLAY_PIXELS:
        return width, height
    if height <= LONG_RATIO * width:
        return size_of_side(width, height)
    return _scaled(width, height, min((MAX_DISPLAY_PIXELS / (width * height)) ** 0.5, MAX_LONG_SIDE / height))


def size_of_side(width: int, height: int) -> tuple[int, int]:
    """With MAX_DISPLAY_SIDE on the longer side."""
    return _scaled(width, height, min(1.0, MAX_DISPLAY_SIDE / width, MAX_DISPLAY_SIDE / height))


def _scaled(width: int, height: int, scale: float) -> tuple[int, int]:
    return max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5))


class TaskKind(StrEnum):
    """What a file is to become."""

    VOICE = "voice"
    PICTURE = "picture"
    AVATAR = "avatar"
    THUMBNAIL = "thumbnail"
    VIDEO = "video"
    MOSAIC = "mosaic"
    PREVIEW = "preview"


# The extensions that a result may have. A small avatar stays what it is.
_PICTURES = ("jpg", "png", "gif", "webp")
_EXTENSIONS = {
    TaskKind.VOICE: ("mp3",),
    TaskKind.PICTURE: _PICTURES,
    TaskKind.AVATAR: _PICTURES,
    TaskKind.THUMBNAIL: ("jpg",),
    TaskKind.VIDEO: ("mp4",),
    TaskKind.MOSAIC: ("jpg",),
    TaskKind.PREVIEW: ("jpg",),
}


class Reason(StrEnum):
    """Why a file is refused."""

    BROKEN = "broken"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too large"
    NO_ROOM = "no room"


class UploadRejected(Exception):
    """The file is refused. The text is for the sender to read, with `numbers` in it. `passing`: the same file
    may be accepted later. `kind` is known once the file was looked at."""

    def __init__(
        self,
        reason: Reason,
        text: MessageTemplate,
        numbers: Mapping[str, int] | None = None,
        *,
        kind: TaskKind | None = None,
        passing: bool = False,
    ) -> None:
        self.reason = reason
        self.text = text
        self.numbers = dict(numbers or {})
        self.kind = kind
        self.passing = passing
        super().__init__(text % self.numbers)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits for one file's conversion and content.

    `cpu_seconds`: processor time; `encode_seconds`: the processor time for a file that proves to be a sound
    or a video that must be encoded. `pixels` of a picture, `seconds` of a voice message or a video.
    """

    cpu_seconds: int
    encode_seconds: int
    memory_bytes: int
    output_bytes: int
    pixels: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Task:
    """Convert `source`, a file of `format`, into what `kind` says, in `directory`. Other files that the task
    needs are in `directory` too, or named in `reads`. If it takes more than `quick_seconds` of a processor,
    the child ends by SIGPROF; 0 is no such limit.

    The results are called `main.<extension>`, with `poster.jpg` beside a video, `thumbnail.jpg` beside an
    avatar, and `display.jpg` beside a picture that is too large to be shown as it is.
    """

    kind: str
    format: str
    source: str
    directory: str
    limits: Limits
    reads: Sequence[str] = ()
    quick_seconds: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError, KeyError and TypeError for a text that `to_json` did not make."""
        fields = json.loads(text)
        return cls(**{**fields, "limits": Limits(**fields["limits"])})


@dataclass(frozen=True, slots=True)
class Made:
    """The result. `seconds` of a voice message, `width` and `height` of a picture or a video."""

    extension: str
    seconds: int = 0
    width: int = 0
    height: int = 0

    def to_json(self) -> str:
        return json.dumps({"made": asdict(self)})


def refusal_to_json(refused: UploadRejected) -> str:
    return json.dumps({"refused": [refused.reason, refused.text, refused.numbers]})


def read_answer(line: bytes) -> Made:
    """The result in a child's answer. Raises UploadRejected, also if there is no valid answer because the
    child died."""
    try:
        answer = json.loads(line)
        if "refused" in answer:
            reason, text, numbers = answer["refused"]
            raise UploadRejected(
                Reason(reason), MessageTemplate(text), {name: int(numbers[name]) for name in numbers}
            )
        return Made(**answer["made"])
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise UploadRejected(Reason.BROKEN, MessageTemplate.UNREADABLE) from error


def main_path(directory: Path, extension: str) -> Path:
    return directory / f"main.{extension}"


def poster_path(directory: Path) -> Path:
    return directory / "poster.jpg"


def thumbnail_path(directory: Path) -> Path:
    return directory / "thumbnail.jpg"


def display_path(directory: Path) -> Path:
    return directory / "display.jpg"


def beside(kind: TaskKind, directory: Path) -> list[Path]:
    """The other files of a task of that kind."""
    match kind:
        case TaskKind.VIDEO:
            return [poster_path(directory)]
        case TaskKind.AVATAR:
            return [thumbnail_path(directory)]
        case TaskKind.PICTURE:
            return [display_path(directory)]
    return []


def result_paths(kind: TaskKind, directory: Path) -> list[Path]:
    """Every file that a task of that kind may leave there, the main one by each name that it may have."""
    main = [main_path(directory, extension) for extension in _EXTENSIONS[kind]]
    return main + beside(kind, directory)
