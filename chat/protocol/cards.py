"""Messages of the kind `card`, which only bots send: a text, and beside it what the text says in parts. Pure.

The content is what the shipped apps and search read. The card is in the details, as clients get it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chat.protocol.details import decoded

CARD = "card"
MAX_TITLE, MAX_TEXT, MAX_LINK = 200, 4000, 2000
MAX_FIELDS, MAX_FIELD_NAME, MAX_FIELD_VALUE = 20, 100, 500


def is_link(url: str) -> bool:
    """Whether a card may lead there."""
    return url.startswith(("https://", "http://")) and url.isprintable() and " " not in url


def all_said(content: str, details: str) -> str:
    """All that people read of it, for the moderators' rules."""
    return "\n".join(filter(None, (content, *_parts(decoded(details).get(CARD, {})))))


def _parts(card: Mapping[str, Any]) -> Iterator[str]:
    yield from (card.get(name, "") for name in ("title", "text", "url"))
    for field in card.get("fields", []):
        yield f"{field['name']}: {field['value']}"
