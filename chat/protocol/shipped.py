"""Messages as the shipped apps can take them: none crashes an app, is dropped by one, or is longer than its
socket takes. Pure.

A message is changed where its frame is made, so those stored earlier are changed too. What is stored stays
as it was sent.
"""

import re
from dataclasses import dataclass

from chat.protocol.bounds import FRAME_BYTES, beginning, size
from chat.protocol.extensions import Naming, filled, is_readable
from chat.protocol.media import is_showable
from chat.protocol.rows import Entry

_URL = re.compile(r"(https?://\S+)")
# A longer extension is replaced before the content is cut for it.
EXTENSION_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Guard:
    """What is changed for the apps.

    `underscores`: no message holds a `_` that separates no fields: it becomes U+FF3F, in URLs `%5F`. An
    emotion with one becomes a text. `media`: what would crash an app becomes a text with the same content.
    `extensions`: those that an app cannot read are replaced.
    """

    underscores: bool = False
    media: bool = False
    extensions: bool = False

    def __bool__(self) -> bool:
        return self.underscores or self.media or self.extensions

    def guarded(self, entry: Entry) -> Entry:
        """The message as it goes out."""
        id_, kind, sender, to, content, extension, time, _, _, _ = entry
        if len(content) > FRAME_BYTES:
            # It will be cut. What will not be sent is not looked at.
            kind, content = "text", content[:FRAME_BYTES]
        kind, content = self._shown(kind, content)
        return Entry(id_, kind, sender, to, content, self._readable(extension, entry), time)

    def _shown(self, kind: str, content: str) -> tuple[str, str]:
        if kind != "text":
            spared = content.replace("_", "%5F") if self.underscores and kind != "emotion" else content
            if self._is_safe(kind, spared):
                return kind, spared
        return "text", _spared(content) if self.underscores and "_" in content else content

    def _is_safe(self, kind: str, content: str) -> bool:
        if self.underscores and "_" in content:
            return False
        return not self.media or is_showable(kind, content)

    def _readable(self, extension: str, entry: Entry) -> str:
        if self.extensions and not is_readable(extension):
            return filled(extension, _naming(entry))
        return _spared(extension) if self.underscores and "_" in extension else extension


def shortened(entry: Entry, room: int, extension: str) -> Entry:
    """The message with so much of it that content and extension together take at most `room` bytes. If its
    extension is too long, it gets this one. If its content is too long, it becomes the beginning of a
    text."""
    if size(entry.content) + size(extension) <= room:
        return entry._replace(extension=extension)
    if size(entry.extension) <= EXTENSION_BYTES:
        extension = entry.extension
    content = beginning(entry.content, room - size(extension))
    return entry._replace(kind="text", content=content, extension=extension)


def made_extension(entry: Entry) -> str:
    """An extension that the apps can read, of what the message says by itself."""
    return filled("", _naming(entry))


def _spared(text: str) -> str:
    parts = _URL.split(text)
    parts[::2] = [part.replace("_", "\uff3f") for part in parts[::2]]
    parts[1::2] = [url.replace("_", "%5F") for url in parts[1::2]]
    return "".join(parts)


def _naming(entry: Entry) -> Naming:
    conversation = entry.sender if isinstance(entry.to, str) else str(entry.to)
    return Naming(entry.sender, entry.sender, None, conversation, None)
