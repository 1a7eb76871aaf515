"""The tasks for child processes, and their answers. Pure: the server and the child use it.

Tasks and answers are each sent as one line of JSON.
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


# A picture with more pixels is shown in a reduced version: a browser takes four bytes for each pixel. The
# pages have copies of both numbers (static/im66/chat/text/media_urls.js).
MAX_DISPLAY_PIXELS, MAX_DISPLAY_SIDE = 4_194_304, 2048
# A picture more than LONG_RATIO times as high as wide, such as a screenshot of a page, is reduced to the
# maximum number of pixels instead: at a height of 2048, its text would be illegible.
LONG_RATIO, MAX_LONG_SIDE = 3, 16_384


def display_size(width: int, height: int) -> tuple[int, int]:
    """Return the size at which a picture of this size is shown."""
    if width * height <= MAX_DISPLAY_PIXELS:
        return width, height
    if height <= LONG_RATIO * width:
        return fit_display_side(width, height)
    return _scaled(width, height, min((MAX_DISPLAY_PIXELS / (width * height)) ** 0.5, MAX_LONG_SIDE / height))


def fit_display_side(width: int, height: int) -> tuple[int, int]:
    """Return the size scaled down to MAX_DISPLAY_SIDE on its longer side."""
    return _scaled(width, height, min(1.0, MAX_DISPLAY_SIDE / width, MAX_DISPLAY_SIDE / height))


def _scaled(width: int, height: int, scale: float) -> tuple[int, int]:
    return max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5))


class TaskKind(StrEnum):
    """What a task makes of its file."""

    VOICE = "voice"
    PICTURE = "picture"
    AVATAR = "avatar"
    THUMBNAIL = "thumbnail"
    VIDEO = "video"
    MOSAIC = "mosaic"
    PREVIEW = "preview"


# The extensions that a result may have. A small avatar keeps its format.
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
    """Why a file is rejected."""

    BROKEN = "broken"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too large"
    NO_ROOM = "no room"


class UploadRejected(Exception):
    """The file is rejected.

    `text` is for the sender, and `numbers` are its parameters. `passing`: the same file may be accepted
    later. `kind` is the kind of the file, if it is known.
    """

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

    `cpu_seconds` is the maximum processor time, and `encode_seconds` the maximum once a sound or a video
    proves to need encoding. `pixels` limits pictures, and `seconds` the duration of voice messages and
    videos.
    """

    cpu_seconds: int
    encode_seconds: int
    memory_bytes: int
    output_bytes: int
    pixels: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Task:
    """Convert `source`, a file of `format`, into `kind`, in `directory`.

    Other files that the task needs are in `directory`, or listed in `reads`. If the task takes more than
    `quick_seconds` of processor time, SIGPROF ends the child; 0 is no limit.

    The main result is `main.<extension>`. A video also has `poster.jpg`, an avatar `thumbnail.jpg`, and a
    large picture `display.jpg`.
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
        """Decode the output of `to_json`. Raises ValueError, KeyError and TypeError for any other text."""
        fields = json.loads(text)
        return cls(**{**fields, "limits": Limits(**fields["limits"])})


@dataclass(frozen=True, slots=True)
class ConversionResult:
    """The result of a task: `seconds` of a voice message, `width` and `height` of a picture or a video."""

    extension: str
    seconds: int = 0
    width: int = 0
    height: int = 0

    def to_json(self) -> str:
        return json.dumps({"made": asdict(self)})


def refusal_to_json(refused: UploadRejected) -> str:
    return json.dumps({"refused": [refused.reason, refused.text, refused.numbers]})


def read_answer(line: bytes) -> ConversionResult:
    """Return the result in a child's answer. Raises UploadRejected for a rejection or an invalid answer."""
    try:
        answer = json.loads(line)
        if "refused" in answer:
            reason, text, numbers = answer["refused"]
            raise UploadRejected(
                Reason(reason), MessageTemplate(text), {name: int(numbers[name]) for name in numbers}
            )
        return ConversionResult(**answer["made"])
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


def companion_paths(kind: TaskKind, directory: Path) -> list[Path]:
    """Return the paths of the results besides the main one."""
    match kind:
        case TaskKind.VIDEO:
            return [poster_path(directory)]
        case TaskKind.AVATAR:
            return [thumbnail_path(directory)]
        case TaskKind.PICTURE:
            return [display_path(directory)]
    return []


def result_paths(kind: TaskKind, directory: Path) -> list[Path]:
    """Return every path that a task of this kind may write, the main result with each possible extension."""
    main = [main_path(directory, extension) for extension in _EXTENSIONS[kind]]
    return main + companion_paths(kind, directory)
