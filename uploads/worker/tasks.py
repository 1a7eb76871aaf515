"""What a child process is asked to do with a file, and what it answers. Pure: both sides use it.

A task goes out as one argument of JSON, an answer comes back as one line of it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

# All that files become: the media type of each extension.
MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
}
NO_ROOM = "There is no room left. Try again later."


class Kind(StrEnum):
    """What a file is to become."""

    VOICE = "voice"
    PICTURE = "picture"
    AVATAR = "avatar"
    THUMBNAIL = "thumbnail"
    VIDEO = "video"
    MOSAIC = "mosaic"


class Reason(StrEnum):
    """Why nothing became of a file."""

    BROKEN = "broken"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too large"
    NO_ROOM = "no room"


class Refused(Exception):
    """The file is not taken. The text is for the sender to read. `passing`: the same may go well later."""

    def __init__(self, reason: Reason, text: str, *, passing: bool = False) -> None:
        super().__init__(text)
        self.reason = reason
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost, and what its content may be.

    `cpu_seconds` of the processor's time; `encode_seconds` once it has turned out to be a video that must be
    encoded anew. `pixels` of a picture, `seconds` of a voice message or a video.
    """

    cpu_seconds: int
    encode_seconds: int
    memory_bytes: int
    output_bytes: int
    pixels: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Task:
    """Make of `source`, a file of `format`, what `kind` says, in `directory`. Other files that are needed for
    it are in `directory` too, or named in `reads`.

    The results are called `main.<extension>`, with `poster.jpg` beside a video and `thumbnail.jpg` beside an
    avatar.
    """

    kind: str
    format: str
    source: str
    directory: str
    limits: Limits
    reads: Sequence[str] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError, KeyError and TypeError for what `to_json` never made."""
        fields = json.loads(text)
        return cls(**{**fields, "limits": Limits(**fields["limits"])})


@dataclass(frozen=True, slots=True)
class Made:
    """What became of the file. `seconds` of a voice message, `width` and `height` of anything to look at."""

    extension: str
    seconds: int = 0
    width: int = 0
    height: int = 0

    def to_json(self) -> str:
        return json.dumps({"made": asdict(self)})


def refusal_to_json(refused: Refused) -> str:
    return json.dumps({"refused": [refused.reason, str(refused)]})


def read_answer(line: bytes) -> Made:
    """What a child answered. Raises Refused, also for an answer that is none: the child died of the file."""
    try:
        answer = json.loads(line)
        if "refused" in answer:
            reason, text = answer["refused"]
            raise Refused(Reason(reason), text)
        return Made(**answer["made"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(Reason.BROKEN, "The file cannot be read.") from error


def main_path(directory: Path, extension: str) -> Path:
    return directory / f"main.{extension}"


def poster_path(directory: Path) -> Path:
    return directory / "poster.jpg"


def thumbnail_path(directory: Path) -> Path:
    return directory / "thumbnail.jpg"


def result_paths(directory: Path) -> list[Path]:
    """Every file that a task may leave there."""
    main = [main_path(directory, extension) for extension in MEDIA_TYPES]
    return [*main, poster_path(directory), thumbnail_path(directory)]
