"""What a client may ask for, whatever the dialect it says it in. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

from chat.protocol.rows import Recipient

# What a client calls a command, so that it knows the reply; None where it does not name its commands.
RequestId = int | str | None


@dataclass(frozen=True, slots=True)
class Login:
    """Speak as `userid` from now on; `token` may prove it."""

    userid: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Logout:
    """Stop speaking as `userid`."""

    userid: str


@dataclass(frozen=True, slots=True)
class Send:
    """Write to a person or a group."""

    kind: str
    to: Recipient
    content: str
    extension: str


@dataclass(frozen=True, slots=True)
class QueryMembers:
    """Who is in the group?"""

    group: int


@dataclass(frozen=True, slots=True)
class QueryRecords:
    """What was written with a person, or in a group, from the second `since` on?

    If both are given, it is the group if the asker is in it, and else the person.
    """

    since: int
    user: str | None = None
    group: int | None = None


Command = Login | Logout | Send | QueryMembers | QueryRecords


class Request(NamedTuple):
    """A command, and what the client calls it."""

    id: RequestId
    command: Command
