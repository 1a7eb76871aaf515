"""What one connection gets: the rows for its person, in order, each once.

A feed begins behind the log and reads its backlog in pages, while live rows are held. When both meet it is
live: rows come from the hub. A connection that takes too little for too long falls behind again: what is held
for it is dropped, and read from the log once it takes more. So nothing waits in memory without bound, neither
for one connection nor for all of a process, and nothing is lost.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from django.db import Error as AnyDatabaseError

from chat.delivery.room import Held, Room
from chat.protocol.codec import Codec
from chat.protocol.events import Event
from chat.protocol.rows import LogId, Row
from server.link import Link

logger = logging.getLogger(__name__)

PAGE = 200
# A held frame is shared by all who hold it, so it costs each a pointer. Reading it again costs a query.
HELD_FRAMES = 10_000
HELD_BYTES = 4 * 1024 * 1024
# A larger frame stays where it can be let go of until the client takes it.
LARGE_BYTES = 16 * 1024
# So many sends in a row without a pause for the others; a server whose send never waits needs it.
BURST = 64
RETRY_SECONDS = 1.0

# Of all feeds that read none: an empty deque takes most of a kilobyte.
_NO_PAGE: "deque[Held]" = deque()


class ConnectionGone(Exception):
    """There is nobody to send to any more."""


ReadBacklog = Callable[[LogId, LogId, int], Awaitable[tuple[list[Row], bool]]]


class Feed:
    """`sent_id`: every row for the person up to it has been handed to the server for sending.

    `send(frame)` may wait for the client, and raises ConnectionGone if there is none any more.
    `read_backlog(after, upto, limit)` is `selectors.backlog` for the person. `cursor()` is the hub's cursor.
    `start_in_turn` is `FanoutScheduler.schedule`. `taking()` returns once the client takes what it is sent,
    if the server tells. `room` is what all feeds share. `link` is told of each row that was sent.
    """

    def __init__(
        self,
        codec: Codec,
        send: Callable[[str], Awaitable[None]],
        read_backlog: ReadBacklog,
        cursor: Callable[[], LogId],
        start_in_turn: Callable[[Callable[[], None]], None],
        taking: Callable[[], Awaitable[None]],
        room: Room,
        link: Link | None = None,
    ) -> None:
        self.sent_id = 0
        self._codec = codec
        self._send = send
        self._read_backlog = read_backlog
        self._cursor = cursor
        self._start_in_turn = start_in_turn
        self._taking = taking
        self._room = room
        self._link = link
        self._held: deque[Held] = deque()
        # What was read of the backlog, and is not sent yet.
        self._page = _NO_PAGE
        # Of both. See room.Holder.
        self.held_bytes = 0
        self._limit = PAGE
        self._started = False
        self._behind = True
        self._woken = False
        self._task: asyncio.Task[None] | None = None

    def start(self, after: LogId) -> None:
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
        self._held.clear()
        self._page.clear()
        # A task that was cancelled keeps what it was in the middle of, and with it this.
        task, self._task = self._task, None
        if task:
            task.cancel()

    @property
    def complete_id(self) -> LogId:
        """The id up to which everything for the person has been sent: the hub's cursor if nothing waits."""
        idle = self._started and self._task is None and not self._woken
        return max(self._cursor(), self.sent_id) if idle else self.sent_id

    @property
    def held(self) -> int:
        """How many frames wait to be sent."""
        return len(self._held)

    def let_go(self) -> None:
        """See room.Holder."""
        self._page.clear()
        if self._held:
            self._fall_behind()
        else:
            self.held_bytes = 0

    def offer(self, row: Row, encoded: dict[object, Held | None], *, crowded: bool) -> None:
        """See hub.Receiver."""
        # Another process may have delivered rows that this one's hub comes to only now.
        if self._behind or row.id <= self.sent_id:
            return
        try:
            held = encoded[self._codec]
        except KeyError:
            frame = self._codec.encode(row)
            held = encoded[self._codec] = None if frame is None else Held(row.id, frame, self._room)
        if held is not None:
            self._hold(held, crowded=crowded)

    def offer_aside(self, event: Event) -> None:
        """Send what has no place in the log, if there is room: it may be missed."""
        frame = None if self._behind else self._codec.encode(event)
        if frame is not None:
            self._hold(Held(0, frame, self._room), crowded=False)

    def _hold(self, held: Held, *, crowded: bool) -> None:
        self._held.append(held)
        self.held_bytes += held.weight
        if self.held_bytes > HELD_BYTES or len(self._held) > HELD_FRAMES:
            self._fall_behind()
        if not crowded:
            self._wake()
        elif self._task is None and not self._woken:
            self._woken = True
            self._start_in_turn(self._take_turn)

    def _fall_behind(self) -> None:
        self._behind = True
        self._held.clear()
        self.held_bytes = sum(held.weight for held in self._page)

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
                    await self._send_all(self._held)
        except ConnectionGone:
            self._started = False
        self._task = None

    async def _catch_up(self) -> None:
        """Read and send everything up to where the hub is now; hold what the hub offers from here on."""
        upto = self._cursor()
        self._behind = False
        is_more = True
        while is_more:
            last, is_more = await self._turn_page(upto)
            await self._send_all(self._page)
            is_more = is_more or self.sent_id < last  # for it was let go of
        self._page = _NO_PAGE
        self.sent_id = max(self.sent_id, upto)

    async def _turn_page(self, upto: LogId) -> tuple[LogId, bool]:
        """Read what comes next; the last id of it, and whether there may be more."""
        # Not before the client takes it, or it would wait here.
        await self._taking()
        rows, is_more = await self._read_page(upto)
        # A page is shorter where its rows are large; twice as many are asked for as there were.
        self._limit = min(PAGE, 2 * len(rows)) or PAGE
        encoded = (Held(row.id, self._codec.encode(row) or "", self._room) for row in rows)
        self._page = deque(encoded)
        self.held_bytes += sum(held.weight for held in self._page)
        return (rows[-1].id if rows else 0), is_more

    async def _read_page(self, upto: LogId) -> tuple[list[Row], bool]:
        while self.sent_id < upto:
            try:
                return await self._read_backlog(self.sent_id, upto, self._limit)
            except AnyDatabaseError as error:
                logger.error("A backlog could not be read, and will be again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
        return [], False

    async def _send_all(self, waiting: deque[Held]) -> None:
        """Send it, or what is left of it when it is let go of."""
        count = 0
        while waiting:
            if waiting[0].weight > LARGE_BYTES:
                await self._taking()
                if not waiting:
                    return
            held = waiting.popleft()
            self.held_bytes -= held.weight
            if held.frame:
                await self._send(held.frame)
            if held.id > self.sent_id:
                self.sent_id = held.id
                if self._link:
                    self._link.sent(held.id)
            count += 1
            if count % BURST == 0:
                await asyncio.sleep(0)
