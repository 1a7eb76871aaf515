"""The results of a client's commands, in any dialect. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType

from accounts.codes import Cause, Name
from log.rows import Entry, LogId, Recipient, Seconds

# The id that the client gave a command, which the reply repeats; None in the dialect without ids.
RequestId = int | str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A command was refused. `name` is stable. `reason` is for people: short, in English. `retry`: the
    seconds after which it may be tried again. `explanation`: a moderator's words, for clients that can show
    them. `until`: the second since 1970 at which the restriction ends. `why`: a further distinction for
    programs."""

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
    """The reply to Send: the message is in the log. `content`: the stored content if it differs from the sent
    one. `is_new`: it was stored by this command, and is not a repetition."""

    id: LogId
    time: int
    content: str | None = None
    is_new: bool = True


class Done(Struct, frozen=True):
    """Nothing."""


class Amended(NamedTuple):
    """The reply to Amend. `id`: of the amendment's row. `content`: see Accepted."""

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
    """The person who is logged in. `avatar` refers to their picture; empty for the default one."""

    userid: str
    nickname: str
    avatar: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Welcome:
    """The reply to Hello. `log`: the name of the log; `head`: the id of its last row. `heartbeat`: the
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
    """The reply to QueryMembers, in the order of joining."""

    group: int
    members: list[Member]


@dataclass(frozen=True, slots=True)
class Records:
    """The reply to QueryRecords, oldest first. `peer`: the person or group of the query. `more`: there are
    later messages. `alias`: the alias in the query."""

    peer: Recipient
    entries: list[Entry]
    more: bool
    alias: str = ""


Result = Amended | Done | Members | Records | ToForward | ToPresence | ToRead | Welcome | Failure


class Reply(NamedTuple):
    """The result of the command with this id."""

    id: RequestId
    result: Result


# The schema of `ok` in the JSON dialect, for the replies that the codec formats itself: to Hello, Send and
# Amend.


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
