"""Converts payloads of Slack's incoming webhooks and slash commands to texts of messages. Pure.

Blocks and attachments become lines in their order, links follow their words in parentheses, and formatting
becomes the marks of `static/im66/chat/text/formatting.js`. Elements without text are left out.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any, NamedTuple

from accounts.names.userids import is_userid
from log.details import MAX_MENTIONS

MAX_ATTACHMENTS = 100
# Slack's own payloads have a smaller depth and fewer parts, and Slack cuts texts at this length.
_MAX_DEPTH, _MAX_PARTS, _MAX_CHARACTERS = 8, 1000, 40_000
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_REFERENCE = re.compile(r"<([^<>\n]+)>")
_WORD = r"(?<![\w{0}]){0}(?=\S)([^{0}\n]+?)(?<=\S){0}(?![\w{0}])"
# Replaced in this order, so that the result of one replacement does not match another.
_MARKS = (
    (re.compile(_WORD.format("~")), r"~~\1~~"),
    (re.compile(_WORD.format(r"\*")), "\x02\\1\x02"),
    (re.compile(_WORD.format("_")), r"*\1*"),
)
_BOLD = ("\x02", "**")
_NOT_WORDS = {"!here": "@here", "!channel": "@channel", "!everyone": "@everyone"}


class SlackText(NamedTuple):
    """`mentions`: the mentioned userids, whether or not these people exist."""

    text: str
    mentions: tuple[str, ...] = ()


class NoText(ValueError):
    """The payload has no text."""


class TooManyAttachments(ValueError):
    """The payload has more attachments than Slack accepts."""


def text_of(payload: dict[str, Any]) -> SlackText:
    """Convert the payload: its blocks (without blocks, its text) and its attachments. Raises NoText and
    TooManyAttachments, and ValueError if it is not a payload of Slack."""
    attachments = payload.get("attachments") or []
    if not isinstance(attachments, list):
        raise ValueError
    if len(attachments) > MAX_ATTACHMENTS:
        raise TooManyAttachments
    reader = _SlackReader()
    parts = [*reader.blocks(payload.get("blocks"))] or [reader.marked(payload.get("text"))]
    parts += [line for attachment in attachments for line in reader.attachment(attachment)]
    text = "\n".join(filter(None, parts)).strip()
    if not text:
        raise NoText
    return SlackText(text, tuple(reader.mentions)[:MAX_MENTIONS])


class _SlackReader:
    """Converts the parts of one message. Raises ValueError if there are more than _MAX_PARTS."""

    def __init__(self) -> None:
        self.mentions: dict[str, None] = {}
        self._parts_left = _MAX_PARTS

    def marked(self, text: Any) -> str:
        """Convert a text with Slack's formatting; empty if it is not a string."""
        self._count_part()
        if not isinstance(text, str):
            return ""
        parts = _CODE.split(_UNPRINTABLE.sub("", text[:_MAX_CHARACTERS]))
        # Every other part is code, in which only escapes are converted.
        return "".join(self._converted_part(part, is_code=index % 2 == 1) for index, part in enumerate(parts))

    def plain(self, text: Any) -> str:
        self._count_part()
        return _UNPRINTABLE.sub("", text[:_MAX_CHARACTERS]) if isinstance(text, str) else ""

    def blocks(self, blocks: Any) -> Iterator[str]:
        for block in _dicts(blocks):
            yield from self._block(block)

    def attachment(self, attachment: Any) -> Iterator[str]:
        """Yield the lines of the attachment; its fallback if it has none. Raises ValueError if it is no
        object."""
        if not isinstance(attachment, dict):
            raise ValueError
        lines = [*self._attachment_lines(attachment)]
        yield from lines or [self.marked(attachment.get("fallback"))]

    def _attachment_lines(self, attachment: dict[str, Any]) -> Iterator[str]:
        title = self._link(self.marked(attachment.get("title")), self.plain(attachment.get("title_link")))
        known = (self.marked(attachment.get("pretext")), self.plain(attachment.get("author_name")), title)
        yield from filter(None, (*known, self.marked(attachment.get("text"))))
        for field in _dicts(attachment.get("fields")):
            words = filter(None, (self.marked(field.get("title")), self.marked(field.get("value"))))
            yield ": ".join(words)
        yield from self.blocks(attachment.get("blocks"))
        yield from filter(
            None, (self.plain(attachment.get("image_url")), self.plain(attachment.get("footer")))
        )

    def _block(self, block: dict[str, Any]) -> Iterator[str]:
        match block.get("type"):
            case "image":
                words = self._text_object(block.get("title")) or self.plain(block.get("alt_text"))
                yield self._link(words, self.plain(block.get("image_url")))
            case "rich_text":
                yield from self._rich_text(block.get("elements"), 1).split("\n")
            case "actions":
                yield from filter(None, map(self._element, _dicts(block.get("elements"))))
            case "context":
                yield " ".join(filter(None, map(self._element, _dicts(block.get("elements")))))
            case "markdown":
                yield self.plain(block.get("text"))
            case _:
                yield self._text_object(block.get("text"))
                yield from map(self._text_object, _dicts(block.get("fields")))
                if isinstance(accessory := block.get("accessory"), dict):
                    yield self._element(accessory)

    def _text_object(self, text_object: Any) -> str:
        """Convert a text object of Slack."""
        if not isinstance(text_object, dict):
            return ""
        is_plain = text_object.get("type") == "plain_text"
        return self.plain(text_object.get("text")) if is_plain else self.marked(text_object.get("text"))

    def _element(self, element: dict[str, Any]) -> str:
        """Convert an element: a button to its link, an image to its alternative text."""
        match element.get("type"):
            case "button":
                url = self.plain(element.get("url"))
                return self._link(self._text_object(element.get("text")), url) if url else ""
            case "image":
                return self.plain(element.get("alt_text"))
        return self._text_object(element)

    def _rich_text(self, elements: Any, depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise ValueError
        return "".join(self._rich_part(element, depth) for element in _dicts(elements))

    def _rich_part(self, element: dict[str, Any], depth: int) -> str:
        self._count_part()
        inner = element.get("elements")
        match element.get("type"):
            case "text":
                return self.plain(element.get("text"))
            case "link":
                return self._link(self.plain(element.get("text")), self.plain(element.get("url")))
            case "user":
                return self._mention(str(element.get("user_id", "")), "")
            case "broadcast":
                return f"@{self.plain(element.get('range'))}"
            case "emoji":
                return f":{self.plain(element.get('name'))}:"
            case "rich_text_list":
                return "".join(f"- {self._rich_text([item], depth + 1).strip()}\n" for item in _dicts(inner))
            case "rich_text_preformatted":
                return f"```{self._rich_text(inner, depth + 1)}```\n"
            case "rich_text_quote":
                return f"> {self._rich_text(inner, depth + 1)}\n"
        return f"{self._rich_text(inner, depth + 1)}\n" if inner else ""

    def _converted_part(self, part: str, *, is_code: bool) -> str:
        if not is_code:
            pieces = _REFERENCE.split(part)
            # Formatting inside of references is not converted: it may be a part of a URL.
            part = "".join(
                self._reference(piece) if index % 2 else _with_marks(piece)
                for index, piece in enumerate(pieces)
            )
        return unescape_slack(part)

    def _reference(self, inside: str) -> str:
        target, _, words = inside.partition("|")
        if target.startswith("@"):
            return self._mention(target[1:], words)
        if target.startswith("#"):
            return f"#{words or target[1:]}"
        if target.startswith("!"):
            return words or _NOT_WORDS.get(target, "")
        return self._link(words, target.removeprefix("mailto:"))

    def _mention(self, userid: str, words: str) -> str:
        if is_userid(userid):
            self.mentions[userid] = None
        return f"@{words or userid}"

    def _link(self, words: str, url: str) -> str:
        return f"{words} ({url})" if words and url and words != url else words or url

    def _count_part(self) -> None:
        self._parts_left -= 1
        if self._parts_left < 0:
            raise ValueError


def unescape_slack(text: str) -> str:
    """Unescape `&`, `<` and `>`, the only characters that Slack escapes."""
    return re.sub(r"&(?:amp|lt|gt);", lambda sign: unescape(sign[0]), text)


def _with_marks(text: str) -> str:
    for pattern, ours in _MARKS:
        text = pattern.sub(ours, text)
    return text.replace(*_BOLD)


def _dicts(values: Any) -> Iterable[dict[str, Any]]:
    """Return the objects in the list; nothing if it is not a list."""
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
