"""Messages of the kind `card`, which only bots and backends send: a text, and beside it what the text says in
parts. Pure.

The content is what the shipped apps read. The card is in the details, as clients get it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from log.details import decoded, encoded

CARD = "card"
MAX_TITLE, MAX_TEXT, MAX_LINK = 200, 4000, 2000
MAX_FIELDS, MAX_FIELD_NAME, MAX_FIELD_VALUE = 20, 100, 500
MAX_ACTIONS, MAX_ACTION_ID, MAX_LABEL = 3, 64, 40

_ACTIONS = "actions"
# They are left out if there are none.
_OPTIONAL = ("picture", _ACTIONS)


def is_link(url: str) -> bool:
    """Whether a card may lead there."""
    return url.startswith(("https://", "http://")) and url.isprintable() and " " not in url


def card_details(card: Mapping[str, Any]) -> str:
    """The details that the log keeps of a message with this card."""
    return encoded({CARD: {name: value for name, value in card.items() if value or name not in _OPTIONAL}})


def full_text(content: str, details: str) -> str:
    """All that people read of a message, whether it is a card or not: search and rules look at it."""
    if CARD not in details:
        return content  # as is usual
    return "\n".join(filter(None, (content, *_parts(decoded(details).get(CARD, {})))))


def picture_of(details: str) -> str:
    """The address of its picture; empty if it has none."""
    return str(decoded(details).get(CARD, {}).get("picture", ""))


def has_action(details: str, action: str) -> bool:
    return any(one["id"] == action for one in decoded(details).get(CARD, {}).get(_ACTIONS, ()))


def without_actions(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the details without buttons, which work where the card was sent and nowhere else."""
    if CARD not in fields:
        return dict(fields)
    return {**fields, CARD: {name: value for name, value in fields[CARD].items() if name != _ACTIONS}}


def _parts(card: Mapping[str, Any]) -> Iterator[str]:
    yield from (card.get(name, "") for name in ("title", "text", "url"))
    for field in card.get("fields", ()):
        yield f"{field['name']}: {field['value']}"
    yield from (action["label"] for action in card.get(_ACTIONS, ()))
