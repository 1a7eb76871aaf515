"""The messages that the processes of an installation send each other over the channel layer: batches, marks,
takeovers and ephemeral events.

`encode` turns a message into a list of plain values, which the layer can carry; `decode` reads it.
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
    """A person has logged in on the process `asker`, with the login number `number`. `ask_id`: the id of this
    request."""

    asker: str
    ask_id: int
    userid: str
    number: int


class TakeoverReply(NamedTuple):
    """The reply to the request with this id: the process has stopped sending to its connections of the
    person, and they have confirmed everything up to `delivered_id`."""

    ask_id: int
    delivered_id: LogId


Takeover = TakeoverRequest | TakeoverReply


class Goodbye(NamedTuple):
    """The process ends, and does not reply any more."""


class Reading(NamedTuple):
    """A ReadMark for the person's own devices and, if `is_shared`, for the other person's."""

    userid: str
    to: Recipient
    upto: LogId
    is_shared: bool

    @property
    def mark(self) -> ReadMark:
        """The event for devices."""
        return ReadMark(self.userid, self.to, self.upto)


class ProfileChange(NamedTuple):
    """Names or pictures of people have changed. Clients are not notified."""

    userids: Sequence[str]


class PresenceDelta(NamedTuple):
    """People who have come online on a process, or gone offline, since its previous delta. `number` counts
    the deltas with people. A delta without people is a beat: the process is alive."""

    number: int
    came: Sequence[str]
    went: Sequence[str]


class PresenceRequest(NamedTuple):
    """A request to `process` for a snapshot."""

    process: str


class PresenceSnapshot(NamedTuple):
    """A part of the reply to a request: some of the people who were online after the delta with this number.
    `part` counts the parts from 0."""

    number: int
    part: int
    is_last: bool
    userids: Sequence[str]


# The events that EphemeralEvents delivers to devices.
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
# The contents of a packet.
Payload = Batch | Message

_MESSAGES: dict[str, Any] = {each.__name__: each for each in get_args(Message)}
_ROWS: dict[str, Any] = {each.__name__: each for each in get_args(Row)}
# The name of a batch. The id of its last row follows, so that known batches need not be decoded.
BATCH = Batch.__name__


def encode(message: Payload) -> Sequence[Any]:
    """Return the name of the message's type, followed by its fields."""
    if isinstance(message, Batch):
        return BATCH, message.last, message.previous, [_fields(row) for row in message.rows]
    return type(message).__name__, *message


def decode(encoded: Sequence[Any]) -> Payload:
    """Decode a message. Raises KeyError, TypeError or ValueError for a message of another version."""
    name, *fields = encoded
    if name == BATCH:
        _, previous, rows = fields
        return Batch(previous, tuple(_row(*row) for row in rows))
    message: Message = _MESSAGES[name](*fields)
    return message


def _fields(row: Row) -> Sequence[Any]:
    """Return the name of the row's type and its fields, without the origin: the number of a session has no
    meaning in another process."""
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
