"""The results of a client's commands, in any dialect. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType

from accounts.codes import Cause, Name
from log.rows import Entry, LogId, Recipient, Seconds

# The client's name for a command, by which it recognizes the reply; None if it does not name its commands.
RequestId = int | str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A command was refused. `name` is stable. `reason` is for people: short, in English. `retry`: after so
    many seconds it may be tried again. `explanation`: what a moderator said about it, for clients that can
    show it. `until`: the second since 1970 at which it ends. `why`: what else programs must tell apart."""

    name: Name
    reason: str
    retry: int | None = None
    explanation: str = ""
    until: int | None = None
    why: str = ""

    @classmethod
    def of(cls, cause: Cause, explanation: str = "", until: int | None = None) -> "Failure":
        return cls(cause.code, cause.short, explanation=explanation, until=until, why=cause.why)

    @property
    def code(self) -> int:
        return self.name.status


class Accepted(NamedTuple):
    """The message is in the log: the answer to Send. `content`: what it says there, if that is something else
    than was sent. `is_new`: it was not there before."""

    id: LogId
    time: int
    content: str | None = None
    is_new: bool = True


class Done(Struct, frozen=True):
    """Nothing."""


class Amended(NamedTuple):
    """The answer to Amend: the row that says so. `content`: as of Accepted."""

    id: LogId
    content: str | None = None


class ToForward(Struct, frozen=True):
    # The messages, by conversation and within each in their order.
    ids: tuple[LogId, ...]


class ToRead(Struct, frozen=True):
    unread: int


class ToPresence(Struct, frozen=True):
    online: tuple[str, ...]


class Me(NamedTuple):
    """Who is logged in. `avatar` refers to the person's picture; empty for the default one."""

    userid: str
    nickname: str
    avatar: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Welcome:
    """The answer to Hello. `log`: the name of the log; `head`: the id of its last row. `heartbeat`: the
    seconds between two heartbeats. `limits`: in bytes, numbers and seconds."""

    user: Me
    log: str
    head: LogId
    heartbeat: float
    limits: dict[str, int]
    features: tuple[str, ...] = ()


class Member(NamedTuple):
    """A member of a group. `avatar` refers to the person's picture; empty for the default one."""

    userid: str
    nickname: str
    avatar: str
    role: str


@dataclass(frozen=True, slots=True)
class Members:
    """The answer to QueryMembers, in the order in which they joined."""

    group: int
    members: list[Member]


@dataclass(frozen=True, slots=True)
class Records:
    """The answer to QueryRecords, oldest first. `peer`: the person or group that was asked about. `more`:
    there are later messages. `alias`: as asked."""

    peer: Recipient
    entries: list[Entry]
    more: bool
    alias: str = ""


Result = Amended | Done | Members | Records | ToForward | ToPresence | ToRead | Welcome | Failure


class Reply(NamedTuple):
    """The result of the command with that name."""

    id: RequestId
    result: Result


# What `ok` of the JSON dialect holds, where the codec writes it by hand: to Hello, Send and Amend.


class User(Struct):
    userid: str
    nickname: str
    avatar: str
    bot: bool | UnsetType = UNSET


class ToHello(Struct):
    user: User
    log: str
    head: LogId
    heartbeat: float
    limits: dict[str, int]
    features: list[str]


class ToSend(Struct):
    id: LogId
    time: Seconds
    content: str | UnsetType = UNSET


class ToChange(Struct):
    id: LogId
    content: str | UnsetType = UNSET
