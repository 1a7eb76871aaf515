"""What one connection gets: the rows for its person, in order, each once.

A feed begins behind the log and reads its backlog in pages, while live rows are held. When both meet it is
live: rows come from the hub. A connection that takes too little for too long falls behind again: what is held
for it is dropped, and read from the log once it takes more. So nothing waits in memory without bound, and
nothing is lost.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from django.db import DatabaseError

from chat.events import Entry
from chat.hub import Held
from chat.protocol import Codec

logger = logging.getLogger(__name__)

PAGE = 200
# A held frame is shared by all who hold it, so it costs each a pointer. Reading it again costs a query.
HELD_FRAMES = 10_000
HELD_CHARACTERS = 4 * 1024 * 1024
# So many sends in a row without a pause for the others; a server whose send never waits needs it.
BURST = 64
RETRY_SECONDS = 1.0


class ConnectionGone(Exception):
    """There is nobody to send to any more."""


ReadBacklog = Callable[[int, int, int], Awaitable[list[Entry]]]


class Feed:
    """`sent_id`: every row for the person up to it has been handed to the server for sending.

    `send(frame)` may wait for the client, and raises ConnectionGone if there is none any more.
    `read_backlog(after, upto, limit)` is `selectors.backlog` for the person. `cursor()` is the hub's cursor.
    `wake_in_turn` is `Waker.wake`. `tell_sent(entry_id)` is told of each row that was sent.
    """

    def __init__(
        self,
        codec: Codec,
        send: Callable[[str], Awaitable[None]],
        read_backlog: ReadBacklog,
        cursor: Callable[[], int],
        wake_in_turn: Callable[[Callable[[], None]], None],
        tell_sent: Callable[[int], None] | None = None,
    ) -> None:
        self.sent_id = 0
        self._codec = codec
        self._send = send
        self._read_backlog = read_backlog
        self._cursor = cursor
        self._wake_in_turn = wake_in_turn
        self._tell_sent = tell_sent or _tell_nobody
        self._held: deque[Held] = deque()
        self._held_characters = 0
        self._started = False
        self._behind = True
        self._woken = False
        self._task: asyncio.Task[None] | None = None

    def start(self, after: int) -> None:
        """Begin after the row of that id. To be called in the same step in which the hub was joined."""
        self.sent_id = after
        self._started = True
        if after < self._cursor():
            self._wake()
        else:
            self._behind = False

    def stop(self) -> None:
        """Send nothing more."""
        self._started = False
        if self._task:
            self._task.cancel()

    @property
    def complete_id(self) -> int:
        """The id up to which everything for the person has been sent: the hub's cursor if nothing waits."""
        idle = self._started and self._task is None and not self._woken
        return max(self._cursor(), self.sent_id) if idle else self.sent_id

    @property
    def held(self) -> int:
        """How many frames wait to be sent."""
        return len(self._held)

    def offer(self, entry: Entry, encoded: dict[object, Held | None], *, crowded: bool) -> None:
        """See hub.Receiver."""
        # Another process may have delivered rows that this one's hub comes to only now.
        if self._behind or entry.id <= self.sent_id:
            return
        try:
            held = encoded[self._codec]
        except KeyError:
            frame = self._codec.encode(entry)
            held = encoded[self._codec] = None if frame is None else (entry.id, frame)
        if held is not None:
            self._hold(held, crowded=crowded)

    def offer_aside(self, frame: str) -> None:
        """Send a frame that has no place in the log, if there is room: one that may be missed."""
        if not self._behind:
            self._hold((0, frame), crowded=False)

    def _hold(self, held: Held, *, crowded: bool) -> None:
        self._held.append(held)
        self._held_characters += len(held[1])
        if len(self._held) > HELD_FRAMES or self._held_characters > HELD_CHARACTERS:
            self._behind = True
        if not crowded:
            self._wake()
        elif self._task is None and not self._woken:
            self._woken = True
            self._wake_in_turn(self._take_turn)

    def _take_turn(self) -> None:
        if self._woken:  # and not by a message of its own since
            self._wake()

    def _wake(self) -> None:
        self._woken = False
        if self._started and self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._behind or self._held:
                if self._behind:
                    await self._catch_up()
                else:
                    await self._send_held()
        except ConnectionGone:
            self._started = False
        self._task = None

    async def _catch_up(self) -> None:
        """Read and send everything up to where the hub is now; hold what the hub offers from here on."""
        upto = self._cursor()
        self._held.clear()
        self._held_characters = 0
        self._behind = False
        while page := await self._read_page(upto):
            for count, entry in enumerate(page):
                if (frame := self._codec.encode(entry)) is not None:
                    await self._send(frame)
                self._note_sent(entry.id)
                await _pause(count)
        self.sent_id = max(self.sent_id, upto)

    async def _read_page(self, upto: int) -> list[Entry]:
        while self.sent_id < upto:
            try:
                return await self._read_backlog(self.sent_id, upto, PAGE)
            except DatabaseError as error:
                logger.error("A backlog could not be read, and will be again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
        return []

    async def _send_held(self) -> None:
        count = 0
        while self._held and not self._behind:
            entry_id, frame = self._held.popleft()
            self._held_characters -= len(frame)
            await self._send(frame)
            if entry_id:
                self._note_sent(entry_id)
            count += 1
            await _pause(count)

    def _note_sent(self, entry_id: int) -> None:
        self.sent_id = entry_id
        self._tell_sent(entry_id)


def _tell_nobody(_: int) -> None:
    pass


async def _pause(count: int) -> None:
    if count % BURST == BURST - 1:
        await asyncio.sleep(0)
