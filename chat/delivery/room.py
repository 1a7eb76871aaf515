"""What the feeds of a process hold, weighed in the bytes it really takes, and bounded for all together.

A frame is weighed once, however many feeds hold it. When all weigh too much, those feeds that hold the most
let go of what they hold, and read it from the log when their clients take more.
"""

import asyncio
from collections.abc import Callable, Iterable
from sys import getsizeof
from typing import Protocol

from chat.protocol.rows import LogId

# Of all feeds together.
LIMIT_BYTES = 16 * 1024 * 1024
# Beside the frame itself.
HELD_BYTES = 64
# Those who hold least are asked last, and so often at most.
SQUEEZE_SECONDS = 0.1


class Holder(Protocol):
    """A feed, as it is asked for room."""

    @property
    def held_bytes(self) -> int:
        """What it holds, shared or not."""

    def let_go(self) -> None:
        """Hold nothing; the log has it."""


class Room:
    """`holders()` are those who may be asked for room."""

    def __init__(self, holders: Callable[[], Iterable[Holder]], limit: int = LIMIT_BYTES) -> None:
        self.taken = 0
        self._holders = holders
        self._limit = limit
        self._is_due = False

    def take(self, weight: int) -> None:
        self.taken += weight
        if self.taken > self._limit and not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._squeeze)

    def give_back(self, weight: int) -> None:
        self.taken -= weight

    def _squeeze(self) -> None:
        for holder in sorted(self._holders(), key=lambda holder: holder.held_bytes, reverse=True):
            if self.taken <= self._limit // 2 or not holder.held_bytes:
                break
            holder.let_go()
        asyncio.get_running_loop().call_later(SQUEEZE_SECONDS, self._look_again)

    def _look_again(self) -> None:
        self._is_due = False
        self.take(0)


class Held:
    """A frame that waits to be sent, and the id of the row it tells of, 0 if of none. An empty one tells that
    there is nothing to be said of the row."""

    __slots__ = ("_room", "frame", "id", "weight")

    def __init__(self, id: LogId, frame: str, room: Room) -> None:
        self.id = id
        self.frame = frame
        self.weight = getsizeof(frame) + HELD_BYTES
        self._room = room
        room.take(self.weight)

    def __del__(self) -> None:
        self._room.give_back(self.weight)
