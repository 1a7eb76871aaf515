"""Extensions as the shipped apps read them: Base64 of a JSON object with names and pictures. Pure.

The Android app drops a message if it cannot read the extension, or if one of four keys is missing. The iOS
app replaces the name and the picture of the conversation by what the extension says. A value is a text or
null. The misspelling of the keys is the protocol's.
"""

import base64
import json
from functools import lru_cache
from typing import Any, NamedTuple

from chat.protocol.bounds import FRAME_BYTES
from chat.protocol.media import NO_ADDRESSES, Addresses

_REQUIRED_KEYS = ("sender", "senderAvartar", "conversation", "conversationAvartar")
_KNOWN_KEYS = (*_REQUIRED_KEYS, "senderID")
_PICTURE_KEYS = ("senderAvartar", "conversationAvartar")
# Apps send the same extension with every message of a conversation. Longer extensions are not cached.
_CACHE_SIZE, _MAX_CACHED_CHARACTERS = 1024, 4096

# The largest extension that the server makes, including the client's own fields that it keeps.
_MAX_MADE_BYTES = 8 * 1024
# An extension has about five values. Decoding very many takes long.
_MAX_COMMAS = 1000
# A longer extension of a client is replaced without being decoded.
_MAX_READ_CHARACTERS = 8 * 1024


class Naming(NamedTuple):
    """The names and pictures of the sender, and of the conversation as the recipient sees it. Pictures are
    URLs; None if there is none."""

    sender: str
    sender_id: str
    sender_avatar: str | None
    conversation: str
    conversation_avatar: str | None


def is_readable(extension: str) -> bool:
    """Return whether the shipped apps can read the extension. They cannot read one with a `_`, which they
    would take for a separator, nor one that does not fit into a frame."""
    if not extension.isascii() or len(extension) > FRAME_BYTES:
        return False
    if len(extension) > _MAX_CACHED_CHARACTERS:
        return _is_complete(_decode(extension))
    return _is_readable(extension)


def is_unreadable(extension: str) -> bool:
    return not is_readable(extension)


def is_complete(extension: str) -> bool:
    """Return whether the shipped apps can read the extension and its pictures are absolute URLs."""
    if not extension.isascii() or len(extension) > FRAME_BYTES:
        return False
    if len(extension) > _MAX_CACHED_CHARACTERS:
        return _has_absolute_pictures(_decode(extension))
    return _is_complete_cached(extension)


def filled(extension: str, naming: Naming, addresses: Addresses = NO_ADDRESSES) -> str:
    """Return an extension that the shipped apps can read: the valid fields of `extension`, and those of
    `naming` for the missing ones. The sender's id is always that of `naming`. Pictures that are paths become
    absolute with `addresses`."""
    if not extension.isascii() or len(extension) > _MAX_READ_CHARACTERS:
        extension = ""
    if len(extension) > _MAX_CACHED_CHARACTERS:
        return _fill(extension, naming, addresses)
    return _filled(extension, naming, addresses)


def sender_in(extension: str) -> tuple[str, str]:
    """Return the name and the picture of the sender in the extension; empty if they are missing, or if the
    extension is longer than those that the apps make."""
    return _sender_in(extension) if len(extension) <= _MAX_CACHED_CHARACTERS else ("", "")


def needs_extension(extension: str, *, fills: bool) -> bool:
    """Return whether a message of a JSON client needs an extension made by the server. The shipped apps drop
    a message without one. `fills`: also replace an extension that they cannot read."""
    return not extension or (fills and not is_readable(extension))


def has_room_for_extension(bytes_: int) -> bool:
    """Return whether a message with `bytes_` bytes of content and extension still fits into a frame of the
    shipped apps when its extension is replaced by one that the server makes."""
    return bytes_ <= FRAME_BYTES - _MAX_MADE_BYTES


@lru_cache(_CACHE_SIZE)
def _is_readable(extension: str) -> bool:
    return _is_complete(_decode(extension))


@lru_cache(_CACHE_SIZE)
def _sender_in(extension: str) -> tuple[str, str]:
    fields = _without_invalid_values(_decode(extension))
    return fields.get("sender") or "", fields.get("senderAvartar") or ""


@lru_cache(_CACHE_SIZE)
def _is_complete_cached(extension: str) -> bool:
    return _has_absolute_pictures(_decode(extension))


def _fill(extension: str, naming: Naming, addresses: Addresses) -> str:
    fields = {
        **_fields_of(naming),
        **_without_invalid_values(_decode(extension)),
        "senderID": naming.sender_id,
    }
    return _encode({**fields, **{key: addresses.absolute(fields[key] or "") for key in _PICTURE_KEYS}})


_filled = lru_cache(_CACHE_SIZE)(_fill)


def _decode(extension: str) -> dict[str, Any]:
    """Return the JSON object in the extension; empty if there is none."""
    try:
        # Java's Base64 encoder inserts line breaks.
        packed = extension.replace("\r", "").replace("\n", "")
        if len(packed) % 4 or packed.endswith("==="):
            return {}
        written = base64.b64decode(packed, validate=True)
        decoded = json.loads(written.decode()) if written.count(b",") <= _MAX_COMMAS else None
    except (ValueError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _without_invalid_values(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in _KNOWN_KEYS or _is_text(value)}


def _is_complete(fields: dict[str, Any]) -> bool:
    return all(key in fields for key in _REQUIRED_KEYS) and all(
        _is_text(fields[key]) for key in _KNOWN_KEYS if key in fields
    )


def _has_absolute_pictures(fields: dict[str, Any]) -> bool:
    return _is_complete(fields) and not any((fields[key] or "").startswith("/") for key in _PICTURE_KEYS)


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _fields_of(naming: Naming) -> dict[str, str]:
    return {
        "sender": naming.sender,
        "senderID": naming.sender_id,
        "senderAvartar": naming.sender_avatar or "",
        "conversation": naming.conversation,
        "conversationAvartar": naming.conversation_avatar or "",
    }


def _encode(fields: dict[str, Any]) -> str:
    # ASCII with escapes, because a decoded object may hold lone surrogates.
    return base64.b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode()
