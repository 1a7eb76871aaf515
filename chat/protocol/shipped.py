"""Messages as the shipped apps can take them: none crashes an app, is dropped by one, or is longer than its
socket takes. Pure.

A message is changed where its frame is made, so those stored earlier are changed too. What is stored stays
as it was sent.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from accounts.names.aliases import alias_of
from chat.protocol.bounds import FRAME_BYTES, size, truncated
from chat.protocol.extensions import Naming, filled, is_complete
from chat.protocol.kinds import CHINESE, ENGLISH, VERBS, in_words, kind_of, link
from chat.protocol.media import NO_ADDRESSES, WEB_EMOTION, Addresses, is_showable
from log.group_changes import SHIPPED
from log.rows import Entry, GroupChange, Pinned
from uploads.names import PATH

_URL = re.compile(r"(https?://\S+)")
# In a bundle, after the kind of the message.
_MEDIA_PATH = re.compile(rf"(?<=\] ){PATH}\S+")
# A longer extension is replaced before the content is cut for it.
MAX_EXTENSION_BYTES = 8 * 1024


def _bracketed(code: str) -> str:
    return f"[{code.removeprefix(WEB_EMOTION)}]"


@dataclass(frozen=True, slots=True)
class Guard:
    """What is changed for the apps.

    `underscores`: no message holds a `_` that separates no fields: it becomes U+FF3F, in URLs `%5F`. An
    emotion with one becomes a text. `media`: what would crash an app becomes a text with the same content.
    An emotion of the web becomes a text with its name, which is `emotion_name(code)`, and paths become URLs
    at `addresses`. `extensions`: those that an app cannot read are replaced. `aliases`: people whose userids
    have signs are called by their aliases. `language`: of the texts that say what has changed.
    """

    underscores: bool = False
    media: bool = False
    extensions: bool = False
    aliases: bool = False
    addresses: Addresses = NO_ADDRESSES
    emotion_name: Callable[[str], str] = _bracketed
    language: str = ENGLISH

    def __bool__(self) -> bool:
        return self.underscores or self.media or self.extensions or self.aliases

    def userid_for_app(self, userid: str) -> str:
        """What the apps call the person."""
        return alias_of(userid) if self.aliases else userid

    def with_verb(self, entry: Entry) -> Entry:
        """The message, or if the dialect has no verb for its kind, a text that says it."""
        if entry.kind in VERBS:
            return entry
        # The apps are Chinese, whatever language their replies are in.
        words = in_words(entry.kind, entry.content, CHINESE)
        if kind_of(entry.kind).has_paths:
            words = _MEDIA_PATH.sub(lambda path: self.addresses.absolute(path[0]), words)
        path = link(entry.kind, entry.content)
        text = f"{words}\n{self.addresses.absolute(path)}" if path else words
        return entry._replace(kind="text", content=text)

    def guarded(self, entry: Entry) -> Entry:
        """The message as it goes out."""
        id_, kind, sender, to, content, extension, time, *_ = entry
        if len(content) > FRAME_BYTES:
            # It will be cut. What will not be sent is not looked at.
            kind, content = "text", content[:FRAME_BYTES]
        kind, content = self._guarded_content(kind, content)
        return Entry(
            id_,
            kind,
            self.userid_for_app(sender),
            to,
            content,
            self._readable_extension(extension, entry),
            time,
        )

    def text_of_change(self, change: GroupChange | Pinned) -> Entry | None:
        """See `text_of_change`. It has an extension in any case."""
        text = text_of_change(change, self.language)
        if text is None or text.extension:
            return text
        return text._replace(extension=self.made_extension(text))

    def made_extension(self, entry: Entry) -> str:
        """An extension that the apps can read, of what the message says by itself."""
        return filled("", self._naming(entry))

    def _guarded_content(self, kind: str, content: str) -> tuple[str, str]:
        if kind != "text":
            if self.media:
                kind, content = self._with_reachable_content(kind, content)
            spared = content.replace("_", "%5F") if self.underscores and kind != "emotion" else content
            if kind != "text" and self._is_safe(kind, spared):
                return kind, spared
        return "text", _without_underscores(content) if self.underscores and "_" in content else content

    def _with_reachable_content(self, kind: str, content: str) -> tuple[str, str]:
        if kind != "emotion":
            return kind, self.addresses.absolute(content)
        return ("text", self.emotion_name(content)) if content.startswith(WEB_EMOTION) else (kind, content)

    def _is_safe(self, kind: str, content: str) -> bool:
        if self.underscores and "_" in content:
            return False
        return not self.media or is_showable(kind, content)

    def _readable_extension(self, extension: str, entry: Entry) -> str:
        is_renamed = self.aliases and alias_of(entry.sender) != entry.sender
        if self.extensions and (is_renamed or not is_complete(extension)):
            return filled(extension, self._naming(entry), self.addresses)
        return _without_underscores(extension) if self.underscores and "_" in extension else extension

    def _naming(self, entry: Entry) -> Naming:
        conversation = entry.sender if isinstance(entry.to, str) else str(entry.to)
        return Naming(entry.sender, self.userid_for_app(entry.sender), None, conversation, None)


def text_of_change(change: GroupChange | Pinned, language: str) -> Entry | None:
    """The change as a text, if somebody has made it whom the others are to see: a pinned message, or a notice
    to confirm. None for other changes."""
    texts = (text[language] for name, text in SHIPPED.items() if change.changed.get(name))
    if change.by is None or (text := next(texts, None)) is None:
        return None
    content = text.format_map({"notice": "", **change.changed})
    return Entry(change.id, "text", change.by, change.to, content, change.extension, change.time)


def shortened(entry: Entry, room: int, extension: str) -> Entry:
    """The message with so much of it that content and extension together take at most `room` bytes. If its
    extension is too long, it gets this one. If its content is too long, it becomes the beginning of a
    text."""
    if size(entry.content) + size(extension) <= room:
        return entry._replace(extension=extension)
    if size(entry.extension) <= MAX_EXTENSION_BYTES:
        extension = entry.extension
    content = truncated(entry.content, room - size(extension))
    return entry._replace(kind="text", content=content, extension=extension)


def _without_underscores(text: str) -> str:
    return "".join(
        part.replace("_", "%5F" if number % 2 else "\uff3f") if "_" in part else part
        for number, part in enumerate(_URL.split(text))
    )
