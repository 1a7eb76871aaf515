"""Opening sound and video."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from uploads.worker.sniffing import Format
from uploads.worker.tasks import Reason, Refused

# The demultiplexer is settled by what the file's first bytes said. Left to guess, the library would also
# find playlists and lists of files, and open what they name.
_DEMUXERS = {
    Format.AMR: "amr",
    Format.MP3: "mp3",
    Format.AAC: "aac",
    Format.WAV: "wav",
    Format.CAF: "caf",
    Format.OGG: "ogg",
    Format.WEBM: "matroska",
    Format.MP4: "mov",
}
_PROBE = {"probesize": "2000000", "analyzeduration": "5000000"}
_STREAMS = 16


@contextmanager
def opened(source: str, format_: str) -> Iterator[InputContainer]:
    """The file, open. Raises Refused for one with too many streams, and what the library raises."""
    av.logging.set_level(av.logging.PANIC)
    # A file object, not a path: then the library cannot go by other files or protocols.
    with (
        Path(source).open("rb") as file,
        av.open(file, "r", format=_DEMUXERS[Format(format_)], options=_PROBE) as container,
    ):
        if len(container.streams) > _STREAMS:
            raise Refused(Reason.UNSUPPORTED, "The file holds too many streams.")
        yield container


def check_whole(promised: float, found: float) -> None:
    """Raises Refused if the file says it lasts longer than it does: it breaks off. In seconds."""
    if promised - found > max(0.5, promised / 20):
        raise Refused(Reason.BROKEN, "The file breaks off.")
