"""What a client may ask for, whatever the dialect it says it in. Pure."""

from dataclasses import dataclass


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
    """Write to `to`: a userid if `type` is unicast, a group's id if it is group."""

    kind: str
    to: str
    content: str
    type: str
    extension: str


@dataclass(frozen=True, slots=True)
class QueryMembers:
    """Who is in the group?"""

    group_id: str


@dataclass(frozen=True, slots=True)
class QueryRecords:
    """What was written with `peer`, a userid or a group's id, from the second `since` on?

    `type` says which of the two it is; None leaves it to the server.
    """

    peer: str
    since: int
    type: str | None = None


Command = Login | Logout | Send | QueryMembers | QueryRecords
