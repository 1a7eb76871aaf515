"""The kinds of messages: what code asks about a kind is said here, once for each. Pure.

A process may read messages of kinds that only a later version knows. They are messages like any other, and
UNKNOWN says how they are shown.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chat.protocol import files, places
from chat.protocol.places import LOCATION
from log.cards import CARD
from log.details import BUNDLE, PREVIEW, first_line
from uploads.calls import FILE, MESSAGE_KINDS

ENGLISH, CHINESE = "en", "zh"
LANGUAGES = (ENGLISH, CHINESE)

_MEDIA = {kind: media for media, kind in MESSAGE_KINDS.items()}


class Kind(NamedTuple):
    """`name`: in the log, in JSON, and for the shipped apps if it has a verb.

    `english`, `chinese`: what lists, quotes and pushes show in brackets for a message of this kind.
    `has_verb`: the shipped apps know it. They never learn another, so a later kind has none.
    `in_words(content, language)`: the whole message as a text. It is what the shipped apps are sent, and what
    exports show, of a kind without a verb; without it they get what lists show.
    `link(content)`: an address, or a path of this server, that the shipped apps get below these words.
    `shown(content)`: what clients get for the content that the log keeps: the content, and other fields of
    the message; without it the content is what the log keeps.
    `is_text`: the content is a text that people read: it is searched, and rules may flag it.
    `is_screened`: rules may refuse, mask or hold it.
    `is_made_here`: nobody can send it; the server makes it.
    `is_of_bots`: only bots and backends send it.
    `example`: a content for the console, where `{origin}` stands for the address of the page.
    """

    name: str
    english: str
    chinese: str
    has_verb: bool = False
    in_words: Callable[[str, str], str] | None = None
    link: Callable[[str], str] | None = None
    shown: Callable[[str], tuple[str, dict[str, Any]]] | None = None
    is_text: bool = False
    is_screened: bool = False
    is_of_bots: bool = False
    is_made_here: bool = False
    example: str = ""

    @property
    def media(self) -> str:
        """The media type, before its slash, of the files that such a message refers to; empty if the content
        is no file."""
        return "application" if self.name == FILE else _MEDIA.get(self.name, "")

    def label(self, language: str) -> str:
        return self.chinese if language == CHINESE else self.english


def _file_in_words(content: str, language: str) -> str:
    return files.in_words(content, kind_of(FILE).label(language))


def _file_shown(content: str) -> tuple[str, dict[str, Any]]:
    address, file = files.shown(content)
    return address, {} if file is None else {"file": file}


def _place_in_words(content: str, language: str) -> str:
    return places.in_words(content, kind_of(LOCATION).label(language))


def _bundle_in_words(content: str, language: str) -> str:
    return f"{preview(BUNDLE, language)} {content}"


def _bundle_shown(content: str) -> tuple[str, dict[str, Any]]:
    return first_line(content), {}


def _as_it_is(content: str, language: str) -> str:
    return content


_ALL = (
    # An emotion that a client does not know is shown as text.
    Kind("emotion", "Sticker", "表情", has_verb=True, is_screened=True, example="~smile-1"),
    Kind(
        "video",
        "Video",
        "视频",
        has_verb=True,
        shown=files.media_shown,
        example="{origin}/media/c-640x330.mp4",
    ),
    Kind(
        "picture",
        "Picture",
        "图片",
        has_verb=True,
        shown=files.media_shown,
        example="{origin}/media/a-746x750.jpg",
    ),
    Kind("text", "Text", "文字", has_verb=True, is_text=True, is_screened=True, example="Hello, Bob."),
    Kind(
        "audio",
        "Voice message",
        "语音",
        has_verb=True,
        shown=files.media_shown,
        example="{origin}/media/b-3.mp3",
    ),
    Kind(
        FILE,
        "File",
        "文件",
        in_words=_file_in_words,
        link=files.link,
        shown=_file_shown,
        example="{origin}/files/d.file",
    ),
    Kind(
        LOCATION,
        "Location",
        "位置",
        in_words=_place_in_words,
        link=places.link,
        shown=places.shown,
        is_screened=True,
        example="31.2304,121.4737",
    ),
    Kind(
        BUNDLE,
        "Chat history",
        "聊天记录",
        in_words=_bundle_in_words,
        shown=_bundle_shown,
        is_text=True,
        is_made_here=True,
        example="Ana, Ben (2)",
    ),
    Kind(
        CARD,
        "Card",
        "卡片",
        in_words=_as_it_is,
        is_text=True,
        is_screened=True,
        is_of_bots=True,
        example="Build 7 failed",
    ),
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
SHOWN = frozenset(kind.name for kind in _ALL if kind.shown)
FILES = frozenset(kind.name for kind in _ALL if kind.media)


def kind_of(name: str) -> Kind:
    """The kind with this name; UNKNOWN if this version knows none."""
    return _BY_NAME.get(name, UNKNOWN)


def preview(name: str, language: str) -> str:
    """What lists show in the place of a message that is no text."""
    return f"[{kind_of(name).label(language)}]"


def in_words(name: str, content: str, language: str) -> str:
    """The message as a text, for who cannot show such a message."""
    said = kind_of(name).in_words
    return said(content, language) if said else preview(name, language)


def link(name: str, content: str) -> str:
    """What the shipped apps find the content at, besides its words: a path of this server, or nothing."""
    found = kind_of(name).link
    return found(content) if found else ""


def shown_in(told: dict[str, Any]) -> dict[str, Any]:
    """The message, a mapping with its `kind` and perhaps its `content` as the log keeps it, as clients get
    it."""
    if isinstance(bundle := told.get(BUNDLE), dict):
        told = {**told, BUNDLE: {**bundle, "items": list(map(shown_in, bundle["items"]))}}
    for name in (CARD, PREVIEW):
        if isinstance(part := told.get(name), dict) and (picture := part.get("picture")):
            told = {**told, name: {**part, "picture": files.media_shown(picture)[0]}}
    shown = kind_of(told.get("kind", "")).shown
    if shown is None or "content" not in told:
        return told
    kept = told["content"]
    content, fields = shown(kept)
    if told["kind"] == FILE and PREVIEW in told:
        told = {name: value for name, value in told.items() if name != PREVIEW}
        if file := fields.get("file"):
            fields = {"file": {**file, PREVIEW: files.preview(kept)}}
    return {**told, "content": content, **fields}


def for_pages() -> Mapping[str, Mapping[str, Any]]:
    """What the scripts of pages know of each kind, by its name; UNKNOWN is under the empty name."""
    return {
        kind.name: {"en": kind.english, "zh": kind.chinese, "media": kind.media, "example": kind.example}
        for kind in (*_ALL, UNKNOWN)
    }
