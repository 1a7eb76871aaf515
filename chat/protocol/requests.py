"""What clients of every dialect ask for. Pure."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from log.rows import LogId, Recipient


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
    was sent. `mentions`: members of the group, or EVERYBODY. `details`: what programs
    say besides, see `log.details`. `silent`: it makes no sound and is not pushed. `sources`: see Draft; no
    client says them."""

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
    silent: bool = False


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
class Amend:
    """Recall or edit the message `target`, react or respond to it: see rows.Amendment. `cid`: as of Send.
    `custom`: what an edit attaches in the place of what was attached; None: that stays."""

    kind: str
    target: LogId
    content: str = ""
    is_on: bool = True
    mentions: tuple[str, ...] = ()
    cid: str | None = None
    custom: dict[str, Any] | None = None
