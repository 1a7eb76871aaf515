"""Messages of the kind `card` as clients get them. `log.cards` has the stored form. Pure."""

from msgspec import UNSET, Struct, UnsetType

from chat.protocol.kinds import files
from chat.protocol.kinds.kind import Kind
from log.cards import CARD, full_text


class CardField(Struct):
    """A line of a card."""

    name: str
    value: str


class CardAction(Struct):
    """A button of a card."""

    id: str
    label: str


class Card(Struct):
    """What a message of the kind `card` has besides its text. All but the title may be empty."""

    title: str
    text: str
    url: str
    fields: list[CardField]
    picture: str | UnsetType = UNSET
    actions: list[CardAction] | UnsetType = UNSET


KIND = Kind(
    CARD,
    "Card",
    "卡片",
    in_words=lambda content, language: content,
    part=CARD,
    shape=Card,
    part_for_clients=lambda card, _: files.with_picture_for_clients(card),
    searchable=full_text,
    is_text=True,
    is_screened=True,
    is_of_bots=True,
    example="Build 7 failed",
)
