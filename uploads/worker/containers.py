"""Opens audio and video files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from uploads.worker.sniffing import Format
from uploads.worker.tasks import Reason, UploadRejected
from uploads.worker.texts import MessageTemplate

# The demultiplexer by the format that `sniffing` recognized. If the library guessed it, it would also accept
# playlists, and open the files that they name.
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
_PROBE_OPTIONS = {"probesize": "2000000", "analyzeduration": "5000000"}
_MAX_STREAMS = 16


@contextmanager
def open_container(source: str, format_: str) -> Iterator[InputContainer]:
    """Yield the open container. Raises UploadRejected if it has too many streams, and the library's
    errors."""
    av.logging.set_level(av.logging.PANIC)
    # Pass a file object, not a path: then the library cannot open other files or protocols.
    with (
        Path(source).open("rb") as file,
        av.open(file, "r", format=_DEMUXERS[Format(format_)], options=_PROBE_OPTIONS) as container,
    ):
        if len(container.streams) > _MAX_STREAMS:
            raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.STREAMS)
        yield container


def check_complete(stated: float, decoded: float) -> None:
    """Raise UploadRejected if the file states a longer duration than was decoded. Both are in seconds."""
    if stated - decoded > max(0.5, stated / 20):
        raise UploadRejected(Reason.BROKEN, MessageTemplate.BREAKS_OFF)
