"""What the server tells a client, whatever the dialect it says it in. Pure."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

UNICAST = "unicast"
GROUP = "group"
TYPES = (UNICAST, GROUP)

# What people send. A notice is the system's own: a change of membership at its place in the log.
KINDS = ("emotion", "video", "picture", "text", "audio")
NOTICE = "notice"

# A page of the log ends with the row that brings contents and extensions over so many.
PAGE_CHARACTERS = 256 * 1024


class Code(IntEnum):
    """Why a command was refused."""

    MALFORMED = 400
    LOG_IN_FIRST = 401
    NOT_ALLOWED = 403
    NOT_FOUND = 404
    TOO_LATE = 408
    TOO_LONG = 413
    TOO_FAST = 429
    TRY_AGAIN = 503


class Entry(NamedTuple):
    """One row of the log.

    `to` is a userid if `type` is unicast, a group's id if it is group. `time` is in whole seconds since
    1970 and never falls while `id` rises. A notice has no sender, and its content is the JSON of
    `{"joined": [userid, …], "left": [userid, …]}`.
    """

    id: int
    kind: str
    sender: str
    to: str
    type: str
    content: str
    extension: str
    time: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The server is there."""

    argument: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A command was refused. `code` is stable, `reason` is for people: short, English."""

    code: Code
    reason: str


@dataclass(frozen=True, slots=True)
class Members:
    """The answer to QueryMembers: for each member userid, nickname, snap (a picture's URL) and role."""

    group_id: str
    members: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Records:
    """The answer to QueryRecords, oldest first. `more`: there are later ones."""

    peer: str
    entries: list[Entry]
    more: bool


Event = Entry | Heartbeat | Failure | Members | Records
