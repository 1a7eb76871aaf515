"""Why the log does not take a message. Pure."""

from typing import NamedTuple

from accounts.codes import Cause
from accounts.limits.limits import TooFast


class Rejection(NamedTuple):
    """`cause`: `BLOCKED` and `UNWANTED` by the recipient; NO_SUCH_USER: there is no such recipient, or the
    sender must not learn of it; NO_SUCH_MESSAGE: one that it edits or shows again was recalled; NOT_STORED:
    the database did not say that it took the message, which may be sent again and is stored once if it has a
    cid. `limit`: of TOO_FAST, which one."""

    cause: Cause
    limit: TooFast | None = None

    @classmethod
    def by(cls, limit: TooFast) -> "Rejection":
        return cls(Cause.TOO_FAST, limit)
