"""What the requests of a server ask of whoever bounds their bodies."""

from collections.abc import Callable
from typing import Protocol

# Who sends, as a path: first what cannot be made up.
Caller = tuple[str, ...]
# The HTTP status and the JSON that answer a body which is not taken.
Reply = tuple[int, bytes]


class Body(Protocol):
    """One body, held until `end`."""

    def grow(self, amount: int) -> bool:
        """Whether so many more bytes may be held."""

    def is_complete(self) -> None:
        """It is all there: nobody is hurried any more."""

    def end(self) -> None:
        """It is handled, or thrown away. Ending twice does no harm."""


class Intake(Protocol):
    """Bounds for what arrives at a server. Paths are those of requests, without their queries."""

    # The name under which the application is told, in a scope, that its body was held to these bounds.
    mark: str
    # Where bodies are kept that are not small. Smaller ones are kept in memory.
    folder: str
    small_bytes: int
    # How far a caller is read when it has a turn.
    turn_bytes: int

    def limit(self, path: str) -> int:
        """The most bytes that a body may have."""

    def caller(self, address: str, forwarded: bytes) -> Caller:
        """Whoever sends from that address, and what a proxy may have added."""

    def begin(self, caller: Caller, on_slow: Callable[[], None]) -> Body | None:
        """A body begins to arrive; None if no more are held. `on_slow` is called if it comes too slowly."""

    def wait_turn(self, caller: Caller, go_on: Callable[[], None]) -> None:
        """Call `go_on` when it is the caller's turn to be read again."""

    def has_room(self) -> bool:
        """Whether the disk takes more bodies."""

    def needs_room(self, path: str) -> bool:
        """Whether a body is going to be kept, so that it is not even begun without room."""

    def too_large(self, path: str) -> Reply: ...

    def too_slow(self, path: str) -> Reply: ...

    def busy(self, path: str) -> Reply: ...

    def no_room(self, path: str) -> Reply: ...
