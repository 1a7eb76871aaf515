"""Opens sound and video."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from uploads.worker.sniffing import Format
from uploads.worker.tasks import Reason, UploadRejected
from uploads.worker.texts import MessageTemplate

# The file's first bytes decide the demultiplexer. If the library had to guess, it would also accept playlists
# and lists of files, and open the files that they name.
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
    """The open file. Raises UploadRejected for one with too many streams, and what the library raises."""
    av.logging.set_level(av.logging.PANIC)
    # Pass a file object, not a path: then the library cannot open other files or protocols.
    with (
        Path(source).open("rb") as file,
        av.open(file, "r", format=_DEMUXERS[Format(format_)], options=_PROBE) as container,
    ):
        if len(container.streams) > _STREAMS:
            raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.STREAMS)
        yield container


def check_complete(promised: float, decoded: float) -> None:
    """Raises UploadRejected if the file is truncated: it promises a longer duration than was found. In
    seconds."""
    if promised - decoded > max(0.5, promised / 20):
        raise UploadRejected(Reason.BROKEN, MessageTemplate.BREAKS_OFF)
