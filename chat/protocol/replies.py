"""What became of a client's commands, whatever the dialect it is told in. Pure."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from chat.protocol.commands import RequestId
from chat.protocol.rows import Entry, LogId, Recipient


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


@dataclass(frozen=True, slots=True)
class Failure:
    """A command was refused. `code` is stable, `reason` is for people: short, English."""

    code: Code
    reason: str


class Accepted(NamedTuple):
    """A message is in the log: the answer to Send."""

    id: LogId
    time: int


class Done(NamedTuple):
    """It is done, and there is nothing more to say: the answer to Login and Logout."""


class Member(NamedTuple):
    """Somebody in a group. `avatar` refers to the person's picture; empty for the default one."""

    userid: str
    nickname: str
    avatar: str
    role: str


@dataclass(frozen=True, slots=True)
class Members:
    """The answer to QueryMembers."""

    group: int
    members: list[Member]


@dataclass(frozen=True, slots=True)
class Records:
    """The answer to QueryRecords, oldest first. `peer`: the person or group they are about. `more`: there are
    later ones."""

    peer: Recipient
    entries: list[Entry]
    more: bool


Result = Accepted | Done | Members | Records | Failure


class Reply(NamedTuple):
    """What became of the command of that name."""

    id: RequestId
    result: Result
