"""The commands that do not depend on a dialect. Pure."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from log.rows import LogId, Recipient


@dataclass(frozen=True, slots=True)
class Login:
    """Log in as `userid`, with `token` as the proof if there is one."""

    userid: str
    # Not in the repr, which may be logged.
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Logout:
    """Log out."""

    userid: str


class Send(NamedTuple):
    """Send a message to a person or a group. `cid`: the sender's id for it; a message with the same cid is a
    repetition. `reply`: the id of the message that it replies to. `name`: the name of its file, if it differs
    from that of the upload. `mentions`: members of the group, or EVERYBODY. `details`: see `log.details`.
    `silent`: it makes no sound and is not pushed. `sources`: see Draft; clients cannot set them."""

    # Not a frozen dataclass like the others, because creating one takes three times as long.
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
    """List the members of the group; if `after` is given, those who joined after that person."""

    group: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class QueryRecords:
    """List the messages with a person, or in a group, from the second `since` on.

    If both are given, the group is meant if the caller is a member of it, otherwise the person. If neither is
    given, the client sent an invalid group id. `alias`: the alias that the client sent instead of the userid.
    """

    since: int
    user: str | None = None
    group: int | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Amend:
    """Recall or edit the message `target`, react or respond to it: see rows.Amendment. `cid`: see Send.
    `custom`: the custom data of an edited message; None leaves it unchanged."""

    kind: str
    target: LogId
    content: str = ""
    is_on: bool = True
    mentions: tuple[str, ...] = ()
    cid: str | None = None
    custom: dict[str, Any] | None = None
