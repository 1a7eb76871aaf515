"""Messages as Slack's incoming webhooks and slash commands have them, as texts of ours. Pure.

What Slack would draw becomes text: blocks and attachments in their order, links in parentheses behind their
words, marks as `static/im66/chat/text/formatting.js` reads them. What has no text is left out.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any, NamedTuple

from accounts.names.userids import is_userid
from log.details import MAX_MENTIONS

MAX_ATTACHMENTS = 100
# Slack nests fewer lists and texts in each other, takes fewer parts, and cuts texts there.
_MAX_DEPTH, _MAX_PARTS, _MAX_CHARACTERS = 8, 1000, 40_000
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_REFERENCE = re.compile(r"<([^<>\n]+)>")
_WORD = r"(?<![\w{0}]){0}(?=\S)([^{0}\n]+?)(?<=\S){0}(?![\w{0}])"
# In this order: what is made of one is not taken for another.
_MARKS = (
    (re.compile(_WORD.format("~")), r"~~\1~~"),
    (re.compile(_WORD.format(r"\*")), "\x02\\1\x02"),
    (re.compile(_WORD.format("_")), r"*\1*"),
)
_BOLD = ("\x02", "**")
_NOT_WORDS = {"!here": "@here", "!channel": "@channel", "!everyone": "@everyone"}


class SlackText(NamedTuple):
    """`mentions`: the userids that it names, whether there are such people or not."""

    text: str
    mentions: tuple[str, ...] = ()


class NoText(ValueError):
    """There is nothing to say."""


class TooManyAttachments(ValueError):
    """More than Slack takes."""


def text_of(payload: dict[str, Any]) -> SlackText:
    """What the message says: its blocks, or its text without them, and its attachments. Raises NoText and
    TooManyAttachments, and ValueError for what is no such message."""
    attachments = payload.get("attachments") or []
    if not isinstance(attachments, list):
        raise ValueError
    if len(attachments) > MAX_ATTACHMENTS:
        raise TooManyAttachments
    reader = _SlackReader()
    parts = [*reader.blocks(payload.get("blocks"))] or [reader.marked(payload.get("text"))]
    parts += [line for one in attachments for line in reader.attachment(one)]
    text = "\n".join(filter(None, parts)).strip()
    if not text:
        raise NoText
    return SlackText(text, tuple(reader.mentions)[:MAX_MENTIONS])


class _SlackReader:
    """Over one message. Raises ValueError for more parts than any has."""

    def __init__(self) -> None:
        self.mentions: dict[str, None] = {}
        self._parts_left = _MAX_PARTS

    def marked(self, text: Any) -> str:
        """A text in Slack's marks; empty for what is none."""
        self._count_part()
        if not isinstance(text, str):
            return ""
        parts = _CODE.split(_UNPRINTABLE.sub("", text[:_MAX_CHARACTERS]))
        # Every other one is code, where only references and escapes are read.
        return "".join(self._converted_part(part, is_code=index % 2 == 1) for index, part in enumerate(parts))

    def plain(self, text: Any) -> str:
        self._count_part()
        return _UNPRINTABLE.sub("", text[:_MAX_CHARACTERS]) if isinstance(text, str) else ""

    def blocks(self, blocks: Any) -> Iterator[str]:
        for block in _dicts(blocks):
            yield from self._block(block)

    def attachment(self, one: Any) -> Iterator[str]:
        """Its fallback only if there is nothing else."""
        if not isinstance(one, dict):
            raise ValueError
        lines = [*self._attachment_lines(one)]
        yield from lines or [self.marked(one.get("fallback"))]

    def _attachment_lines(self, one: dict[str, Any]) -> Iterator[str]:
        title = self._link(self.marked(one.get("title")), self.plain(one.get("title_link")))
        known = (self.marked(one.get("pretext")), self.plain(one.get("author_name")), title)
        yield from filter(None, (*known, self.marked(one.get("text"))))
        for field in _dicts(one.get("fields")):
            words = filter(None, (self.marked(field.get("title")), self.marked(field.get("value"))))
            yield ": ".join(words)
        yield from self.blocks(one.get("blocks"))
        yield from filter(None, (self.plain(one.get("image_url")), self.plain(one.get("footer"))))

    def _block(self, block: dict[str, Any]) -> Iterator[str]:
        match block.get("type"):
            case "image":
                words = self._text_object(block.get("title")) or self.plain(block.get("alt_text"))
                yield self._link(words, self.plain(block.get("image_url")))
            case "rich_text":
                yield from self._rich(block.get("elements"), 1).split("\n")
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

    def _text_object(self, one: Any) -> str:
        """A text object."""
        if not isinstance(one, dict):
            return ""
        is_plain = one.get("type") == "plain_text"
        return self.plain(one.get("text")) if is_plain else self.marked(one.get("text"))

    def _element(self, one: dict[str, Any]) -> str:
        """Of a button, what it leads to; of a picture, what it shows."""
        match one.get("type"):
            case "button":
                url = self.plain(one.get("url"))
                return self._link(self._text_object(one.get("text")), url) if url else ""
            case "image":
                return self.plain(one.get("alt_text"))
        return self._text_object(one)

    def _rich(self, elements: Any, depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise ValueError
        return "".join(self._rich_part(one, depth) for one in _dicts(elements))

    def _rich_part(self, one: dict[str, Any], depth: int) -> str:
        self._count_part()
        inner = one.get("elements")
        match one.get("type"):
            case "text":
                return self.plain(one.get("text"))
            case "link":
                return self._link(self.plain(one.get("text")), self.plain(one.get("url")))
            case "user":
                return self._mention(str(one.get("user_id", "")), "")
            case "broadcast":
                return f"@{self.plain(one.get('range'))}"
            case "emoji":
                return f":{self.plain(one.get('name'))}:"
            case "rich_text_list":
                return "".join(f"- {self._rich([item], depth + 1).strip()}\n" for item in _dicts(inner))
            case "rich_text_preformatted":
                return f"```{self._rich(inner, depth + 1)}```\n"
            case "rich_text_quote":
                return f"> {self._rich(inner, depth + 1)}\n"
        return f"{self._rich(inner, depth + 1)}\n" if inner else ""

    def _converted_part(self, part: str, *, is_code: bool) -> str:
        if not is_code:
            pieces = _REFERENCE.split(part)
            # Addresses are not marked, and the words of others neither.
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
    """Slack escapes these three signs, and no others."""
    return re.sub(r"&(?:amp|lt|gt);", lambda sign: unescape(sign[0]), text)


def _with_marks(text: str) -> str:
    for pattern, ours in _MARKS:
        text = pattern.sub(ours, text)
    return text.replace(*_BOLD)


def _dicts(values: Any) -> Iterable[dict[str, Any]]:
    """Those of a list; none of what is no list."""
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []
