"""Values of SQLite as PostgreSQL takes them. Pure.

SQLite takes any value in any column: texts that are longer than the column says, NUL characters, bytes that
are no UTF-8, a word in a column of numbers. PostgreSQL refuses these, so each value is checked on its way.

Each value becomes the text that PostgreSQL writes it as. Both sides of a move are compared in this form.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from ipaddress import ip_address
from typing import Any, NamedTuple

# Stands where a character stood that PostgreSQL does not take.
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Not where the reversed stroke is one that was escaped itself.
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_NOT_UTF_8, _NUL = "is not valid UTF-8", "has a NUL character"


class Unfit(Exception):
    """PostgreSQL does not take the value. The text says why. `mended`: what can be stored instead, if
    something says nearly the same."""

    def __init__(self, why: str, mended: str | None = None) -> None:
        super().__init__(why)
        self.mended = mended


class Column(NamedTuple):
    """`fit(value)`: the text of a value that the sqlite3 module returns with `text_factory=bytes`; it raises
    Unfit. `same(text)`: what the text of a value on either side is compared as; None: as it is.

    `is_key`: other rows name this row by it, or it must be unique. Such a value is never mended.
    """

    name: str
    fit: Callable[[Any], str]
    same: Callable[[str], str] | None
    is_key: bool


def column(name: str, type_: str, *, is_key: bool) -> Column:
    """The column of this type of PostgreSQL. Raises KeyError for a type that is not known."""
    if match := re.fullmatch(r"varchar\((\d+)\)", type_):
        return Column(name, _texts(int(match[1])), None, is_key)
    fit, same = _TYPES[type_]
    return Column(name, fit, same, is_key)


def _texts(most: int | None) -> Callable[[Any], str]:
    def fit(value: Any) -> str:
        if not isinstance(value, bytes):
            return str(value)
        try:
            text = value.decode()
        except UnicodeDecodeError:
            raise Unfit(_NOT_UTF_8, _mended(value, most)) from None
        if "\0" in text:
            raise Unfit(_NUL, _mended(value, most))
        if most is not None and len(text) > most:
            raise Unfit(f"has {len(text)} characters, of {most} at most", _mended(value, most))
        return text

    return fit


def _mended(value: bytes, most: int | None) -> str:
    return value.decode(errors="replace").replace("\0", REPLACEMENT)[:most]


def _integers(least: int, most: int) -> Callable[[Any], str]:
    def fit(value: Any) -> str:
        if type(value) is not int:
            raise Unfit("is not a whole number")
        if not least <= value <= most:
            raise Unfit(f"is {value}, and must be {least} to {most}")
        return str(value)

    return fit


def _boolean(value: Any) -> str:
    if value not in (0, 1):
        raise Unfit("is neither true nor false")
    return "true" if value else "false"


def _float(value: Any) -> str:
    if not isinstance(value, int | float):
        raise Unfit("is not a number")
    return repr(float(value))


def _same_float(text: str) -> str:
    return repr(float(text))


def _time(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(_plain(value))
    except ValueError:
        raise Unfit("is not a time") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    text = moment.replace(tzinfo=None).isoformat(" ")
    return f"{text.rstrip('0') if '.' in text else text}+00"


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(_plain(value)).isoformat()
    except ValueError:
        raise Unfit("is not a date") from None


def _address(value: Any) -> str:
    try:
        return str(ip_address(_plain(value)))
    except ValueError:
        raise Unfit("is not an address") from None


def _same_address(text: str) -> str:
    return str(ip_address(text.partition("/")[0]))


def _json(value: Any) -> str:
    text = _text(value)
    try:
        written = json.dumps(json.loads(text, parse_constant=_refuse), ensure_ascii=False)
        written.encode()
    except (ValueError, RecursionError):
        raise Unfit("is not JSON that PostgreSQL takes") from None
    if _ESCAPED_NUL.search(written):
        raise Unfit(_NUL, _ESCAPED_NUL.sub(rf"\g<1>{REPLACEMENT}", written))
    return text


def _same_json(text: str) -> str:
    """The keys in order, and each number in one way: PostgreSQL keeps neither as it was written."""
    value = json.loads(text, parse_float=_number)
    return json.dumps(value, sort_keys=True)


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _plain(value: Any) -> str:
    """A value that must be a text. Raises ValueError, which UnicodeDecodeError is."""
    if not isinstance(value, bytes):
        raise ValueError
    return value.decode()


_text = _texts(None)
_TYPES: dict[str, tuple[Callable[[Any], str], Callable[[str], str] | None]] = {
    "text": (_text, None),
    "smallint": (_integers(-(2**15), 2**15 - 1), None),
    "integer": (_integers(-(2**31), 2**31 - 1), None),
    "bigint": (_integers(-(2**63), 2**63 - 1), None),
    "boolean": (_boolean, None),
    "double precision": (_float, _same_float),
    "timestamp with time zone": (_time, None),
    "date": (_date, None),
    "inet": (_address, _same_address),
    "jsonb": (_json, _same_json),
}
