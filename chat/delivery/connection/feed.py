"""What one connection gets: the rows for its person, in order, each once.

A feed begins behind the log. It reads its backlog in pages and holds live rows meanwhile. When the backlog is
sent, the feed is live: rows come from the hub. If a connection takes too little for too long, its feed falls
behind again: it drops what it holds, and reads it from the log when the client takes more. So the memory of
one connection and of the whole process is bounded, and nothing is lost.
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

# Feeds share a held frame, so it costs each of them one pointer. Reading it again costs a query.
HELD_FRAMES = 10_000
HELD_BYTES = 4 * 1024 * 1024
# A larger frame stays held, where it can still be dropped, until the client takes data.
LARGE_BYTES = 16 * 1024
# Sends in a row without a pause for other tasks. A server whose send never waits needs such pauses.
BURST = 64
# Events that wait for a client that acknowledges no rows.
MAX_EVENTS_ASIDE = 64
# A feed that holds more frames gets no ephemeral events.
MAX_FRAMES_BEFORE_FLEETING = 16
# Events of which only the latest counts that wait until nothing else does.
MAX_LATEST_EVENTS = 500

# Shared by all feeds that read no page, or have no events aside: an empty deque takes most of a kilobyte.
_NO_PAGE: "deque[QueuedFrame]" = deque()
_NO_TEXTS: "deque[str]" = deque()


class ConnectionGone(Exception):
    """The client is gone, so nothing can be sent to it any more."""


class FeedSource(NamedTuple):
    """Where a feed gets its rows. `read_page`: see Backlog. `cursor()` is the hub's cursor. `start_in_turn`
    is `FanoutScheduler.schedule`. `budget` is shared by all feeds."""

    read_page: ReadPage
    cursor: Callable[[], LogId]
    start_in_turn: Callable[[Callable[[], None]], None]
    budget: MemoryBudget


class Feed:
    """`sent_id`: every row for the person up to it has been handed to the server for sending. `is_retired`:
    no more rows are.

    What the person wrote is sent if the dialect has it, but not what `author` wrote here. `on_sent(id)` is
    called for each row that was sent. `pace` may hold rows back. `sends_caught_up`: an event is sent when
    the first backlog is.
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
        # Events that do not wait for the pace.
        self._aside = _NO_TEXTS
        # Events of which only the latest with the same key counts, and whether the person made them.
        self._latest: dict[Hashable, tuple[Event, bool]] = {}
        self._send = client.send
        self._socket = client.socket
        read_page, self._cursor, self._start_in_turn, self._budget = source
        self._backlog = Backlog(read_page, client.codec, self._budget, self._own_rows)
        self._held: deque[QueuedFrame] = deque()
        # The backlog that was read and is not sent yet.
        self._page = _NO_PAGE
        # The bytes of `_held` and `_page` together. See memory_budget.Holder.
        self.held_bytes = 0
        self.falls = 0
        self._started = False
        self.is_retired = False
        self._behind = True
        self._woken = False
        self._task: asyncio.Task[None] | None = None

    def start(self, after: LogId) -> None:
        """Begin after the row with the id `after`. Must not be called before `Hub.load` has returned."""
        self._started = True
        if self.is_retired:
            return
        self.sent_id = after
        if after < self._cursor() or self._sends_caught_up:
            self._wake()
        else:
            self._behind = False

    def retire(self) -> None:
        """Send no more rows. The one that is being sent goes out, and so do events without a position. The
        hub must offer nothing after this."""
        self.is_retired = True
        self._behind = False
        self._held.clear()
        self._page.clear()
        self.held_bytes = 0

    async def finish(self) -> None:
        """Return when nothing is being sent."""
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
        """Everything for the person up to this id has been sent. It is the hub's cursor if nothing waits."""
        if self.is_retired:
            return self.sent_id
        idle = self._started and self._task is None and not self._woken
        return max(self._cursor(), self.sent_id) if idle else self.sent_id

    @property
    def is_behind(self) -> bool:
        """Whether it has to read the log for what comes next."""
        return self._behind

    @property
    def held(self) -> int:
        """How many live frames wait to be sent."""
        return len(self._held)

    def let_go(self) -> None:
        """See memory_budget.Holder."""
        self._page.clear()
        if self._held:
            self._fall_behind()
        else:
            self.held_bytes = 0

    def offer(self, row: Row, encoded: dict[object, QueuedFrame | None], *, crowded: bool) -> None:
        """See hub.Receiver."""
        # Another process may have delivered rows that the hub of this process applies only now.
        if self._behind or row.id <= self.sent_id:
            return
        try:
            held = encoded[self._codec]
        except KeyError:
            held = encoded[self._codec] = self._made(row, self._codec)
        if held is not None:
            self._hold(held, crowded=crowded)

    def offer_own(self, row: Written, encoded: dict[object, QueuedFrame | None]) -> None:
        """See hub.Receiver."""
        if self._own is None or self._own_rows is None or self._behind or row.id <= self.sent_id:
            return
        if row in self._own_rows:
            self._pass_over(row.id)
            return
        if self._own_rows.may_have(row):
            # Until it is known: see `_turn_page`.
            self._fall_behind()
            self._wake()
            return
        if self._own not in encoded:
            encoded[self._own] = self._made(row, self._own)
        if held := encoded[self._own]:
            self._hold(held, crowded=False)

    def _offer_text_aside(self, frame: str) -> None:
        if self._pace is None or self._pace.is_open:
            self._hold(QueuedFrame(0, frame, self._budget), crowded=False)
        elif len(self._aside) < MAX_EVENTS_ASIDE:
            self._aside = self._aside or deque()
            self._aside.append(frame)
            self._pace.poke()

    def put(self, row: "asyncio.Future[Any]") -> None:
        """This connection has put a row; see OwnRows.put."""
        if self._own_rows:
            self._own_rows.put(row)

    def settle(self, id: LogId | None) -> None:
        """The row that this connection has put is written with this id; None if it was refused."""
        if self._own_rows:
            self._own_rows.settle(id, self.sent_id)

    def _made(self, row: Row, encoder: Encoder) -> QueuedFrame | None:
        frame = encoder.encode(row)
        return None if frame is None else QueuedFrame(row.id, frame, self._budget)

    def _pass_over(self, id: LogId) -> None:
        """Nothing is sent for this row, in its turn."""
        if self._task is None and not self._held:
            self.sent_id = id
        else:
            # No hurry: what it waits behind is on its way, and a task would send that at a higher cost.
            self._hold(QueuedFrame(id, "", self._budget), crowded=True)

    def offer_aside(self, event: Event) -> None:
        """Send an event that has no position in the log. If the feed is behind, the client misses the
        event."""
        # A retired feed never reads the log again, so it holds no more than one.
        misses = self._behind or (self.is_retired and self._held)
        frame = None if misses else self._codec.encode(event)
        if frame is not None:
            self._offer_text_aside(frame)

    def offer_fleeting(self, event: Event, encoded: dict[object, str | None], *, crowded: bool) -> bool:
        """See hub.Receiver."""
        is_late = self._behind or self._page or len(self._held) > MAX_FRAMES_BEFORE_FLEETING
        if is_late or not self._started or (self._pace and not self._pace.is_open):
            return False
        if self._codec not in encoded:
            encoded[self._codec] = self._codec.encode(event)
        if frame := encoded[self._codec]:
            self._hold(QueuedFrame(0, frame, self._budget), crowded=crowded)
        return True

    def offer_latest(self, key: Hashable, event: Event, *, is_own: bool) -> None:
        """See hub.Receiver."""
        self._latest.pop(key, None)
        self._latest[key] = (event, is_own)
        if len(self._latest) > MAX_LATEST_EVENTS:
            del self._latest[next(iter(self._latest))]
        self._wake()

    def _hold(self, held: QueuedFrame, *, crowded: bool) -> None:
        if not crowded and not self._held and self._sends_now(held):
            return
        self._held.append(held)
        self.held_bytes += held.weight
        if self.held_bytes > HELD_BYTES or len(self._held) > HELD_FRAMES:
            self._fall_behind()
        if not crowded:
            self._wake()
        elif self._task is None and not self._woken:
            self._woken = True
            self._start_in_turn(self._take_turn)

    def _sends_now(self, held: QueuedFrame) -> bool:
        """Send it without a task, which costs as much as the rest, if nothing has to be waited for."""
        if self._task or self._behind or not self._started or held.weight > LARGE_BYTES:
            return False
        if self._pace and not self._pace.is_open:
            return False
        if held.frame and not self._socket.send_now(held.frame):
            return False
        self._has_sent(held)
        return True

    def _has_sent(self, held: QueuedFrame) -> None:
        if held.id <= self.sent_id:
            return
        self.sent_id = held.id
        if self._on_sent:
            self._on_sent(held.id)
        if self._pace and held.frame:
            self._pace.sent(held.id)

    def _fall_behind(self) -> None:
        self._behind = True
        self.falls += 1
        self._held.clear()
        self.held_bytes = sum(held.weight for held in self._page)

    def _take_turn(self) -> None:
        if not self._woken:  # another row has started it since
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
        """Read and send everything up to the hub's present cursor; hold what the hub offers from here on."""
        upto = self._cursor()
        self._behind = False
        is_more = True
        while is_more:
            last, is_more = await self._turn_page(upto)
            await self._send_all(self._page)
            if self.is_retired:
                return
            is_more = is_more or self.sent_id < last  # the page was dropped before it was sent
        self._page = _NO_PAGE
        self.sent_id = max(self.sent_id, upto)
        if self._sends_caught_up:
            self._sends_caught_up = False
            if frame := self._codec.encode(CaughtUp(upto)):
                await self._send(frame)

    async def _turn_page(self, upto: LogId) -> tuple[LogId, bool]:
        """Read the next page. Returns the id of its last row, and whether there may be more."""
        # Not before the client takes data, because the page would wait in memory.
        await self._socket.taking()
        frames, last, is_more = await self._backlog.next_page(self.sent_id, upto, self._gets_rows)
        self._page = frames
        self.held_bytes += sum(held.weight for held in frames)
        return last, is_more

    def _gets_rows(self) -> bool:
        return not self.is_retired

    async def _send_all(self, waiting: deque[QueuedFrame]) -> None:
        """Send `waiting`; stop early if it is dropped meanwhile."""
        pace, count = self._pace, 0
        while waiting:
            if waiting[0].weight > LARGE_BYTES:
                await self._socket.taking()
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
            self._has_sent(held)
            count += 1
            if count % BURST == 0:
                await asyncio.sleep(0)

    async def _send_latest(self) -> None:
        event, is_own = self._latest.pop(next(iter(self._latest)))
        encoder = self._own if is_own else self._codec
        if encoder and (frame := encoder.encode(event)):
            await self._send(frame)

    async def _wait_for(self, pace: AckPace) -> None:
        """Return when rows may be sent. Events that are no rows are sent meanwhile."""
        while self._aside or not pace.is_open:
            if self._aside:
                await self._send(self._aside.popleft())
            else:
                await pace.changed()
