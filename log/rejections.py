"""Why the log does not take a message. Pure."""

from enum import StrEnum
from typing import NamedTuple

from accounts.access import Cause
from accounts.limits.limits import TooFast


class Reason(StrEnum):
    """What is no rule of `accounts.access`. `BLOCKED`, `UNWANTED`: by the recipient. `UNKNOWN`: there is no
    such recipient, or the sender must not learn of it. `GONE`: a message that it edits or shows again was
    recalled. `NO_SPACE`: on the disk. `NOT_STORED`: the database did not say that it took the message; it may
    be sent again, and with a cid it is stored once."""

    BANNED = "banned"
    TOO_FAST = "too fast"
    BLOCKED = "blocked"
    UNWANTED = "unwanted"
    UNKNOWN = "unknown"
    GONE = "gone"
    NO_SPACE = "no space"
    NOT_STORED = "not stored"


class Rejection(NamedTuple):
    """`limit`: of TOO_FAST, which one."""

    reason: Reason | Cause
    limit: TooFast | None = None

    @classmethod
    def by(cls, limit: TooFast) -> "Rejection":
        return cls(Reason.TOO_FAST, limit)
