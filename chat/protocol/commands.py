"""What a client can ask for, in any dialect. Pure."""

from dataclasses import dataclass, field
from typing import NamedTuple

from chat.protocol.rows import LogId, Recipient

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


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message to a person or a group. `cid`: the sender's name for it; the same name again is the same
    message. `reply`: the id of the message that it replies to."""

    kind: str
    to: Recipient
    content: str
    extension: str
    cid: str | None = None
    reply: LogId | None = None


@dataclass(frozen=True, slots=True)
class QueryMembers:
    """Ask who is a member of the group; if `after` is given, who joined after that person."""

    group: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class QueryRecords:
    """Ask for the messages with a person, or in a group, from the second `since` on.

    If both are given, the group is meant if the asker is a member of it, and otherwise the person. If neither
    is given, the client named a group by what is no group id.
    """

    since: int
    user: str | None = None
    group: int | None = None


Command = Login | Logout | Send | QueryMembers | QueryRecords


class Request(NamedTuple):
    """A command, and the client's name for it."""

    id: RequestId
    command: Command
