"""What a client can ask for, in any dialect. Pure."""

from dataclasses import dataclass, field
from typing import NamedTuple

from log.rows import LogId, Recipient

# The client's name for a command, by which it recognizes the reply; None if it does not name its commands.
RequestId = int | str | None


@dataclass(frozen=True, slots=True)
class Login:
    """Act as `userid` from now on; `token` may prove the right to."""

    userid: str
    # Not in its text form, which may be logged.
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Logout:
    """Stop acting as `userid`."""

    userid: str


class Send(NamedTuple):
    """Send a message to a person or a group. `cid`: the sender's name for it; the same name again is the same
    message. `reply`: the id of the message that it replies to. `name`: what its file is called, if not as it
    was sent. `mentions`: members of the group, or EVERYBODY. `details`: what a bot says
    besides, see `log.details`. `sources`: see Draft; no client says them."""

    # No dataclass like the others: one is made for each message, and a frozen one takes three times as long.
    kind: str
    to: Recipient
    content: str
    extension: str
    cid: str | None = None
    reply: LogId | None = None
    name: str | None = None
    mentions: tuple[str, ...] = ()
    details: str = ""
    sources: tuple[LogId, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryMembers:
    """Ask who is a member of the group; if `after` is given, who joined after that person."""

    group: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class QueryRecords:
    """Ask for the messages with a person, or in a group, from the second `since` on.

    If both are given, the group is meant if the asker is a member of it, and otherwise the person. If neither
    is given, the client named a group by what is no group id. `alias`: how the client called the person, if
    not by the userid.
    """

    since: int
    user: str | None = None
    group: int | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Hello:
    """Act as the person whom `token` proves or, in open mode, as `userid`; without either, as the person of
    the browser session.

    `since`: send what came after this id of the log with the name `log`. `device`: the client's name for
    itself, under which the server keeps what it has acknowledged.
    """

    userid: str | None = None
    token: str | None = field(default=None, repr=False)
    device: str | None = None
    since: LogId | None = None
    log: str | None = None


@dataclass(frozen=True, slots=True)
class Amend:
    """Recall or edit the message `target`, or react to it: see rows.Amendment."""

    kind: str
    target: LogId
    content: str = ""
    is_on: bool = True
    mentions: tuple[str, ...] = ()


# How many messages one Forward names, and how many conversations.
MAX_TARGETS, MAX_PLACES = 100, 10


@dataclass(frozen=True, slots=True)
class Forward:
    """Pass the messages `targets` on to these conversations, one by one or, `merged`, as one message that
    holds them. `cid`: the client's name for all of it."""

    targets: tuple[LogId, ...]
    to: tuple[Recipient, ...]
    merged: bool = False
    cid: str | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """Press the button `action` of the card `target`. `cid`: the client's name for it; the same name again is
    the same press."""

    target: LogId
    action: str
    cid: str | None = None


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Everything in the conversation up to `upto` is read."""

    to: Recipient
    upto: LogId


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Everything up to `upto` has arrived at this device."""

    upto: LogId


@dataclass(frozen=True, slots=True)
class Type:
    """The person is writing something in the conversation."""

    to: Recipient


@dataclass(frozen=True, slots=True)
class Grow:
    """A bot has written `content` of an answer that it will send under this `cid`: all of it so far or,
    `more`, what is new."""

    to: Recipient
    cid: str
    content: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class WatchPresence:
    """Tell which of these people are online, now and whenever it changes."""

    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""


Command = (
    Login
    | Logout
    | Send
    | QueryMembers
    | QueryRecords
    | Hello
    | Amend
    | Forward
    | Press
    | MarkRead
    | Acknowledge
    | Type
    | Grow
    | WatchPresence
    | Ping
)


class Request(NamedTuple):
    """A command, and the client's name for it."""

    id: RequestId
    command: Command
