"""What only newer clients get of a message: a JSON object whose fields stand among the others of the event.
Empty for most messages. Pure."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec

from accounts.compact import compact_text

# The members of a group that a message mentions, or EVERYBODY.
MENTIONS = "mentions"
EVERYBODY = "*"
# Of a message that somebody passes on: who wrote it, and when.
FORWARDED = "forwarded"
# What a program attaches to a message: see `accounts.bounded_json`.
CUSTOM = "custom"
# The messages that one message holds.
BUNDLE = "bundle"
# Of a message that makes no sound and is not pushed: true, and the first field, where statements look for it.
SILENT = "silent"
# Of a file: there is a picture of it. What clients get of a link is called so, too.
PREVIEW = "preview"

MAX_MENTIONS = 100
_BEGIN_SILENT = f'{{"{SILENT}":true'


class Same(NamedTuple):
    """How many people have answered the same, which is `value`, and the first of them."""

    value: Any
    number: int
    userids: list[str]


class Responses(NamedTuple):
    """`most`: how many userids are named for each. `own`: what the reader has answered, None for nothing.
    `is_closed`: no more answers are accepted."""

    same: list[Same]
    most: int
    own: Any = None
    is_closed: bool = False


_decode = msgspec.json.Decoder(dict[str, Any]).decode


def decoded(details: str) -> dict[str, Any]:
    """The fields. None for what is no object: the beginning of one, or what was erased."""
    try:
        return _decode(details) if details else {}
    except msgspec.MsgspecError:
        return {}


def encoded(fields: Mapping[str, Any]) -> str:
    """Empty if there are none."""
    return compact_text(fields) if fields else ""


def with_custom(details: str, custom: Mapping[str, Any]) -> str:
    """The same with this attached, and nothing else."""
    if not (custom or CUSTOM in details):
        return details  # as is usual
    fields = {name: value for name, value in decoded(details).items() if name != CUSTOM}
    return encoded({**fields, CUSTOM: dict(custom)} if custom else fields)


def custom_in(details: str) -> dict[str, Any]:
    """What is attached."""
    return dict(decoded(details).get(CUSTOM, {})) if CUSTOM in details else {}


def with_mentions(details: str, mentions: Collection[str]) -> str:
    """The same with these mentions, and no others."""
    fields = decoded(details)
    fields.pop(MENTIONS, None)
    return encoded({**fields, MENTIONS: list(mentions)} if mentions else fields)


def as_silent(details: str) -> str:
    """The same of a message that makes no sound."""
    return encoded({SILENT: True, **decoded(details)})


def is_silent(details: str) -> bool:
    return details.startswith(_BEGIN_SILENT)


def without_mentions(details: str) -> str:
    """The same in another conversation."""
    return with_mentions(details, ()) if MENTIONS in details else details
