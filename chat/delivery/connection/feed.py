"""The feed of a connection: sends it the rows for its person, in order, each once.

A feed begins behind the log. It reads its backlog in pages and holds live rows meanwhile. When the backlog is
sent, the feed is live: rows come from the hub. If a client takes too little data for too long, its feed falls
behind again: it drops the frames it holds, and reads their rows from the log when the client takes more. So
the memory of one connection and of the whole process is bounded, and no row is lost.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from chat.delivery.connection.backlog import AckPace, Backlog, OwnRows, ReadPage
from chat.delivery.connection.client_link import NOBODY, Author, ClientLink
from chat.delivery.loop.fanout import MemoryBudget, QueuedFrame
from chat.protocol.codec import Encoder
from chat.protocol.events import CaughtUp, Event
from log.rows import LogId, Row, Written

# The most that a feed holds. Feeds share a held frame, so it costs each of them one pointer; reading its row
# again costs a query.
MAX_HELD_FRAMES = 10_000
MAX_HELD_BYTES = 4 * 1024 * 1024
# A larger frame stays held, and so can still be dropped, until the client takes data.
LARGE_BYTES = 16 * 1024
# How many frames are sent in a row before other tasks run. This is for servers whose `send` never waits.
MAX_SENDS_IN_A_ROW = 64
# How many out-of-band events wait for a client that acknowledges no rows.
MAX_OUT_OF_BAND_EVENTS = 64
# A feed that holds more frames gets no fleeting events.
MAX_FRAMES_BEFORE_FLEETING = 16
# How many events wait that are sent once nothing else waits.
MAX_LATEST_EVENTS = 500

# Shared by all feeds without a page, or without out-of-band events: an empty deque takes most of a kilobyte.
_NO_PAGE: "deque[QueuedFrame]" = deque()
_NO_TEXTS: "deque[str]" = deque()
# Until a frame is held, because an empty deque has 624 bytes.
_NO_FRAMES: "deque[QueuedFrame]" = deque(maxlen=0)


class ConnectionGone(Exception):
    """The client is gone, so nothing can be sent to it any more."""


class FeedSource(NamedTuple):
    """The source of a feed's rows. `read_page`: see Backlog. `cursor()` returns the hub's cursor.
    `start_in_turn` is `FanoutScheduler.schedule`. `budget` is shared by all feeds."""

    read_page: ReadPage
    cursor: Callable[[], LogId]
    start_in_turn: Callable[[Callable[[], None]], None]
    budget: MemoryBudget


class Feed:
    """`sent_id`: every row for the person up to it has been handed to the server for sending. `is_retired`:
    no more rows will be.

    Rows that the person wrote are sent if the dialect has them, except those that `author` wrote on this
    connection. `on_sent(id)` is called for each row that was sent. `pace` may hold rows back.
    `sends_caught_up`: send an event after the first backlog.
    """

    def __init__(
        self,
        client: ClientLink,
        source: FeedSource,
        author: Author = NOBODY,
        on_sent: Callable[[LogId], None] | None = None,
        pace: AckPace | None = None,
        *,
        sends_caught_up: bool = False,
    ) -> None:
        self.sent_id = 0
        self._codec = client.codec
        self._own: Encoder | None = client.codec.own
        # None for a dialect that does not mirror the person's own messages.
        self._own_rows = OwnRows(author) if client.codec.own else None
        self._on_sent = on_sent
        self._pace = pace
        self._sends_caught_up = sends_caught_up
        # Events that are sent even if the pace holds rows back.
        self._out_of_band = _NO_TEXTS
        # By key, the latest event, and whether this connection's person caused it.
        self._latest: dict[Hashable, tuple[Event, bool]] = {}
        self._send = client.send
        self._socket = client.socket
        read_page, self._cursor, self._start_in_turn, self._budget = source
        self._backlog = Backlog(read_page, client.codec, self._budget, self._own_rows)
        self._held: deque[QueuedFrame] = _NO_FRAMES
        # The frames of the backlog that were read and are not sent yet.
        self._page = _NO_PAGE
        # The bytes of `_held` and `_page` together. See fanout.Holder.
        self.held_bytes = 0
        self.drop_count = 0
        self._started = False
        self.is_retired = False
        self._behind = True
        self._woken = False
        self._task: asyncio.Task[None] | None = None

    def start(self, after: LogId) -> None:
        """Send the rows after `after`. Must not be called before `Hub.load` has returned."""
        self._started = True
        if self.is_retired:
            return
        self.sent_id = after
        if after < self._cursor() or self._sends_caught_up:
            self._wake()
        else:
            self._behind = False

    def retire(self) -> None:
        """Send no more rows, except the one that is being sent; out-of-band events are still sent. The hub
        must offer nothing after this."""
        self.is_retired = True
        self._behind = False
        self._held.clear()
        self._page.clear()
        self.held_bytes = 0

    async def finish(self) -> None:
        """Wait until nothing is being sent."""
        if self._task:
            await asyncio.wait([self._task])

    def stop(self) -> None:
        """Send nothing more."""
        self._started = False
        self._held.clear()
        self._page.clear()
        self._latest.clear()
        # A cancelled task keeps what it was working on, and so keeps this feed.
        task, self._task = self._task, None
        if task:
            task.cancel()

    @property
    def complete_id(self) -> LogId:
        """The id up to which everything for the person has been sent; the hub's cursor if nothing waits."""
        if self.is_retired:
            return self.sent_id
        idle = self._started and self._task is None and not self._woken
        return max(self._cursor(), self.sent_id) if idle else self.sent_id

    @property
    def is_behind(self) -> bool:
        """Whether the next rows have to be read from the log."""
        return self._behind

    @property
    def held(self) -> int:
        """How many live frames wait to be sent."""
        return len(self._held)

    def drop_held(self) -> None:
        """See fanout.Holder."""
        self._page.clear()
        if self._held:
            self._fall_behind()
        else:
            self.held_bytes = 0

    def offer(self, row: Row, encoded: dict[object, QueuedFrame | None], *, crowded: bool) -> None:
        """See fanout.Receiver."""
        # Another process may have delivered rows that the hub of this process applies only now.
        if self._behind or row.id <= self.sent_id:
            return
        try:
            held = encoded[self._codec]
        except KeyError:
            held = encoded[self._codec] = self._encode(row, self._codec)
        if held is not None:
            self._hold(held, crowded=crowded)

    def offer_own(self, row: Written, encoded: dict[object, QueuedFrame | None]) -> None:
        """See fanout.Receiver."""
        if self._own is None or self._own_rows is None or self._behind or row.id <= self.sent_id:
            return
        if row in self._own_rows:
            self._skip(row.id)
            return
        if self._own_rows.may_include(row):
            # The backlog waits until this is known: see Backlog.next_page.
            self._fall_behind()
            self._wake()
            return
        if self._own not in encoded:
            encoded[self._own] = self._encode(row, self._own)
        if held := encoded[self._own]:
            self._hold(held, crowded=False)

    def _offer_text_out_of_band(self, frame: str) -> None:
        if self._pace is None or self._pace.is_open:
            self._hold(QueuedFrame(0, frame, self._budget), crowded=False)
        elif len(self._out_of_band) < MAX_OUT_OF_BAND_EVENTS:
            self._out_of_band = self._out_of_band or deque()
            self._out_of_band.append(frame)
            self._pace.wake()

    def add_own(self, row: "asyncio.Future[Any]") -> None:
        """Note that this connection writes a row; see OwnRows.add."""
        if self._own_rows:
            self._own_rows.add(row)

    def settle_own(self, id: LogId | None) -> None:
        """Note that the row of this connection was written with this id; None if it was refused."""
        if self._own_rows:
            self._own_rows.settle(id, self.sent_id)

    def _encode(self, row: Row, encoder: Encoder) -> QueuedFrame | None:
        frame = encoder.encode(row)
        return None if frame is None else QueuedFrame(row.id, frame, self._budget)

    def _skip(self, id: LogId) -> None:
        """Count the row as sent, in its turn, without sending anything."""
        if self._task is None and not self._held:
            self.sent_id = id
        else:
            # As crowded, so that no task starts: the frames before it are being sent at a lower cost.
            self._hold(QueuedFrame(id, "", self._budget), crowded=True)

    def offer_out_of_band(self, event: Event) -> None:
        """Send an event that has no position in the log. If the feed is behind, the client misses the
        event."""
        # A retired feed never reads the log again, so it holds one such event at most.
        is_missed = self._behind or (self.is_retired and self._held)
        frame = None if is_missed else self._codec.encode(event)
        if frame is not None:
            self._offer_text_out_of_band(frame)

    def offer_fleeting(self, event: Event, encoded: dict[object, str | None], *, crowded: bool) -> bool:
        """See fanout.Receiver."""
        is_late = self._behind or self._page or len(self._held) > MAX_FRAMES_BEFORE_FLEETING
        if is_late or not self._started or (self._pace and not self._pace.is_open):
            return False
        if self._codec not in encoded:
            encoded[self._codec] = self._codec.encode(event)
        if frame := encoded[self._codec]:
            self._hold(QueuedFrame(0, frame, self._budget), crowded=crowded)
        return True

    def offer_latest(self, key: Hashable, event: Event, *, is_own: bool) -> None:
        """See fanout.Receiver."""
        self._latest.pop(key, None)
        self._latest[key] = (event, is_own)
        if len(self._latest) > MAX_LATEST_EVENTS:
            del self._latest[next(iter(self._latest))]
        self._wake()

    def _hold(self, held: QueuedFrame, *, crowded: bool) -> None:
        if not crowded and not self._held and self._sends_now(held):
            return
        if self._held is _NO_FRAMES:
            self._held = deque()
        self._held.append(held)
        self.held_bytes += held.weight
        if self.held_bytes > MAX_HELD_BYTES or len(self._held) > MAX_HELD_FRAMES:
            self._fall_behind()
        if not crowded:
            self._wake()
        elif self._task is None and not self._woken:
            self._woken = True
            self._start_in_turn(self._take_turn)

    def _sends_now(self, held: QueuedFrame) -> bool:
        """Send the frame without a task, which would double the cost, if that needs no wait. Return whether
        it was sent."""
        if self._task or self._behind or not self._started or held.weight > LARGE_BYTES:
            return False
        if self._pace and not self._pace.is_open:
            return False
        if held.frame and not self._socket.send_now(held.frame):
            return False
        self._on_frame_sent(held)
        return True

    def _on_frame_sent(self, held: QueuedFrame) -> None:
        if held.id <= self.sent_id:
            return
        self.sent_id = held.id
        if self._on_sent:
            self._on_sent(held.id)
        if self._pace and held.frame:
            self._pace.on_sent(held.id)

    def _fall_behind(self) -> None:
        self._behind = True
        self.drop_count += 1
        self._held.clear()
        self.held_bytes = sum(held.weight for held in self._page)

    def _take_turn(self) -> None:
        if not self._woken:  # another row has started the feed since
            return
        self._woken = False
        while self._held and self._sends_now(self._held[0]):
            self.held_bytes -= self._held.popleft().weight
        if self._held or self._behind:
            self._wake()

    def _wake(self) -> None:
        self._woken = False
        if self._started and self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._behind or self._held or self._latest:
                if self._behind:
                    await self._catch_up()
                elif self._held:
                    await self._send_all(self._held)
                else:
                    await self._send_latest()
        except ConnectionGone:
            self._started = False
        self._task = None

    async def _catch_up(self) -> None:
        """Read and send everything up to the hub's present cursor; hold what the hub offers meanwhile."""
        upto = self._cursor()
        self._behind = False
        has_more = True
        while has_more:
            last, has_more = await self._read_next_page(upto)
            await self._send_all(self._page)
            if self.is_retired:
                return
            has_more = has_more or self.sent_id < last  # the page was dropped before it was sent
        self._page = _NO_PAGE
        self.sent_id = max(self.sent_id, upto)
        if self._sends_caught_up:
            self._sends_caught_up = False
            if frame := self._codec.encode(CaughtUp(upto)):
                await self._send(frame)

    async def _read_next_page(self, upto: LogId) -> tuple[LogId, bool]:
        """Read the next page. Return the id of its last row, and whether there may be more."""
        # Not before the client takes data, because the page would wait in memory.
        await self._socket.wait_until_writable()
        frames, last, has_more = await self._backlog.next_page(self.sent_id, upto, self._needs_rows)
        self._page = frames
        self.held_bytes += sum(held.weight for held in frames)
        return last, has_more

    def _needs_rows(self) -> bool:
        return not self.is_retired

    async def _send_all(self, waiting: deque[QueuedFrame]) -> None:
        """Send `waiting`; stop early if it is dropped meanwhile."""
        pace, count = self._pace, 0
        while waiting:
            if waiting[0].weight > LARGE_BYTES:
                await self._socket.wait_until_writable()
                if not waiting:
                    return
            if pace and not pace.is_open:
                await self._wait_for(pace)
                if not waiting:
                    return
            held = waiting.popleft()
            self.held_bytes -= held.weight
            if held.frame:
                await self._send(held.frame)
            self._on_frame_sent(held)
            count += 1
            if count % MAX_SENDS_IN_A_ROW == 0:
                await asyncio.sleep(0)

    async def _send_latest(self) -> None:
        event, is_own = self._latest.pop(next(iter(self._latest)))
        encoder = self._own if is_own else self._codec
        if encoder and (frame := encoder.encode(event)):
            await self._send(frame)

    async def _wait_for(self, pace: AckPace) -> None:
        """Wait until rows may be sent. Meanwhile, send out-of-band events."""
        while self._out_of_band or not pace.is_open:
            if self._out_of_band:
                await self._send(self._out_of_band.popleft())
            else:
                await pace.wait_for_change()
