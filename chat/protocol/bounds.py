"""The largest frame of the legacy dialect, texts cut to fit into one, and texts that clients may send. Pure.

The socket library of the Android app refuses a larger message and connects again at once. The message
waits for it there, so this would go on for ever.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from accounts.compact import compact_text
from accounts.names.unseen import is_fit as is_fit

# In bytes of UTF-8.
FRAME_BYTES = 131_072
CUT = "…"

# The longest escape of a character in JSON.
_ESCAPE_BYTES = len("\\u0000")

# Any so many characters fit.
ALWAYS_FITTING_CHARACTERS = FRAME_BYTES // 4


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest frame, the largest content of a text, and the largest extension, in bytes of UTF-8. A
    newer client sends no longer content of another kind either."""

    frame: int = 1024 * 1024
    text: int = 64 * 1024
    extension: int = 64 * 1024


def size(text: str) -> int:
    """The bytes of `text` in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def fits(frame: str) -> bool:
    """Whether a client can be sent `frame`."""
    return len(frame) <= ALWAYS_FITTING_CHARACTERS or size(frame) <= FRAME_BYTES


def truncated(text: str, room: int) -> str:
    """The longest beginning of `text` that takes at most `room` bytes together with the mark of a cut."""
    head = text[:room].encode()[: max(0, room - size(CUT))]
    return head.decode(errors="ignore") + CUT


def truncated_for_json(text: str, room: int) -> str:
    """The same, where the text is a string in JSON and `room` is for what stands between its quotes."""
    written = compact_text(text[:room])[1:-1].encode()[: max(0, room - size(CUT))]
    # The cut may have left a part of an escape.
    for end in range(len(written), max(0, len(written) - _ESCAPE_BYTES), -1):
        with suppress(ValueError):
            return str(json.loads(f'"{written[:end].decode(errors="ignore")}"')) + CUT
    return CUT


def max_json_bytes(head: str) -> int:
    """The bytes of JSON that fit, packed in Base64, into a frame that begins with `head`."""
    return (FRAME_BYTES - size(head)) // 4 * 3


def count_fitting(parts: Iterable[str], room: int) -> int:
    """How many of the parts fit into `room` bytes, each with a separator."""
    count = 0
    for part in parts:
        room -= size(part) + 1
        if room < 0:
            break
        count += 1
    return count
