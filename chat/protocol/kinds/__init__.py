"""The kinds of messages, and the functions that depend on a message's kind. Pure.

A message of a kind that is not listed here is stored and delivered like any other, and shown as UNKNOWN.
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
# Kinds whose content is converted for clients.
REWRITTEN = frozenset(kind.name for kind in _ALL if kind.for_clients)
FILES = frozenset(kind.name for kind in _ALL if kind.media)
# Kinds with searchable text in their details.
_SEARCHABLE = {kind.name: kind.searchable for kind in _ALL if kind.searchable}
SEARCHABLE_DETAILS = tuple(_SEARCHABLE)
# Kinds whose content is a text written by a person or a bot.
WRITTEN = tuple(kind.name for kind in _ALL if kind.is_text and not kind.is_made_here)
# Kinds whose content must not be masked: a changed content would be another message.
UNCHANGEABLE = frozenset(kind.name for kind in _ALL if kind.for_clients or kind.part)
OF_BOTS = tuple(kind.name for kind in _ALL if kind.is_of_bots)
# Converters of fields that clients get in another form than the stored one, including link previews.
_PARTS_FOR_CLIENTS = [
    *((kind.part, kind.part_for_clients) for kind in _ALL if kind.part_for_clients),
    (PREVIEW, lambda preview, _: files.with_picture_for_clients(preview)),
]
# The fields in which clients or bots send what a message has besides its content.
PARTS = tuple(kind.part for kind in _ALL if kind.part and not kind.is_made_here)
# The field in which clients send what a message has besides its content, by its kind.
SENT_PARTS = {kind.name: kind.part for kind in _ALL if kind.sent}
# The fields in which clients get what a message has besides its content, with their Structs.
EVENT_PARTS = {kind.part: kind.with_results for kind in _ALL if kind.shape}
# How people respond to messages, by the kinds that take responses.
RESPONDING = {kind.name: kind.responding for kind in _ALL if kind.responding}
# Decorators that add these fields to the Structs of the command that sends a message, and of a message.
with_sent_parts = with_fields([(kind.part, kind.sent | None, None) for kind in _ALL if kind.sent])
with_parts = with_fields([(part, shape | UnsetType, UNSET) for part, shape in EVENT_PARTS.items()])


def kind_of(name: str) -> Kind:
    """Return the kind with this name; UNKNOWN if there is none."""
    return _BY_NAME.get(name, UNKNOWN)


def preview(name: str, language: str) -> str:
    """Return `Kind.preview` of the kind with this name."""
    return kind_of(name).preview(language)


def in_words(name: str, content: str, language: str) -> str:
    """Return the message as a text, for clients that cannot show its kind."""
    render = kind_of(name).in_words
    return render(content, language) if render else preview(name, language)


def searchable_text(name: str, content: str, details: str) -> str:
    """Return the whole text of a message that people read, from its content and its details."""
    read = _SEARCHABLE.get(name)
    return read(content, details) if read else content


def texts_in(rows: Iterable[Row]) -> Iterator[tuple[Written, str]]:
    """Yield the rows that set the text of a message, for rules and search, each with the whole text."""
    for row in rows:
        if isinstance(row, Written) and row.kind in (*TEXTS, EDIT):
            yield row, full_text(row.content, row.details)


def link(name: str, content: str) -> str:
    """Return the URL, or path of this server, that the shipped apps get besides the text; empty if none."""
    return kind_of(name).link(content)


def for_clients(event: dict[str, Any]) -> dict[str, Any]:
    """Convert the fields of a message from the stored form to the form that clients get. `event` has the
    `kind` and may have the `content`."""
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
    """Return what the scripts of pages need of each kind, by its name; UNKNOWN has the empty name."""
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
