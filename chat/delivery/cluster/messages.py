"""What the processes of one installation send each other over the channel layer: batches, marks, takeovers,
ephemeral events.

`encode` makes a list of plain values of each, which the layer can carry, and `decode` reads it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, get_args

from msgspec import convert, to_builtins

from chat.protocol.events import (
    ContactChange,
    ConversationChange,
    Growth,
    JoinRequests,
    PictureShown,
    PreviewReady,
    ReadMark,
    Typing,
)
from log.drafts import Batch
from log.rows import Amendment, Entry, LogId, Recipient, Row, Written

_ORIGIN = Entry._fields.index("origin")
_AMENDMENT_ORIGIN = Amendment._fields.index("origin")


class Mark(NamedTuple):
    """Everything up to the row `delivered_id` has reached the person."""

    userid: str
    delivered_id: LogId


class TakeoverRequest(NamedTuple):
    """The person has logged in on the process `asker`: the person's number of this login is `number`.
    `ask_id`: the asker's name for the request."""

    asker: str
    ask_id: int
    userid: str
    number: int


class TakeoverReply(NamedTuple):
    """To the request with this id: the process has sent its connections of the person no more since, and they
    have confirmed everything up to `delivered_id`."""

    ask_id: int
    delivered_id: LogId


Takeover = TakeoverRequest | TakeoverReply


class Goodbye(NamedTuple):
    """The process ends, and answers no more."""


class Reading(NamedTuple):
    """A ReadMark for the person's own devices and, if `is_shared`, for the other person's."""

    userid: str
    to: Recipient
    upto: LogId
    is_shared: bool

    @property
    def mark(self) -> ReadMark:
        """As devices get it."""
        return ReadMark(self.userid, self.to, self.upto)


class ProfileChange(NamedTuple):
    """People have other names or pictures. Clients are not told."""

    userids: Sequence[str]


class PresenceDelta(NamedTuple):
    """People who have come online in a process, or gone offline, since its delta before this one. `number`
    counts those that name somebody. One that names nobody is a beat: the process is there."""

    number: int
    came: Sequence[str]
    went: Sequence[str]


class PresenceRequest(NamedTuple):
    """Asks `process` for a snapshot."""

    process: str


class PresenceSnapshot(NamedTuple):
    """A part of the answer to a request: some of those who were online after the delta of that number. `part`
    counts the parts from 0 on."""

    number: int
    part: int
    is_last: bool
    userids: Sequence[str]


# What EphemeralEvents delivers to devices.
DeviceEvent = (
    Typing
    | Reading
    | ConversationChange
    | ContactChange
    | JoinRequests
    | PictureShown
    | PreviewReady
    | ProfileChange
)
EphemeralEvent = DeviceEvent | Growth | PresenceDelta | PresenceRequest | PresenceSnapshot

Message = Mark | Takeover | Goodbye | EphemeralEvent
# What a packet holds.
Payload = Batch | Message

_MESSAGES: dict[str, Any] = {each.__name__: each for each in get_args(Message)}
_ROWS: dict[str, Any] = {each.__name__: each for each in get_args(Row)}
# The name of a batch. The id of its last row follows, so that batches that are known need not be decoded.
BATCH = Batch.__name__


def encode(message: Payload) -> Sequence[Any]:
    """The name of its type, and its fields."""
    if isinstance(message, Batch):
        return BATCH, message.last, message.previous, [_fields(row) for row in message.rows]
    return type(message).__name__, *message


def decode(encoded: Sequence[Any]) -> Payload:
    """Raises KeyError, TypeError and ValueError for what another version has encoded."""
    name, *fields = encoded
    if name == BATCH:
        _, previous, rows = fields
        return Batch(previous, tuple(_row(*row) for row in rows))
    message: Message = _MESSAGES[name](*fields)
    return message


def _fields(row: Row) -> Sequence[Any]:
    """All but a session of this process, which others cannot know."""
    if isinstance(row, Entry):
        return "Entry", *row[:_ORIGIN], 0, *row[_ORIGIN + 1 :]
    if isinstance(row, Amendment):
        return "Amendment", *row[:_AMENDMENT_ORIGIN], 0, *row[_AMENDMENT_ORIGIN + 1 :]
    return type(row).__name__, to_builtins(row)


def _row(name: str, *fields: Any) -> Row:
    row = _ROWS[name]
    if issubclass(row, Written):
        written: Row = row(*fields)
        return written
    (change,) = fields
    changed: Row = convert(change, row)
    return changed
