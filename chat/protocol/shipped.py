"""Changes messages so that the shipped apps neither crash on them, drop them, nor get too long a frame. Pure.

A message is changed when its frame is made, so this works for messages stored earlier as well. The stored
message stays as it was sent.
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
# A path in a bundle, after the label of the message's kind.
_MEDIA_PATH = re.compile(rf"(?<=\] ){PATH}\S+")
# A longer extension is replaced before the content is cut for it.
MAX_EXTENSION_BYTES = 8 * 1024


def _bracketed(code: str) -> str:
    return f"[{code.removeprefix(WEB_EMOTION)}]"


@dataclass(frozen=True, slots=True)
class Guard:
    """The changes of messages for the apps.

    `underscores`: a `_` in a field becomes U+FF3F, in URLs `%5F`. An emotion with a `_` becomes a text.
    `media`: a message that would crash an app becomes a text with the same content, a web emotion becomes a
    text with its name, `emotion_name(code)`, and paths become URLs at `addresses`. `extensions`: unreadable
    extensions are replaced. `aliases`: aliases replace userids with characters that the apps do not take.
    `language`: of the texts about changes of a group.
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
        """Return the userid or alias by which the apps know the person."""
        return alias_of(userid) if self.aliases else userid

    def with_verb(self, entry: Entry) -> Entry:
        """Return the message; as a text if the dialect has no verb for its kind."""
        if entry.kind in VERBS:
            return entry
        # The users of the apps read Chinese, whatever language the replies are in.
        words = in_words(entry.kind, entry.content, CHINESE)
        if kind_of(entry.kind).has_paths:
            words = _MEDIA_PATH.sub(lambda path: self.addresses.absolute(path[0]), words)
        path = link(entry.kind, entry.content)
        text = f"{words}\n{self.addresses.absolute(path)}" if path else words
        return entry._replace(kind="text", content=text)

    def guarded(self, entry: Entry) -> Entry:
        """Return the message with all changes for the apps."""
        id_, kind, sender, to, content, extension, time, *_ = entry
        if len(content) > FRAME_BYTES:
            # The frame will be cut, so the rest is not processed.
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
        """Return `text_of_change` with an extension that the apps can read."""
        text = text_of_change(change, self.language)
        if text is None or text.extension:
            return text
        return text._replace(extension=self.made_extension(text))

    def made_extension(self, entry: Entry) -> str:
        """Make an extension that the apps can read, with userid and group id instead of names."""
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
    """Return the change as a text of the person who made it, for a pinned message or a notice to confirm;
    None for other changes."""
    texts = (text[language] for name, text in SHIPPED.items() if change.changed.get(name))
    if change.by is None or (text := next(texts, None)) is None:
        return None
    content = text.format_map({"notice": "", **change.changed})
    return Entry(change.id, "text", change.by, change.to, content, change.extension, change.time)


def shortened(entry: Entry, room: int, extension: str) -> Entry:
    """Shorten the message so that content and extension take at most `room` bytes together. If its extension
    is too long, it gets `extension` instead. If its content is too long, it becomes a text that is cut."""
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
