"""Convert values read from SQLite to PostgreSQL's text form. Pure.

SQLite accepts any value in any column: texts longer than the column allows, NUL characters, bytes that are
not UTF-8, a word in a column of numbers. PostgreSQL refuses these, so each value is validated first.

A value is converted to the text that PostgreSQL prints for it. The two databases are compared in this form.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from ipaddress import ip_address
from typing import Any, NamedTuple

# Replaces each character that PostgreSQL refuses.
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Does not match if the backslash itself is escaped.
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_NOT_UTF_8, _NUL = "is not valid UTF-8", "has a NUL character"


class InvalidValue(Exception):
    """PostgreSQL refuses the value. The exception's text is the reason. `replacement`: the nearest value that
    can be stored instead, or None if there is none."""

    def __init__(self, reason: str, replacement: str | None = None) -> None:
        super().__init__(reason)
        self.replacement = replacement


class Column(NamedTuple):
    """`validate(value)` takes a value that the sqlite3 module returned with `text_factory=bytes`, and returns
    its text. It raises InvalidValue. `normalize(text)` brings the texts of both databases into one form, in
    which they are compared; None if they need no normalization.

    `is_key`: the column is unique or part of a foreign key. Its values are never replaced.
    """

    name: str
    validate: Callable[[Any], str]
    normalize: Callable[[str], str] | None
    is_key: bool


def make_column(name: str, type_: str, *, is_key: bool) -> Column:
    """Return the column of this PostgreSQL type. Raises KeyError for an unknown type."""
    if match := re.fullmatch(r"varchar\((\d+)\)", type_):
        return Column(name, _text_validator(int(match[1])), None, is_key)
    validate, normalize = _TYPES[type_]
    return Column(name, validate, normalize, is_key)


def _text_validator(max_length: int | None) -> Callable[[Any], str]:
    def validate(value: Any) -> str:
        if not isinstance(value, bytes):
            return str(value)
        try:
            text = value.decode()
        except UnicodeDecodeError:
            raise InvalidValue(_NOT_UTF_8, _storable_text(value, max_length)) from None
        if "\0" in text:
            raise InvalidValue(_NUL, _storable_text(value, max_length))
        if max_length is not None and len(text) > max_length:
            reason = f"has {len(text)} characters, of {max_length} at most"
            raise InvalidValue(reason, _storable_text(value, max_length))
        return text

    return validate


def _storable_text(value: bytes, max_length: int | None) -> str:
    return value.decode(errors="replace").replace("\0", REPLACEMENT)[:max_length]


def _integer_validator(minimum: int, maximum: int) -> Callable[[Any], str]:
    def validate(value: Any) -> str:
        if type(value) is not int:
            raise InvalidValue("is not a whole number")
        if not minimum <= value <= maximum:
            raise InvalidValue(f"is {value}, and must be {minimum} to {maximum}")
        return str(value)

    return validate


def _boolean_text(value: Any) -> str:
    if value not in (0, 1):
        raise InvalidValue("is neither true nor false")
    return "true" if value else "false"


def _float_text(value: Any) -> str:
    if not isinstance(value, int | float):
        raise InvalidValue("is not a number")
    return repr(float(value))


def _timestamp_text(value: Any) -> str:
    try:
        time = datetime.fromisoformat(_decode_text(value))
    except ValueError:
        raise InvalidValue("is not a time") from None
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    text = time.replace(tzinfo=None).isoformat(" ")
    return f"{text.rstrip('0') if '.' in text else text}+00"


def _date_text(value: Any) -> str:
    try:
        return date.fromisoformat(_decode_text(value)).isoformat()
    except ValueError:
        raise InvalidValue("is not a date") from None


def _address_text(value: Any) -> str:
    try:
        return str(ip_address(_decode_text(value)))
    except ValueError:
        raise InvalidValue("is not an address") from None


def _normalize_address(text: str) -> str:
    return str(ip_address(text.partition("/")[0]))


def _json_text(value: Any) -> str:
    text = _validate_text(value)
    try:
        dumped = json.dumps(json.loads(text, parse_constant=_reject_constant), ensure_ascii=False)
        dumped.encode()
    except (ValueError, RecursionError):
        raise InvalidValue("is not JSON that PostgreSQL takes") from None
    if _ESCAPED_NUL.search(dumped):
        raise InvalidValue(_NUL, _ESCAPED_NUL.sub(rf"\g<1>{REPLACEMENT}", dumped))
    return text


def _normalize_json(text: str) -> str:
    """Sort the keys and write equal numbers the same way, because PostgreSQL changes both."""
    value = json.loads(text, parse_float=_parse_number)
    return json.dumps(value, sort_keys=True)


def _parse_number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _reject_constant(text: str) -> Any:
    raise ValueError(text)


def _decode_text(value: Any) -> str:
    """Return the text of a value. Raises ValueError if it is not UTF-8 text."""
    if not isinstance(value, bytes):
        raise ValueError
    return value.decode()


_validate_text = _text_validator(None)
_TYPES: dict[str, tuple[Callable[[Any], str], Callable[[str], str] | None]] = {
    "text": (_validate_text, None),
    "smallint": (_integer_validator(-(2**15), 2**15 - 1), None),
    "integer": (_integer_validator(-(2**31), 2**31 - 1), None),
    "bigint": (_integer_validator(-(2**63), 2**63 - 1), None),
    "boolean": (_boolean_text, None),
    "double precision": (_float_text, lambda text: repr(float(text))),
    "timestamp with time zone": (_timestamp_text, None),
    "date": (_date_text, None),
    "inet": (_address_text, _normalize_address),
    "jsonb": (_json_text, _normalize_json),
}
