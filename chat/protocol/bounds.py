"""The largest frame of the legacy dialect, texts cut to fit into one, and texts that clients may send. Pure.

The socket library of the Android app refuses a larger frame and reconnects at once. The message would be sent
to it again, so this would repeat for ever.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from accounts.compact import compact_text
from accounts.names.unseen import is_storable as is_storable

# In bytes of UTF-8.
FRAME_BYTES = 131_072
CUT = "…"

# The longest escape of a character in JSON.
_ESCAPE_BYTES = len("\\u0000")

# A text of at most this many characters fits into a frame, whatever they are.
ALWAYS_FITTING_CHARACTERS = FRAME_BYTES // 4


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest frame, content of a text, and extension, in bytes of UTF-8. For JSON clients, `extension`
    also limits the content of other kinds."""

    frame: int = 1024 * 1024
    text: int = 64 * 1024
    extension: int = 64 * 1024


def size(text: str) -> int:
    """Return the length of `text` in bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def fits(frame: str) -> bool:
    """Return whether `frame` has at most FRAME_BYTES bytes."""
    return len(frame) <= ALWAYS_FITTING_CHARACTERS or size(frame) <= FRAME_BYTES


def truncated(text: str, room: int) -> str:
    """Cut `text` so that it takes at most `room` bytes including the ellipsis at its end."""
    head = text[:room].encode()[: max(0, room - size(CUT))]
    return head.decode(errors="ignore") + CUT


def truncated_for_json(text: str, room: int) -> str:
    """Cut `text` so that it takes at most `room` bytes between the quotes of a JSON string, including the
    ellipsis at its end."""
    written = compact_text(text[:room])[1:-1].encode()[: max(0, room - size(CUT))]
    # The cut may be within an escape sequence.
    for end in range(len(written), max(0, len(written) - _ESCAPE_BYTES), -1):
        with suppress(ValueError):
            return str(json.loads(f'"{written[:end].decode(errors="ignore")}"')) + CUT
    return CUT


def max_json_bytes(head: str) -> int:
    """Return how many bytes of JSON fit, encoded as Base64, into a frame that begins with `head`."""
    return (FRAME_BYTES - size(head)) // 4 * 3


def count_fitting(parts: Iterable[str], room: int) -> int:
    """Count how many of the first parts fit into `room` bytes, each with a separator."""
    count = 0
    for part in parts:
        room -= size(part) + 1
        if room < 0:
            break
        count += 1
    return count
