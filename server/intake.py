"""What a server's requests ask of the code that limits their bodies."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

# The sender, as a path: first the part that cannot be forged.
Caller = tuple[str, ...]
# The HTTP status and the JSON with which a body is refused.
Reply = tuple[int, bytes]


class Body(Protocol):
    """One body, held until `end`."""

    def grow(self, amount: int) -> bool:
        """Whether this many more bytes may be held."""

    def is_complete(self) -> None:
        """The body is complete: its pace is not limited any more."""

    def end(self) -> None:
        """The body is handled or discarded. Ending twice does no harm."""


class Intake(Protocol):
    """Limits for what arrives at a server. Paths are those of requests, without their queries."""

    # The key in a scope that tells the application that these limits were applied to its body.
    mark: str
    # The folder for bodies that are not small. Small ones are kept in memory.
    folder: str
    small_bytes: int
    # How many bytes of a caller are read in one turn.
    turn_bytes: int

    def limit(self, path: str) -> int:
        """The largest number of bytes that a body may have."""

    def caller(self, address: str, forwarded: bytes) -> Caller:
        """The caller with that address and the value of `X-Forwarded-For`, its lines joined by commas."""

    def begin(self, path: str, caller: Caller, on_slow: Callable[[], None]) -> Body | None:
        """The body of a request for `path` begins to arrive. None if no more bodies can be held. `on_slow` is
        called if the body comes too slowly."""

    def wait_turn(self, caller: Caller, go_on: Callable[[], None]) -> None:
        """Call `go_on` when it is the caller's turn to be read again."""

    def refusal(self, scope: Any, caller: Caller) -> Reply | Coroutine[Any, Any, Reply | None] | None:
        """The reply to a request with the head `scope`, as ASGI has it, that may not send a body; None if it
        may. A coroutine that finds it out, if that takes a while: the body is not read meanwhile."""

    def headers(self, path: str, origin: str, status: int) -> Sequence[tuple[bytes, bytes]]:
        """What a refusal with this status says besides, also to a page of that origin."""

    def has_room(self) -> bool:
        """Whether the disk has room for more bodies."""

    def needs_room(self, path: str) -> bool:
        """Whether the body will be kept. Without room, such a body is refused before it begins."""

    def too_large(self, path: str) -> Reply: ...

    def too_slow(self, path: str) -> Reply: ...

    def busy(self, path: str) -> Reply: ...

    async def busy_late(self, path: str) -> Reply:
        """The same after a while: a client that was refused at once would ask again at once."""

    def no_room(self, path: str) -> Reply: ...
