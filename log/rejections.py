"""Why the log does not take a message. Pure."""

from enum import StrEnum
from typing import NamedTuple

from accounts.limits.limits import TooFast


class Reason(StrEnum):
    """`MUTED`: everywhere, or in the group. `OUTSIDE`: the sender is not in the group. `QUIET`: only those
    who manage the group write there. `BLOCKED`, `UNWANTED`: by the recipient. `UNKNOWN`: there is no such
    recipient, or the sender must not learn of it. `GONE`: a message that it edits or shows again was
    recalled. `NO_SPACE`: on the disk. `NOT_STORED`: the database did not say that it took the message; it may
    be sent again, and with a cid it is stored once."""

    BANNED = "banned"
    MUTED = "muted"
    OUTSIDE = "outside"
    QUIET = "quiet"
    TOO_FAST = "too fast"
    BLOCKED = "blocked"
    UNWANTED = "unwanted"
    UNKNOWN = "unknown"
    GONE = "gone"
    NO_SPACE = "no space"
    NOT_STORED = "not stored"


class Rejection(NamedTuple):
    """`limit`: of TOO_FAST, which one."""

    reason: Reason
    limit: TooFast | None = None

    @classmethod
    def by(cls, limit: TooFast) -> "Rejection":
        return cls(Reason.TOO_FAST, limit)
