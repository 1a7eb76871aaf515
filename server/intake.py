"""The interface between the server's requests and the code that limits their bodies."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

# The sender of a request, as a path whose first part cannot be forged.
Caller = tuple[str, ...]
# The HTTP status and the JSON of a refusal.
Reply = tuple[int, bytes]


class Body(Protocol):
    """A body that arrives; it counts as held until `end`."""

    def grow(self, amount: int) -> bool:
        """Count `amount` more bytes. Return whether they may be held."""

    def is_complete(self) -> None:
        """Note that the body is complete, so that its pace is not limited any more."""

    def end(self) -> None:
        """Note that the body was handled or discarded. Idempotent."""


class Intake(Protocol):
    """The limits of request bodies. Paths are those of requests, without their queries."""

    # The key in a scope that tells the application that these limits were applied to its body.
    mark: str
    # The folder for bodies that are not small. Small bodies are kept in memory.
    folder: str
    small_bytes: int
    # How many bytes of a caller are read in one turn.
    turn_bytes: int

    def limit(self, path: str) -> int:
        """Return how many bytes a body may have."""

    def caller(self, address: str, forwarded: bytes) -> Caller:
        """Return the caller with this address and this value of `X-Forwarded-For`, its lines joined by
        commas."""

    def begin(self, path: str, caller: Caller, on_slow: Callable[[], None]) -> Body | None:
        """Begin to receive the body of a request for `path`. Return None if no more bodies can be held.
        `on_slow` is called if the body arrives too slowly."""

    def wait_turn(self, caller: Caller, resume: Callable[[], None]) -> None:
        """Call `resume` when it is the caller's turn to be read again."""

    def refusal(self, scope: Any, caller: Caller) -> Reply | Coroutine[Any, Any, Reply | None] | None:
        """Return the reply to a request that may not send a body; None if it may. If the decision takes a
        while, return a coroutine; the body is not read meanwhile. `scope`: the head, as in ASGI."""

    def headers(self, path: str, origin: str, status: int) -> Sequence[tuple[bytes, bytes]]:
        """Return further headers of a refusal with this status, for a page of this origin."""

    def has_room(self) -> bool:
        """Return whether the disk has room for more bodies."""

    def needs_room(self, path: str) -> bool:
        """Return whether the body will be stored. Without room, such a body is refused before it begins."""

    def too_large(self, path: str) -> Reply: ...

    def too_slow(self, path: str) -> Reply: ...

    def busy(self, path: str) -> Reply: ...

    async def busy_late(self, path: str) -> Reply:
        """Return the reply of `busy` after a delay: a client that is refused at once would retry at once."""

    def no_room(self, path: str) -> Reply: ...
