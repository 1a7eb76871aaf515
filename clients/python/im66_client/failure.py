"""What went wrong with a command or a call."""

from typing import Any


class Failure(Exception):
    """`name`: one of the server's, or "disconnected": it is not known whether it was done; "ended": the
    connection will not come back by itself; "queue_full": too many messages wait. `retry`: try again after so
    many seconds. `why`: what else there is to tell apart. `fields`: what is wrong with each."""

    def __init__(self, name: str, reason: str = "", code: int = 0, retry: float = 0, **more: Any) -> None:
        super().__init__(f"{name}: {reason}" if reason else name)
        self.name = name
        self.reason = reason
        self.code = code
        self.retry = retry
        self.why: str = more.get("why") or ""
        self.fields: dict[str, str] = more.get("fields") or {}

    @property
    def is_passing(self) -> bool:
        """Whether the same may succeed later."""
        return self.name in ("disconnected", "too_fast", "try_again")


def disconnected() -> Failure:
    return Failure("disconnected", "The server cannot be reached.")
