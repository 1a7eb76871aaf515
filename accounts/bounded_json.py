"""Custom JSON objects that programs attach to messages and groups, small enough for every event. Pure."""

from typing import Any

import msgspec

from accounts.compact import compact_text
from accounts.names.unseen import is_storable

# In bytes of compact JSON in UTF-8.
MAX_BYTES = 4096
# The object itself is the first level.
MAX_DEPTH = 8
MAX_FIELDS, MAX_NAME = 32, 64
# The largest integer that every client's numbers hold exactly.
MAX_INTEGER = 2**53 - 1
# MAX_BYTES with each character escaped, and room for white space. Longer texts are not decoded.
_MAX_WRITTEN_BYTES = 8 * MAX_BYTES
# Scripts that merge objects would change the prototype of all objects.
_UNSAFE_NAMES = frozenset({"__proto__"})

_decode = msgspec.json.Decoder().decode


class TooLong(ValueError):
    """The object has more than MAX_BYTES."""


def parsed(written: bytes) -> dict[str, Any]:
    """Decode and validate the object, empty for null. Raises ValueError with the reason."""
    if len(written) > _MAX_WRITTEN_BYTES:
        raise TooLong(f"at most {MAX_BYTES} bytes")
    try:
        value = _decode(written)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        raise ValueError("not JSON, or a number that is too large") from None
    return {} if value is None else checked(value)


def checked(value: Any) -> dict[str, Any]:
    """Return the value if it is an object within the bounds. Raises ValueError with the reason."""
    if not isinstance(value, dict):
        raise ValueError("not an object")
    if len(value) > MAX_FIELDS:
        raise ValueError(f"at most {MAX_FIELDS} fields")
    _Walk().check(value, 1)
    if len(compact_text(value).encode()) > MAX_BYTES:
        raise TooLong(f"at most {MAX_BYTES} bytes")
    return value


class _Walk:
    """Validates values recursively. Stops early at more values than MAX_BYTES can hold."""

    def __init__(self) -> None:
        # Each value takes two bytes or more.
        self._left = MAX_BYTES // 2

    def check(self, value: Any, depth: int) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooLong(f"at most {MAX_BYTES} bytes")
        match value:
            case dict() | list() if depth > MAX_DEPTH:
                raise ValueError(f"at most {MAX_DEPTH} levels")
            case dict():
                for name, inner in value.items():
                    _check_name(name)
                    self.check(inner, depth + 1)
            case list():
                for inner in value:
                    self.check(inner, depth + 1)
            case _:
                _check_plain(value)


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= MAX_NAME or not is_storable(name) or name in _UNSAFE_NAMES:
        raise ValueError(
            f"names have 1 to {MAX_NAME} characters, no control characters, and are not __proto__"
        )


def _check_plain(value: Any) -> None:
    if isinstance(value, str):
        if len(value) > MAX_BYTES:
            raise TooLong(f"at most {MAX_BYTES} bytes")
        if not is_storable(value):
            raise ValueError("control characters cannot be sent")
    elif isinstance(value, int | float) and not abs(value) <= MAX_INTEGER:
        # The comparison is false for NaN too.
        raise ValueError(f"numbers are from -{MAX_INTEGER} to {MAX_INTEGER}")
