"""The field types of commands of the dialect `im66.json.v1`, and the checks that a type cannot express.
Pure."""

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Raw, UnsetType

from accounts import bounded_json, codes
from accounts.names.userids import is_userid
from chat.protocol.bounds import is_storable, size
from chat.protocol.kinds import KINDS, SENDABLE
from chat.protocol.replies import Failure, RequestId
from groups.groupids import is_group_id
from log.details import EVERYBODY, MAX_MENTIONS
from log.rows import Recipient

MAX_ID_CHARACTERS = 64
# The largest integer that every client's numbers hold exactly.
MAX_ID = 2**53 - 1
_MAX_ROW_ID = 2**63 - 1

RowId = Annotated[int, Meta(ge=0, le=_MAX_ROW_ID)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Mentions = Annotated[list[Name], Meta(max_length=MAX_MENTIONS)]
# Only `parse_custom` decodes it: a frame may hold a megabyte of it.
_CUSTOM = {"type": ["object", "null"], "maxProperties": bounded_json.MAX_FIELDS}
Custom = Annotated[Raw, Meta(extra_json_schema=_CUSTOM)] | UnsetType
# The pattern is for the schema only: `parse_recipient` is faster, and its error says more.
_PEER = {"pattern": "^[ug]:"}

if TYPE_CHECKING:
    Id = RequestId
    Kind = str
    Sendable = str
    To = Recipient
else:
    Id = Annotated[int, Meta(ge=-MAX_ID, le=MAX_ID)] | Annotated[str, Meta(max_length=MAX_ID_CHARACTERS)]
    Kind = Literal[KINDS]
    Sendable = Literal[SENDABLE]
    # A frame has a text, which the command's `validate` parses.
    To = Annotated[str, Meta(min_length=3, max_length=66, extra_json_schema=_PEER)]


class Invalid(Exception):
    """A value of a command is not what it should be."""

    def __init__(self, reason: str, name: codes.Name = codes.Name.INVALID) -> None:
        super().__init__(reason)
        self.failure = Failure(name, reason)


# Each raises Invalid.


def check_content(content: str, most: int) -> None:
    # The size first: a text that is refused for its length is not scanned.
    check_size("a content", content, most)
    check_printable(content, "content")


def check_size(what: str, text: str, most: int) -> None:
    if len(text) > most or size(text) > most:
        raise Invalid(f"{what} like this has at most {most} bytes", codes.Name.TOO_LONG)


def check_printable(text: str | None, field: str) -> None:
    if text and not is_storable(text):
        raise Invalid(f"{field}: control characters cannot be sent")


def parse_custom(written: Raw) -> dict[str, Any]:
    """Decode the object that a program attaches to a message. Raise Invalid."""
    try:
        return bounded_json.parsed(bytes(written))
    except bounded_json.TooLong as error:
        raise Invalid(f"custom: {error}", codes.Name.TOO_LONG) from None
    except ValueError as error:
        raise Invalid(f"custom: {error}") from None


# People write to a few others, again and again.
@lru_cache(1024)
def parse_recipient(text: Any) -> Recipient:
    """Return the userid or the group id of `u:<userid>` or `g:<groupid>`. Raise Invalid."""
    type_, _, name = text.partition(":")
    if type_ == "u":
        return valid_userid(name)
    if type_ != "g":
        raise Invalid("neither u:<userid> nor g:<groupid>")
    if not is_group_id(name):
        raise Invalid("not a group id")
    return int(name)


def valid_userid(text: str) -> str:
    if not is_userid(text):
        raise Invalid("not a userid")
    return text


def unique_mentions(userids: list[str]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(mention if mention == EVERYBODY else valid_userid(mention) for mention in userids)
    )
