"""Which stored files a message refers to."""

import base64

from uploads.names import stems_in


def stems_of(content: str, extension: str, details: str | None = None) -> set[str]:
    """The first parts of the names: in the content, in a card, in the avatar that clients send with it."""
    texts = (content, extension, _unpacked(extension), details or "")
    return {stem for text in texts for stem in stems_in(text)}


def _unpacked(extension: str) -> str:
    """The text that clients encode as Base64 with line breaks; empty if `extension` is something else."""
    try:
        return base64.b64decode(extension).decode("utf-8", "replace")
    except ValueError:
        return ""
