"""Decodes descriptions of people, one JSON object for each. Nothing in this module queries the database.

Decoding a large JSON text holds the GIL, and so blocks the event loop. Therefore a body is cut into its
objects, which are small, and each is decoded by itself.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from msgspec import UNSET, Struct, UnsetType

from accounts.models import AVATAR_LENGTH, EMAIL_LENGTH, NICKNAME_LENGTH
from accounts.names.unseen import is_visible
from accounts.names.userids import is_userid
from accounts.people import PersonDescription, Value

MAX_PEOPLE = 1000
MAX_OBJECT_BYTES = 16 * 1024
MAX_FIELDS = 20
MAX_FIELD_NAME_LENGTH, MAX_FIELD_LENGTH = 50, 500
# JavaScript does not represent greater integers exactly.
MAX_INTEGER = 2**53 - 1
_AVATAR = re.compile(r"https?://\S+")


class Problem(NamedTuple):
    """Why a description of a person is refused. `name`: the error code. `field`: the invalid value."""

    name: str
    reason: str
    field: str = ""
    userid: str = ""


class _PersonObject(Struct):
    userid: str | UnsetType = UNSET
    nickname: str | UnsetType = UNSET
    avatar: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    banned: bool | UnsetType = UNSET
    fields: dict[str, Value] | UnsetType = UNSET


_WRONG_COUNT = f"Give 1 to {MAX_PEOPLE} objects."


class InvalidBody(Exception):
    """The body is not a list of objects, or has too many of them. The exception's text says which."""


_decode = msgspec.json.Decoder(_PersonObject).decode
# The maximum depth of ignored values in an object.
_DEPTH = 8
_TEXT = rb'"(?:[^"\\]++|\\.)*+"'
_OBJECT = rb'\{(?:[^{}"]++|' + _TEXT + rb")*+\}"
for _ in range(_DEPTH):
    _OBJECT = rb'\{(?:[^{}"]++|' + _TEXT + rb"|" + _OBJECT + rb")*+\}"
_BEGINS = re.compile(rb"\s{0,1000}\[")
_ELEMENT = re.compile(rb"\s*+(" + _OBJECT + rb")\s*+([,\]])", re.DOTALL)
_PATH = re.compile(r" - at `\$\.?(\w*)")


def split_objects(body: bytes) -> list[bytes]:
    """Split a JSON array, or lines of JSON, into its objects, without decoding them. Raises InvalidBody."""
    if begins := _BEGINS.match(body):
        return _split_array(begins.end(), body)
    # Bound the number of splits; some lines may be empty.
    lines = [line for line in body.split(b"\n", 4 * MAX_PEOPLE) if line.strip()]
    if not 1 <= len(lines) <= MAX_PEOPLE:
        raise InvalidBody(_WRONG_COUNT)
    return lines


def _split_array(offset: int, body: bytes) -> list[bytes]:
    """`offset`: the position of the first object."""
    objects: list[bytes] = []
    while len(objects) < MAX_PEOPLE:
        # Match at most the maximum length of an object, whatever the length of the body.
        element = _ELEMENT.match(body, offset, offset + MAX_OBJECT_BYTES + 2)
        if element is None:
            raise InvalidBody("The body is not a JSON array of objects, or one of them is too long.")
        objects.append(element[1])
        offset = element.end()
        if element[2] == b"]" and not body[offset:].strip():
            return objects
    raise InvalidBody(_WRONG_COUNT)


def read_person(text: bytes, userid: str | None = None) -> PersonDescription | Problem:
    """Decode a description of a person. `userid`: the person's userid if the object does not contain it."""
    if len(text) > MAX_OBJECT_BYTES:
        return Problem("too_long", f"An object has at most {MAX_OBJECT_BYTES} bytes.")
    try:
        decoded = _decode(text)
    except msgspec.ValidationError as error:
        return _mistyped(error)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Problem("malformed", "This is not a JSON object.")
    return validate_person(
        userid if userid is not None and decoded.userid is UNSET else _or_none(decoded.userid),
        _or_none(decoded.nickname),
        _or_none(decoded.avatar),
        _or_none(decoded.email),
        _or_none(decoded.banned),
        _or_none(decoded.fields),
    )


def _or_none(value: Any) -> Any:
    return None if value is UNSET else value


def _mistyped(error: msgspec.ValidationError) -> Problem:
    text = str(error)
    path = _PATH.search(text)
    reason = f"{text.partition(' - at ')[0]}."
    return Problem("invalid", reason, path[1]) if path and path[1] else Problem("malformed", reason)


def validate_person(
    userid: str | None,
    nickname: str | None = None,
    avatar: str | None = None,
    email: str | None = None,
    banned: bool | None = None,
    fields: Mapping[str, Value] | None = None,
) -> PersonDescription | Problem:
    """Return a description with these values, or the problem of the first invalid one."""
    if userid is None or not is_userid(userid):
        return Problem("invalid", "Not a userid." if userid else "Give the userid.", "userid")
    for field, reason in _problems(nickname, avatar, email, fields):
        return Problem("invalid", reason, field, userid)
    return PersonDescription(userid, nickname, avatar, email, banned, fields)


def _problems(
    nickname: str | None, avatar: str | None, email: str | None, fields: Mapping[str, Value] | None
) -> Iterator[tuple[str, str]]:
    """Yield the name of each invalid value and the reason."""
    if nickname and not _is_printable(nickname, NICKNAME_LENGTH):
        yield "nickname", f"At most {NICKNAME_LENGTH} characters that can be shown."
    if avatar and not (_is_printable(avatar, AVATAR_LENGTH) and _AVATAR.fullmatch(avatar)):
        yield (
            "avatar",
            f"An address of a picture, http:// or https://, of at most {AVATAR_LENGTH} characters.",
        )
    if email and not _is_mail_address(email):
        yield "email", "Not a mail address."
    if fields is not None and (reason := _problem_of_fields(fields)):
        yield "fields", reason


def _is_printable(text: str, max_length: int) -> bool:
    return len(text) <= max_length and is_visible(text)


def _is_mail_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= EMAIL_LENGTH


def _problem_of_fields(fields: Mapping[str, Value]) -> str:
    if len(fields) > MAX_FIELDS:
        return f"At most {MAX_FIELDS} fields."
    if not all(name and _is_printable(name, MAX_FIELD_NAME_LENGTH) for name in fields):
        return f"A name has 1 to {MAX_FIELD_NAME_LENGTH} characters that can be shown."
    if not all(map(_is_value, fields.values())):
        return f"A value is a number, a boolean or a text of at most {MAX_FIELD_LENGTH} printable characters."
    return ""


def _is_value(value: Value) -> bool:
    if isinstance(value, str):
        return _is_printable(value, MAX_FIELD_LENGTH)
    return isinstance(value, bool) or abs(value) <= MAX_INTEGER
