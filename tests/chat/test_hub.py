"""The hub and the feeds, against a model: whatever is lost, late or repeated on the way, everybody gets
exactly what the log says is theirs, in its order, once."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.account_status import EVERYTHING, Change
from accounts.selectors import avatar_url
from chat.delivery.connection.client_link import ClientLink
from chat.delivery.connection.feed import Feed, FeedSource
from chat.delivery.loop.fanout import FanoutScheduler, MemoryBudget, QueuedFrame
from chat.delivery.loop.hub import Hub
from chat.protocol.legacy import LegacyCodec
from log.drafts import Batch
from log.rows import (
    EDIT,
    REACTION,
    RECALL,
    AccountStatusChange,
    Amendment,
    Entry,
    GroupChange,
    Latecomers,
    LogId,
    MembershipNotice,
    Recipient,
    Row,
    Written,
)
from server.sockets import PlainSocket
from tests.support.hubs import Receiver

CODEC = LegacyCodec(avatar_url)
PEOPLE = ["alice", "bob", "charlie", "dora"]
GROUPS = [1, 2]
# So few that some always have to wait.
AT_ONCE = 1


class Log:
    """A log in memory, with readers that take their time."""

    def __init__(self, dice: random.Random) -> None:
        self.rows: list[Row] = []
        self.members: dict[int, set[str]] = {group: set() for group in GROUPS}
        self.fanout = FanoutScheduler(asyncio.get_running_loop(), AT_ONCE)
        self._dice = dice
        self.stays: list[tuple[str, int, LogId, LogId]] = []
        self._since: dict[tuple[str, int], LogId] = {}

    def append(self, count: int) -> Batch:
        """Some rows of every kind."""
        previous = len(self.rows)
        for _ in range(count):
            self.rows.append(self._row())
        return Batch(previous, tuple(self.rows[previous:]))

    def due(self, userid: str, after: int, upto: int) -> list[int]:
        """The ids of the rows that are for `userid`, messages only."""
        return [row.id for row in self._mine(userid, after, upto) if isinstance(row, Entry)]

    def changes_of(self, userid: str, after: int) -> list[int]:
        """The ids of the changes of the person's standing."""
        later = self.rows[after:]
        return [row.id for row in later if isinstance(row, AccountStatusChange) and row.userid == userid]

    async def read_rows(self, after: LogId, limit: int) -> list[Row]:
        await self._take_time()
        rows = self.rows[after : after + limit]
        await self._take_time()
        return rows

    def edits_for(self, userid: str, after: LogId) -> list[int]:
        """The ids of those in the person's groups, about what the person could read."""
        edits = (row for row in self.rows[after:] if isinstance(row, Amendment))
        return [
            edit.id
            for edit in edits
            if self._reads(userid, edit.to, edit.id) and self._reads(userid, edit.to, edit.target)
        ]

    async def who_had_read(self, latecomers: Sequence[Latecomers]) -> set[tuple[LogId, str]]:
        await self._take_time()
        results = {
            (late.target, who)
            for late in latecomers
            for who, group, since, until in self.stays
            if group == late.group and who in late.userids and since < late.target < until
        }
        await self._take_time()
        return results

    async def read_arrival(self, userid: str, after: int) -> tuple[LogId, dict[int, LogId], LogId]:
        """As `logins.read_logins`: each part as the log is at a time of its own."""
        await self._take_time()
        end = len(self.rows)
        await self._take_time()
        complete = after if self.due(userid, after, len(self.rows)) else max(after, end)
        groups = {group: self._since[userid, group] for group in GROUPS if userid in self.members[group]}
        await self._take_time()
        # Later than the groups, as in the database.
        return complete, groups, len(self.rows)

    async def read_backlog(
        self, userid: str, after: LogId, upto: LogId, limit: int
    ) -> tuple[list[Row], bool]:
        await self._take_time()
        rows = self._mine(userid, after, upto)
        await self._take_time()
        return rows[:limit], len(rows) > limit

    async def _take_time(self) -> None:
        for _ in range(self._dice.randrange(4)):
            await asyncio.sleep(0)

    def _row(self) -> Row:
        number = len(self.rows) + 1
        group = self._dice.choice(GROUPS)
        if self._dice.random() < 0.3:
            return self._change(number, group, self._dice.choice(PEOPLE))
        if self._dice.random() < 0.1:
            return AccountStatusChange(number, self._dice.choice(PEOPLE), Change(muted=True), 0)
        sender = self._dice.choice(PEOPLE)
        known = [
            row.id for row in self.rows if self._is_in(group, row) and self._reads(sender, group, row.id)
        ]
        if known and sender in self.members[group] and self._dice.random() < 0.4:
            return Amendment(number, EDIT, sender, group, self._dice.choice(known), "", True, 0)
        if sender in self.members[group]:
            return Entry(number, "text", sender, group, str(number), "", 0)
        return Entry(number, "text", sender, self._dice.choice(PEOPLE), str(number), "", 0)

    def _change(self, number: LogId, group: int, userid: str) -> MembershipNotice:
        members = self.members[group]
        if userid not in members:
            members.add(userid)
            self._since[userid, group] = number
            return MembershipNotice(number, group, (userid,), (), 0)
        members.discard(userid)
        self.stays.append((userid, group, self._since.pop((userid, group)), number))
        return MembershipNotice(number, group, (), (userid,), 0)

    def _mine(self, userid: str, after: LogId, upto: LogId) -> list[Row]:
        return [row for row in self.rows[after:upto] if self._is_for(userid, row)]

    def _is_for(self, userid: str, row: Row) -> bool:
        if not isinstance(row, Entry | MembershipNotice):
            return False
        if isinstance(row, Entry) and (row.sender == userid or isinstance(row.to, str)):
            return row.to == userid != row.sender
        return self._reads(userid, row.to if isinstance(row, Entry) else row.group, row.id)

    def _is_in(self, group: int, row: Row) -> bool:
        return isinstance(row, Entry) and row.to == group

    def _reads(self, userid: str, to: Recipient, id_: LogId) -> bool:
        """Whether the person was in the group there."""
        open_stays = [(*key, since, 10**9) for key, since in self._since.items()]
        return any(
            (who, group) == (userid, to) and since < id_ < until
            for who, group, since, until in [*self.stays, *open_stays]
        )


class Client:
    """A connection that notes the ids it gets, and those of the changes of its person's standing."""

    def __init__(self, userid: str, log: Log, hub: Hub, dice: random.Random) -> None:
        self.userid = userid
        self.got: list[int] = []
        self.stood: list[int] = []
        self.joined_at = 0
        self.after = 0
        self._log = log
        self._hub = hub
        self._dice = dice
        self.feed = _feed(userid, self._take, log, hub)
        self.mirror = Mirror()
        self.mirrors_from = 0

    async def log_in(self, after: int) -> None:
        self.after = after
        self.joined_at = self._hub.cursor
        self._hub.account_status.watch(self.userid, self)
        self._hub.join(self.userid, self.feed)
        complete, groups, known_at = await self._log.read_arrival(self.userid, after)
        await self._hub.load(self.userid, groups, known_at)
        self.feed.start(complete)
        self.mirrors_from = self._hub.cursor
        self._hub.join(self.userid, self.mirror, is_mirror=True)

    def change_account_status(self, row: AccountStatusChange) -> None:
        self.stood.append(row.id)

    async def _take(self, frame: str) -> None:
        for _ in range(self._dice.randrange(3)):
            await asyncio.sleep(0)
        self.got.append(int(frame.split("_")[2]))


def _feed(userid: str, take: Callable[[str], Awaitable[None]], log: Log, hub: Hub) -> Feed:
    async def read_backlog(after: LogId, upto: LogId, limit: int) -> tuple[list[Row], bool]:
        return await log.read_backlog(userid, after, upto, limit)

    return Feed(
        ClientLink(CODEC, take, PlainSocket()),
        FeedSource(read_backlog, lambda: hub.cursor, log.fanout.schedule, MemoryBudget(hub.receivers)),
    )


async def _settle(log: Log, hub: Hub, clients: Iterable[Client]) -> None:
    await hub.wait_for_row(len(log.rows))
    for _ in range(10_000):
        if all(client.feed.complete_id == len(log.rows) for client in clients):
            return
        await asyncio.sleep(0)
    raise AssertionError("A feed did not come to its end.")


async def _live(seed: int) -> None:
    dice = random.Random(seed)
    log = Log(dice)
    log.append(dice.randrange(30))
    hub = Hub(len(log.rows), log.read_rows, log.who_had_read, crowd=dice.choice([0, 2, 100]))
    clients: list[Client] = []
    logging_in: list[asyncio.Task[None]] = []
    late: list[Batch] = []
    for _ in range(60):
        match dice.randrange(6):
            case 0:
                client = Client(dice.choice(PEOPLE), log, hub, dice)
                clients.append(client)
                after = dice.randrange(len(log.rows) + 1)
                logging_in.append(asyncio.create_task(client.log_in(after)))
            case 1 if late:
                hub.receive(late.pop(dice.randrange(len(late))))
            case 2:
                hub.expect_row(len(log.rows))
            case _:
                batch = log.append(1 + dice.randrange(5))
                fate = dice.random()
                if fate < 0.6:
                    hub.receive(batch)
                if fate > 0.5:  # those between come twice
                    late.append(batch)
        for _ in range(dice.randrange(6)):
            await asyncio.sleep(0)
    await asyncio.gather(*logging_in)
    await _settle(log, hub, clients)
    for client in clients:
        assert client.got == log.due(client.userid, client.after, len(log.rows)), f"seed {seed}"
        assert client.stood == log.changes_of(client.userid, client.joined_at), f"seed {seed}"
        edits = [row.id for row in client.mirror.got if isinstance(row, Amendment)]
        assert edits == log.edits_for(client.userid, client.mirrors_from), f"seed {seed}"
    _check_members(hub, log, clients)


def _check_members(hub: Hub, log: Log, clients: list[Client]) -> None:
    for userid in {client.userid for client in clients}:
        for group in GROUPS:
            assert hub.is_member(userid, group) == (userid in log.members[group])


@pytest.mark.slow
@given(st.integers())
@settings(max_examples=150, deadline=None)
def test_hub_delivers_each_row_once_and_in_order_to_its_recipients(seed: int) -> None:
    asyncio.run(_live(seed))


class TestFallingBehind:
    async def test_stalled_feed_does_not_delay_others(self) -> None:
        log, hub = _quiet_log()
        never = asyncio.Event()

        async def take_nothing(frame: str) -> None:
            await never.wait()

        stalled = _feed("bob", take_nothing, log, hub)
        hub.join("bob", stalled)
        await hub.load("bob", {}, 0)
        stalled.start(0)
        sound = Client("bob", log, hub, random.Random(0))
        await sound.log_in(0)
        _write(log, hub, "bob", 500)
        await _settle(log, hub, [sound])
        assert sound.got == list(range(1, 501))
        stalled.stop()


class TestACrowd:
    async def test_crowd_is_served_in_turn_and_direct_messages_at_once(self) -> None:
        log = Log(random.Random(0))
        hub = Hub(0, log.read_rows, log.who_had_read, crowd=2)
        crowd = [f"member{number}" for number in range(50)]
        got: dict[str, list[str]] = {userid: [] for userid in crowd}
        for userid in crowd:
            feed = _feed(userid, _taking(got[userid]), log, hub)
            hub.join(userid, feed)
            await hub.load(userid, {1: 0}, 0)
            feed.start(0)
        to_all = Entry(1, "text", "alice", 1, "to all", "", 0)
        hub.receive(Batch(0, (to_all, Entry(2, "text", "alice", "member49", "to one", "", 0))))
        await _steps(5)
        assert [frame.split("_")[2] for frame in got["member49"]] == ["to all", "to one"]
        assert 0 < sum(map(bool, got.values())) < 10
        await _steps(60)
        assert all(got.values())


async def _steps(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def _taking(frames: list[str]) -> Callable[[str], Awaitable[None]]:
    async def take(frame: str) -> None:
        frames.append(frame)

    return take


class TestReading:
    async def test_hub_does_not_wait_for_removed_rows(self) -> None:
        _, hub = _quiet_log()
        await asyncio.wait_for(hub.wait_for_row(5), 5)

    async def test_hub_stays_at_the_end_of_the_log_after_an_invalid_id(self) -> None:
        log, hub = _quiet_log()
        bob = Client("bob", log, hub, random.Random(0))
        await bob.log_in(0)
        hub.expect_row(2**62)
        await hub.wait_for_row(2**62)
        assert (hub.cursor, bob.feed.complete_id) == (0, 0)
        _write(log, hub, "bob", 3)
        await _settle(log, hub, [bob])
        assert bob.got == [1, 2, 3]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (MembershipNotice(1, 1, ("bob",), (), 0), 1),
        (MembershipNotice(1, 1, (), ("bob",), 0), 1),
        (GroupChange(1, 1, "alice", {"name": "new"}, 0), 0),
        (GroupChange(1, 1, None, {"muted": True}, 0), 1),
        (GroupChange(1, 1, None, {"muted": False}, 0), 0),
        (GroupChange(1, 1, None, {"slow": 30}, 0), 1),
        (AccountStatusChange(1, "bob", Change(muted=True), 0), 1),
        (AccountStatusChange(1, "bob", Change(muted=True, group=1), 0), 1),
        (AccountStatusChange(1, "bob", Change(banned=True), 0), 1),
        (AccountStatusChange(1, "bob", Change(muted=False, banned=False), 0), 0),
        (AccountStatusChange(1, "bob", Change(ended=EVERYTHING), 0), 0),
        (Entry(1, "text", "alice", "bob", "hi", "", 0), 0),
    ],
)
async def test_hub_notes_when_permissions_may_have_changed(row: Row, expected: LogId) -> None:
    _, hub = _quiet_log()
    hub.receive(Batch(0, (row,)))
    assert (hub.cursor, hub.changed_at) == (1, expected)


async def test_hub_tracks_groups_with_restricted_writing() -> None:
    log, hub = _quiet_log()
    bob = Client("bob", log, hub, random.Random(0))
    hub.join("bob", bob.feed)
    await hub.load("bob", {1: 0, 2: 0}, 0)
    hub.receive(Batch(0, (AccountStatusChange(1, "bob", Change(muted=True, group=1), 0),)))
    assert [hub.may_write("bob", group) for group in (1, 2, 3)] == [False, True, False]
    hub.receive(Batch(1, (GroupChange(2, 2, None, {"muted": True}, 0),)))
    assert [hub.may_write("bob", group) for group in (1, 2)] == [False, False]
    rows = (
        AccountStatusChange(3, "bob", Change(muted=False, group=1), 0),
        GroupChange(4, 2, None, {"muted": False}, 0),
    )
    hub.receive(Batch(2, rows))
    assert [hub.may_write("bob", group) for group in (1, 2)] == [True, True]
    assert not hub.may_write("alice", 1)


async def test_rule_callbacks_are_called_for_rule_changes_only() -> None:
    _, hub = _quiet_log()
    events: list[LogId] = []
    hub.on_rules.append(lambda: events.append(hub.cursor + 1))
    hub.receive(Batch(0, (AccountStatusChange(1, "bob", Change(muted=True), 0),)))
    hub.receive(Batch(1, (AccountStatusChange(2, "bob", Change(rules=True), 0),)))
    assert events == [2]


class Mirror(Receiver):
    """A connection that takes every row that it is offered."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Row] = []

    def offer(self, row: Row, encoded: dict[object, QueuedFrame | None], *, crowded: bool) -> None:
        self.got.append(row)

    def offer_own(self, row: Written, encoded: dict[object, QueuedFrame | None]) -> None:
        self.got.append(row)


async def test_removed_member_gets_the_notice_and_nothing_after() -> None:
    _, hub = _quiet_log()
    alice, bob, charlie = Mirror(), Mirror(), Mirror()
    for userid, mirror, groups in (
        ("alice", alice, {1: 0}),
        ("bob", bob, {1: 0}),
        ("charlie", charlie, {2: 0}),
    ):
        hub.join(userid, mirror, is_mirror=True)
        await hub.load(userid, groups, 0)
    rows = (
        GroupChange(1, 1, "alice", {"name": "new"}, 0),
        MembershipNotice(2, 1, (), ("bob",), 0, "alice"),
        GroupChange(3, 1, "alice", {"name": "newer"}, 0),
        MembershipNotice(4, 1, (), ("alice",), 0, "alice"),
    )
    hub.receive(Batch(0, rows))
    assert alice.got == list(rows)
    assert bob.got == list(rows[:2])
    assert charlie.got == []


def _quiet_log() -> tuple[Log, Hub]:
    log = Log(random.Random(0))
    return log, Hub(0, log.read_rows, log.who_had_read)


def _write(log: Log, hub: Hub, to: str, count: int) -> None:
    previous = len(log.rows)
    for number in range(previous + 1, previous + count + 1):
        log.rows.append(Entry(number, "text", "alice", to, str(number), "", 0))
    hub.receive(Batch(previous, tuple(log.rows[previous:])))


async def test_member_who_joined_later_gets_only_the_recall_of_a_message() -> None:
    """Dora was there before, and came back."""
    log = Log(random.Random(0))
    hub = Hub(4, log.read_rows, log.who_had_read)
    bob, charlie, dora = Mirror(), Mirror(), Mirror()
    for userid, mirror, since in (("bob", bob, 1), ("charlie", charlie, 3), ("dora", dora, 3)):
        hub.join(userid, mirror, is_mirror=True)
        await hub.load(userid, {1: since}, 0)
    about = [
        Amendment(5, EDIT, "alice", 1, 2, "secret", True, 0),
        Amendment(6, REACTION, "alice", 1, 2, "👍", True, 0),
        Amendment(7, RECALL, "alice", 1, 2, "", True, 0),
        Amendment(8, RECALL, "alice", 1, 2, "secret", False, 0, by_desk=True),
        Amendment(9, EDIT, "alice", 1, 4, "hello", True, 0),
    ]
    log.stays.append(("dora", 1, 1, 3))
    log.rows += [*[Entry(id_, "text", "alice", "bob", "", "", 0) for id_ in range(1, 5)], *about]
    hub.receive(Batch(4, tuple(about)))
    await hub.wait_for_row(9)
    assert bob.got == dora.got == about
    assert charlie.got == [about[2], about[4]]


async def test_rows_after_a_membership_change_wait_for_its_recipients() -> None:
    """Bob joins in the same batch."""
    log = Log(random.Random(0))
    hub = Hub(2, log.read_rows, log.who_had_read)
    alice, bob = Mirror(), Mirror()
    for userid, mirror, groups in (("alice", alice, {1: 0}), ("bob", bob, {})):
        hub.join(userid, mirror, is_mirror=True)
        await hub.load(userid, groups, 0)
    rows: list[Row] = [
        MembershipNotice(3, 1, ("bob",), (), 0),
        Amendment(4, EDIT, "alice", 1, 1, "new", True, 0),
        Entry(5, "text", "alice", 1, "later", "", 0),
    ]
    log.stays.append(("bob", 1, 0, 2))
    log.rows += [*[Entry(id_, "text", "alice", 1, "", "", 0) for id_ in range(1, 3)], *rows]
    hub.receive(Batch(2, tuple(rows)))
    assert hub.cursor == 3
    await hub.wait_for_row(5)
    assert alice.got == bob.got == rows
