"""The kinds of messages: what code asks about a kind is said here, once for each. Pure.

A message of a kind that is not here is a message like any other. UNKNOWN says how it is shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from chat.protocol.kinds import bundles, cards, files, places, polls
from chat.protocol.kinds.kind import CHINESE, ENGLISH, LANGUAGES, Kind
from log.cards import full_text
from log.details import PREVIEW
from log.group_choices import with_fields
from log.rows import EDIT, Row, Written

__all__ = ["CHINESE", "ENGLISH", "LANGUAGES", "Kind"]

_ALL = (
    # One that a client does not know is shown as text.
    Kind("emotion", "Sticker", "表情", has_verb=True, is_screened=True, example="~smile-1"),
    files.VIDEO,
    files.PICTURE,
    Kind("text", "Text", "文字", has_verb=True, is_text=True, is_screened=True, example="Hello, Bob."),
    files.AUDIO,
    files.KIND,
    places.KIND,
    bundles.KIND,
    cards.KIND,
    polls.KIND,
)
UNKNOWN = Kind("", "Open with a newer version", "请更新到新版本查看")

_BY_NAME = {kind.name: kind for kind in _ALL}
KINDS = tuple(_BY_NAME)
SENDABLE = tuple(kind.name for kind in _ALL if not (kind.is_made_here or kind.is_of_bots))
# The verbs of messages in the dialect of the shipped apps.
VERBS = frozenset(kind.name for kind in _ALL if kind.has_verb)
TEXTS = tuple(kind.name for kind in _ALL if kind.is_text)
SCREENED = frozenset(kind.name for kind in _ALL if kind.is_screened)
# Those of which clients get something else than the log keeps.
REWRITTEN = frozenset(kind.name for kind in _ALL if kind.for_clients)
FILES = frozenset(kind.name for kind in _ALL if kind.media)
# Those of which people read more than the content: it is in the details.
_SEARCHABLE = {kind.name: kind.searchable for kind in _ALL if kind.searchable}
SEARCHABLE_DETAILS = tuple(_SEARCHABLE)
# Texts that somebody writes.
WRITTEN = tuple(kind.name for kind in _ALL if kind.is_text and not kind.is_made_here)
# With a part of it changed, one of these would be another message.
UNCHANGEABLE = frozenset(kind.name for kind in _ALL if kind.for_clients or kind.part)
OF_BOTS = tuple(kind.name for kind in _ALL if kind.is_of_bots)
# The fields of a message that clients get otherwise than the log keeps them, and a link's preview.
_PARTS_FOR_CLIENTS = [
    *((kind.part, kind.part_for_clients) for kind in _ALL if kind.part_for_clients),
    (PREVIEW, lambda preview, _: files.with_picture_for_clients(preview)),
]
# The fields of a message with what clients or bots send besides its content.
PARTS = tuple(kind.part for kind in _ALL if kind.part and not kind.is_made_here)
# The field of the message in which clients send what such a message has besides its content, by its kind.
SENT_PARTS = {kind.name: kind.part for kind in _ALL if kind.sent}
# The fields of a message that clients get besides its content.
EVENT_PARTS = {kind.part: kind.with_results for kind in _ALL if kind.shape}
# Those to which people respond.
RESPONDING = {kind.name: kind.responding for kind in _ALL if kind.responding}
# Decorators for the Structs of a command that sends a message, and of a message.
with_sent_parts = with_fields([(kind.part, kind.sent | None, None) for kind in _ALL if kind.sent])
with_parts = with_fields([(part, shape | UnsetType, UNSET) for part, shape in EVENT_PARTS.items()])


def kind_of(name: str) -> Kind:
    """The kind with this name; UNKNOWN if there is none."""
    return _BY_NAME.get(name, UNKNOWN)


def preview(name: str, language: str) -> str:
    """See Kind.preview."""
    return kind_of(name).preview(language)


def in_words(name: str, content: str, language: str) -> str:
    """The message as a text, for who cannot show such a message."""
    render = kind_of(name).in_words
    return render(content, language) if render else preview(name, language)


def searchable_text(name: str, content: str, details: str) -> str:
    """All that people read of such a message."""
    read = _SEARCHABLE.get(name)
    return read(content, details) if read else content


def texts_in(rows: Iterable[Row]) -> Iterator[tuple[Written, str]]:
    """The rows that give a message a text, for rules and search, with all that people read then."""
    for row in rows:
        if isinstance(row, Written) and row.kind in (*TEXTS, EDIT):
            yield row, full_text(row.content, row.details)


def link(name: str, content: str) -> str:
    """What the shipped apps find the content at, besides its words: a path of this server, or nothing."""
    return kind_of(name).link(content)


def for_clients(event: dict[str, Any]) -> dict[str, Any]:
    """The message, a mapping with its `kind` and perhaps its `content` as the log keeps it, as clients get
    it."""
    for name, convert_part in _PARTS_FOR_CLIENTS:
        if isinstance(part := event.get(name), dict):
            event = {**event, name: convert_part(part, for_clients)}
    convert = kind_of(event.get("kind", "")).for_clients
    if convert is None or "content" not in event:
        return event
    stored = event["content"]
    content, fields = convert(stored)
    if PREVIEW in event and kind_of(event["kind"]).is_document:
        event = {name: value for name, value in event.items() if name != PREVIEW}
        if file := fields.get("file"):
            fields = {"file": {**file, PREVIEW: files.preview(stored)}}
    return {**event, "content": content, **fields}


def for_pages() -> Mapping[str, Mapping[str, Any]]:
    """What the scripts of pages know of each kind, by its name; UNKNOWN is under the empty name."""
    return {
        kind.name: {
            "en": kind.english,
            "media": kind.media,
            "part": kind.part,
            "sends": kind.sent is not None,
            "example": kind.example,
        }
        for kind in (*_ALL, UNKNOWN)
    }
