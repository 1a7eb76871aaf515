"""What one connection gets: its backlog, then what comes, each row once."""

import asyncio
import json
from collections.abc import Callable

import pytest
from django.db import OperationalError
from msgspec import Struct
from msgspec.structs import astuple, replace

from accounts.selectors import avatar_url, picture_url
from chat.delivery.connection import backlog
from chat.delivery.connection import feed as module
from chat.delivery.connection.client_link import Author, ClientLink
from chat.delivery.connection.feed import ConnectionGone, Feed, FeedSource
from chat.delivery.loop.fanout import MemoryBudget, QueuedFrame
from chat.protocol.bounds import Limits
from chat.protocol.codec import Codec
from chat.protocol.events import CaughtUp, Event, Heartbeat, Typing
from chat.protocol.json import JsonCodec
from chat.protocol.legacy import LegacyCodec
from log.drafts import Batch
from log.rows import Entry, LogId, MembershipNotice, Row
from server.sockets import PlainSocket
from tests.support.hubs import new_hub

PATIENCE = 5.0


def row(id: int, content: str = "") -> Entry:
    return Entry(id, "text", "alice", "bob", content or str(id), "", 0)


class CountingCodec(LegacyCodec):
    """Knows how often it was used."""

    def __init__(self) -> None:
        super().__init__(avatar_url)
        self.encoded = 0

    def encode(self, event: Event) -> str | None:
        self.encoded += 1
        return super().encode(event)


class CountingJson(JsonCodec):
    """The same, of the other dialect."""

    def __init__(self) -> None:
        super().__init__(picture_url, Limits())
        self.encoded = 0

    def encode(self, event: Event) -> str | None:
        self.encoded += 1
        return super().encode(event)


class TellingCodec(LegacyCodec):
    """A dialect that has words for events of all kinds."""

    def __init__(self) -> None:
        super().__init__(avatar_url)

    def encode(self, event: Event) -> str | None:
        if isinstance(event, Entry):
            return super().encode(event)
        return f"told__{(astuple(event) if isinstance(event, Struct) else event)[0]}"


class Socket(PlainSocket):
    """Takes texts without waiting once `is_quick`, and otherwise when `takes` is set."""

    def __init__(self) -> None:
        self.takes = asyncio.Event()
        self.takes.set()
        self.is_quick = False
        self.took: list[str] = []

    def send_now(self, text: str) -> bool:
        if self.is_quick:
            self.took.append(text)
        return self.is_quick

    async def wait_until_writable(self) -> None:
        await self.takes.wait()


class Bob:
    """A connection of Bob's, its feed, and a log that holds `rows`."""

    def __init__(self, *rows: Row, codec: Codec | None = None) -> None:
        self.rows = list(rows)
        self.cursor = rows[-1].id if rows else 0
        self.got: list[str] = []
        self.reads: list[tuple[int, int]] = []
        self.failures = 0
        self.is_gone = False
        self.socket = Socket()
        self.takes = self.socket.takes
        self.ids: list[int] = []
        self.start_in_turn: Callable[[Callable[[], None]], None] = lambda wake: wake()
        self.feed = Feed(
            ClientLink(codec or LegacyCodec(avatar_url), self._send, self.socket),
            FeedSource(
                self._read,
                lambda: self.cursor,
                lambda wake: self.start_in_turn(wake),
                MemoryBudget(lambda: [self.feed]),
            ),
            Author(origin=1),
            self.ids.append,
        )

    def offer(self, *rows: Row, encoded: dict[object, QueuedFrame | None] | None = None) -> None:
        for row in rows:
            self.rows.append(row)
            self.cursor = row.id
            self.feed.offer(row, {} if encoded is None else encoded, crowded=False)

    async def gets(self, *contents: str) -> None:
        """Returns once the feed is idle; these, and nothing else, came."""
        async with asyncio.timeout(PATIENCE):
            while self.feed.complete_id < self.cursor or len(self.got) < len(contents):
                await asyncio.sleep(0)
        assert [frame.split("_")[2] for frame in self.got] == list(contents)

    async def _send(self, frame: str) -> None:
        if self.is_gone:
            raise ConnectionGone
        self.got.append(frame)

    async def _read(self, after: LogId, upto: LogId, limit: int) -> tuple[list[Row], bool]:
        self.reads.append((after, upto))
        if self.failures:
            self.failures -= 1
            raise OperationalError("away")
        rows = [row for row in self.rows if after < row.id <= upto]
        return rows[:limit], len(rows) > limit


async def steps() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_backlog_comes_first_and_each_row_once() -> None:
    bob = Bob(row(1), row(2), row(3))
    bob.feed.start(1)
    bob.offer(row(4))
    await bob.gets("2", "3", "4")
    bob.offer(row(5))
    await bob.gets("2", "3", "4", "5")
    assert bob.ids == [2, 3, 4, 5]
    assert bob.feed.sent_id == 5


def texts(frames: list[str]) -> list[str]:
    return [frame.split("_")[2] for frame in frames]


async def test_ready_socket_gets_rows_without_a_task() -> None:
    bob = Bob(row(1))
    bob.feed.start(1)
    bob.socket.is_quick = True
    bob.offer(row(2), row(3))
    assert texts(bob.socket.took) == ["2", "3"]
    assert (bob.ids, bob.feed.sent_id, bob.feed.held, bob.feed.held_bytes) == ([2, 3], 3, 0, 0)


async def test_rows_keep_their_order_behind_a_waiting_one() -> None:
    bob = Bob(row(1))
    bob.feed.start(1)
    bob.offer(row(2))
    bob.socket.is_quick = True
    bob.offer(row(3))
    assert bob.socket.took == []
    await bob.gets("2", "3")
    bob.offer(row(4))
    assert texts(bob.socket.took) == ["4"]


async def test_large_row_waits_until_the_socket_takes_it() -> None:
    bob = Bob(row(1))
    bob.feed.start(1)
    bob.socket.is_quick = True
    bob.offer(row(2, "x" * module.LARGE_BYTES))
    assert bob.socket.took == []
    await bob.gets("x" * module.LARGE_BYTES)


async def test_crowded_row_is_sent_in_a_later_turn() -> None:
    bob = Bob(row(1))
    bob.feed.start(1)
    bob.feed.offer(row(2), {}, crowded=True)
    await bob.gets("2")
    bob.socket.is_quick = True
    bob.feed.offer(row(3), {}, crowded=True)
    assert (texts(bob.socket.took), bob.feed.held, bob.feed.held_bytes) == (["3"], 0, 0)


async def test_own_row_behind_queued_rows_starts_no_task() -> None:
    bob, turns = Bob(row(1), codec=JsonCodec(picture_url, Limits())), list[Callable[[], None]]()
    bob.feed.start(1)
    bob.socket.is_quick, bob.start_in_turn = True, turns.append
    bob.feed.offer(row(2), {}, crowded=True)
    bob.feed.offer_own(row(3)._replace(origin=1), {})
    bob.feed.offer(row(4), {}, crowded=True)
    (turn,) = turns
    turn()
    assert [json.loads(text)["id"] for text in bob.socket.took] == [2, 4]
    assert (bob.feed.sent_id, bob.feed.held) == (4, 0)


async def test_feed_sends_nothing_before_its_start() -> None:
    bob = Bob(row(1))
    bob.socket.is_quick = True
    bob.offer(row(2))
    assert bob.socket.took == []
    bob.feed.start(0)
    await bob.gets("1", "2")


async def test_feed_reports_whether_it_is_behind() -> None:
    bob = Bob(row(1))
    assert bob.feed.is_behind
    bob.feed.start(0)
    await bob.gets("1")
    assert not bob.feed.is_behind


async def test_complete_feed_reads_nothing_from_the_log() -> None:
    bob = Bob(row(1))
    bob.feed.start(1)
    bob.offer(row(2))
    await bob.gets("2")
    assert bob.reads == []


async def test_long_backlog_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "PAGE_ROWS", 2)
    bob = Bob(*(row(id) for id in range(1, 6)))
    bob.feed.start(0)
    await bob.gets("1", "2", "3", "4", "5")
    assert bob.reads == [(0, 5), (2, 5), (4, 5)]


async def test_sent_row_is_not_sent_again() -> None:
    bob = Bob(row(1))
    bob.feed.start(0)
    await bob.gets("1")
    bob.feed.offer(row(1), {}, crowded=False)
    bob.offer(row(2))
    await bob.gets("1", "2")


async def test_feeds_of_one_dialect_share_an_encoded_row() -> None:
    codec = CountingCodec()
    bob, too = Bob(codec=codec), Bob(codec=codec)
    encoded: dict[object, QueuedFrame | None] = {}
    for each in (bob, too):
        each.feed.start(0)
        each.offer(row(1), encoded=encoded)
        await each.gets("1")
    assert codec.encoded == 1


async def test_group_message_is_encoded_once_per_dialect() -> None:
    codecs = (CountingCodec(), CountingJson())
    members = [Bob(codec=codec) for codec in 3 * codecs]
    hub = new_hub()
    for number, member in enumerate(members):
        member.feed.start(0)
        hub.join(f"member{number}", member.feed)
        await hub.load(f"member{number}", {1: 0}, 0)
    hub.receive(Batch(0, (Entry(1, "text", "alice", 1, "to all", "", 0),)))
    await steps()
    assert ["to all" in frame for member in members for frame in member.got] == [True] * 6
    assert [codec.encoded for codec in codecs] == [1, 1]


async def test_rows_unknown_to_the_dialect_are_skipped() -> None:
    notice = MembershipNotice(1, 1, ("bob",), (), 0)
    bob = Bob(notice, row(2))
    bob.feed.start(0)
    await bob.gets("2")
    bob.offer(replace(notice, id=3))
    await bob.gets("2")


async def test_heartbeat_is_skipped_while_the_feed_is_behind() -> None:
    bob = Bob(row(1))
    bob.takes.clear()
    bob.feed.start(0)
    bob.feed.offer_out_of_band(Heartbeat(1))
    bob.takes.set()
    await bob.gets("1")
    bob.feed.offer_out_of_band(Heartbeat(2))
    await steps()
    assert bob.got[1:] == ["heartbeat_2"]
    assert bob.feed.sent_id == 1


async def test_fleeting_event_is_sent_at_once_or_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FRAMES_BEFORE_FLEETING", 2)
    bob = Bob(row(1), codec=TellingCodec())
    bob.feed.offer_fleeting(Typing("early", "bob"), {}, crowded=False)
    bob.takes.clear()
    bob.feed.start(0)
    bob.feed.offer_fleeting(Typing("behind", "bob"), {}, crowded=False)
    bob.takes.set()
    await bob.gets("1")
    bob.feed.offer_fleeting(Typing("now", "bob"), {}, crowded=False)
    await bob.gets("1", "now")
    bob.offer(row(2), row(3), row(4))
    bob.feed.offer_fleeting(Typing("late", "bob"), {}, crowded=False)
    await bob.gets("1", "now", "2", "3", "4")


async def test_fleeting_event_is_encoded_once_for_all_feeds() -> None:
    encoded: dict[object, str | None] = {}
    codec = TellingCodec()
    for bob in (Bob(codec=codec), Bob(codec=codec)):
        bob.feed.start(0)
        bob.feed.offer_fleeting(Typing("alice", "bob"), encoded, crowded=False)
        await bob.gets("alice")
    assert len(encoded) == 1


async def test_only_the_latest_of_replaced_events_is_sent_after_the_backlog() -> None:
    bob = Bob(row(1), codec=TellingCodec())
    bob.feed.offer_latest("a", CaughtUp(1), is_own=False)
    bob.takes.clear()
    bob.feed.start(0)
    bob.feed.offer_latest("b", CaughtUp(2), is_own=False)
    bob.feed.offer_latest("a", CaughtUp(3), is_own=False)
    await steps()
    assert bob.got == []
    bob.takes.set()
    await bob.gets("1", "2", "3")
    bob.feed.offer_latest("a", CaughtUp(4), is_own=False)
    await bob.gets("1", "2", "3", "4")


async def test_latest_event_survives_a_feed_that_falls_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HELD_FRAMES", 2)
    bob = Bob(row(1), codec=TellingCodec())
    bob.feed.start(1)
    bob.offer(row(2))
    bob.feed.offer_latest("a", CaughtUp(9), is_own=False)
    bob.offer(row(3), row(4), row(5))
    await bob.gets("2", "3", "4", "5", "9")


async def test_number_of_latest_events_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LATEST_EVENTS", 2)
    bob = Bob(codec=TellingCodec())
    for number in range(4):
        bob.feed.offer_latest(number, CaughtUp(number), is_own=False)
    bob.feed.start(0)
    bob.feed.offer_latest(3, CaughtUp(3), is_own=False)
    await bob.gets("2", "3")


async def test_no_backlog_is_read_before_the_client_takes_it() -> None:
    bob = Bob(row(1))
    bob.takes.clear()
    bob.feed.start(0)
    await steps()
    assert bob.reads == []
    bob.takes.set()
    await bob.gets("1")


async def test_feed_retries_an_absent_database(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backlog, "RETRY_SECONDS", 0.0)
    bob = Bob(row(1))
    bob.failures = 2
    bob.feed.start(0)
    await bob.gets("1")
    assert len(caplog.records) == 2


async def test_feed_reads_released_rows_from_the_log() -> None:
    bob = Bob()
    bob.feed.start(0)
    bob.offer(row(1), row(2))
    assert (bob.feed.held, bob.feed.held_bytes > 0) == (2, True)
    bob.feed.drop_held()
    assert (bob.feed.held, bob.feed.held_bytes) == (0, 0)
    await bob.gets("1", "2")
    assert bob.reads == [(0, 2)]


async def test_rows_beyond_the_feed_limit_are_read_from_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HELD_FRAMES", 2)
    bob = Bob()
    bob.feed.start(0)
    bob.offer(row(1), row(2), row(3), row(4))
    assert bob.feed.held == 0
    await bob.gets("1", "2", "3", "4")


async def test_gone_session_is_sent_nothing() -> None:
    bob = Bob(row(1))
    bob.is_gone = True
    bob.feed.start(0)
    await steps()
    bob.is_gone = False
    bob.offer(row(2))
    await steps()
    assert bob.got == []
    assert bob.feed.sent_id == 0


async def test_stopped_feed_sends_nothing() -> None:
    bob = Bob()
    bob.feed.start(0)
    bob.offer(row(1))
    bob.feed.stop()
    bob.offer(row(2))
    await steps()
    assert bob.got == []
    assert bob.feed.complete_id == 0


class TestRetiring:
    async def test_retired_feed_sends_no_rows(self) -> None:
        bob = Bob(row(1))
        bob.feed.start(0)
        await bob.gets("1")
        bob.offer(row(2))
        bob.feed.retire()
        await steps()
        assert bob.ids == [1]
        assert bob.feed.sent_id == bob.feed.complete_id == 1

    async def test_retired_feed_sends_heartbeats(self) -> None:
        bob = Bob()
        bob.feed.start(0)
        bob.feed.retire()
        for second in (1, 2):
            bob.feed.offer_out_of_band(Heartbeat(second))
            await steps()
        assert bob.got == ["heartbeat_1", "heartbeat_2"]

    async def test_retired_feed_of_a_stalled_client_holds_one_heartbeat(self) -> None:
        bob = Bob()
        bob.feed.retire()
        for second in range(100):
            bob.feed.offer_out_of_band(Heartbeat(second))
        assert 0 < bob.feed.held_bytes < 1000

    @pytest.mark.parametrize("count", [1, 2, 3])
    async def test_feed_retired_during_its_backlog_stops_there(
        self, monkeypatch: pytest.MonkeyPatch, count: int
    ) -> None:
        monkeypatch.setattr(backlog, "PAGE_ROWS", 2)

        class Retiring(Bob):
            async def _send(self, frame: str) -> None:
                await super()._send(frame)
                if len(self.got) == count:
                    self.feed.retire()

        bob = Retiring(*(row(id) for id in range(1, 6)))
        bob.feed.start(0)
        await bob.feed.finish()
        assert bob.feed.sent_id == bob.feed.complete_id == len(bob.got) == count
        assert bob.feed.held_bytes == 0

    async def test_feed_retired_during_a_read_does_not_send_the_page(self) -> None:
        bob = Bob(row(1))
        bob.takes.clear()
        bob.feed.start(0)
        await steps()
        bob.feed.retire()
        bob.takes.set()
        await bob.feed.finish()
        assert bob.got == []
        assert bob.feed.sent_id == 0

    async def test_feed_retired_before_its_start_sends_only_heartbeats(self) -> None:
        bob = Bob(row(1))
        bob.feed.retire()
        bob.feed.start(0)
        await steps()
        bob.feed.offer_out_of_band(Heartbeat(1))
        await steps()
        assert bob.got == ["heartbeat_1"]
        assert bob.feed.complete_id == 0
