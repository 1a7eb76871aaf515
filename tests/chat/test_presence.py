"""Who is online, here and in other processes."""

import asyncio
from collections.abc import Collection, Sequence

import pytest

from chat.delivery.cluster import presence as module
from chat.delivery.cluster.messages import EphemeralEvent, PresenceDelta, PresenceRequest, PresenceSnapshot
from chat.delivery.cluster.presence import (
    ANSWER_SECONDS,
    BEAT_SECONDS,
    GRACE_SECONDS,
    LEASE_SECONDS,
    OnlineUsers,
    WatchRights,
)
from chat.protocol.events import Presence
from log.drafts import Batch
from log.rows import BlockChange, MembershipNotice
from tests.support.hubs import Clock, Posted, Receiver, come, new_hub


class Process:
    """One of several: its hub, who is online as far as it knows, and what it tells."""

    def __init__(self, name: str = "here", clock: Clock | None = None) -> None:
        self.name = name
        self.clock = clock or Clock()
        self.hub = new_hub()
        self.posted = Posted()
        self.online = OnlineUsers(name, self.hub, self.clock, self.posted.post)
        self._devices: dict[str, Receiver] = {}

    async def come(self, *userids: str) -> None:
        for userid in userids:
            self._devices[userid] = await come(self.hub, userid)

    def go(self, *userids: str) -> None:
        for userid in userids:
            self.hub.leave(userid, self._devices.pop(userid))

    def say(self) -> list[EphemeralEvent]:
        """What it has told since the last time."""
        texts = [event for event, _ in self.posted]
        self.posted.clear()
        return texts


class Network:
    """Brings what processes tell each other."""

    def __init__(self, *processes: Process) -> None:
        self.processes = processes

    def bring(self, *, losing: type[EphemeralEvent] | None = None) -> None:
        """All of it, also the answers; and nothing of the kind `losing`."""
        while any(process.posted for process in self.processes):
            for process in self.processes:
                posted = list(process.posted)
                process.posted.clear()
                for event, to in posted:
                    if not (losing and isinstance(event, losing)):
                        self._bring(process.name, event, to)

    def _bring(self, sender: str, event: EphemeralEvent, to: str) -> None:
        assert isinstance(event, PresenceDelta | PresenceSnapshot | PresenceRequest)
        for process in self.processes:
            if process.name != sender and to in ("", process.name):
                process.online.on_message(sender, event)


@pytest.fixture
def here() -> Process:
    return Process()


@pytest.fixture
def there(here: Process) -> Process:
    return Process("there", here.clock)


@pytest.fixture
def network(here: Process, there: Process) -> Network:
    return Network(here, there)


def online(process: Process, *userids: str) -> Sequence[str]:
    return process.online.watch("alice", Receiver(), userids)


async def test_watcher_gets_people_coming_online(here: Process) -> None:
    watcher = Receiver()
    await here.come("bob")
    assert here.online.watch("alice", watcher, ["bob", "charlie"]) == ("bob",)
    await here.come("charlie")
    here.online.check()
    assert watcher.latest_events == [Presence("charlie", True)]


async def test_person_with_one_connection_left_is_online(here: Process) -> None:
    await here.come("bob")
    second = await come(here.hub, "bob", is_mirror=False)
    here.go("bob")
    here.clock.now += GRACE_SECONDS
    assert online(here, "bob") == ("bob",)
    here.hub.leave("bob", second)
    here.online.check()
    here.clock.now += GRACE_SECONDS
    assert online(here, "bob") == ()


async def test_person_still_logging_in_is_offline(here: Process) -> None:
    bob = Receiver()
    here.hub.join("bob", bob)
    assert online(here, "bob") == ()
    await here.hub.load("bob", {}, 0)
    assert online(here, "bob") == ("bob",)


async def test_quick_reconnect_is_not_reported_as_offline(here: Process) -> None:
    watcher = Receiver()
    await here.come("bob")
    here.online.watch("alice", watcher, ["bob"])
    here.go("bob")
    here.online.check()
    here.clock.now += GRACE_SECONDS - 0.1
    here.online.check()
    await here.come("bob")
    here.online.check()
    here.clock.now += GRACE_SECONDS
    here.online.check()
    assert watcher.latest_events == []
    here.go("bob")
    here.online.check()
    here.clock.now += GRACE_SECONDS
    here.online.check()
    assert watcher.latest_events == [Presence("bob", False)]


async def test_new_watch_replaces_the_previous_one(here: Process) -> None:
    watcher = Receiver()
    here.online.watch("alice", watcher, ["bob"])
    here.online.watch("alice", watcher, ["charlie"])
    await here.come("bob", "charlie")
    here.online.check()
    assert watcher.latest_events == [Presence("charlie", True)]
    here.online.watch("alice", watcher, [])
    here.go("charlie")
    here.online.check()
    here.clock.now += GRACE_SECONDS
    here.online.check()
    assert watcher.latest_events == [Presence("charlie", True)]


async def test_ended_watch_leaves_no_state(here: Process) -> None:
    watcher = Receiver()
    here.online.watch("alice", watcher, ["bob"])
    here.online.unwatch(watcher)
    here.online.unwatch(watcher)
    await here.come("bob")
    here.online.check()
    assert watcher.latest_events == []
    assert not here.online._watchers
    assert not here.online._watched


async def test_blocker_looks_offline_at_once_to_the_blocked_person(here: Process) -> None:
    await here.come("bob", "charlie")
    alice, dora = Receiver(), Receiver()
    here.online.watch("alice", alice, ["bob", "charlie"])
    here.online.watch("dora", dora, ["bob"])
    here.hub.receive(Batch(0, (BlockChange(1, "bob", "alice", True, 0),)))
    assert alice.latest_events == [Presence("bob", False)]
    assert dora.latest_events == []
    here.hub.receive(Batch(1, (BlockChange(2, "bob", "alice", False, 0),)))
    here.online.unwatch(alice)
    here.online.unwatch(dora)
    assert not here.online._watchers


async def test_presence_reaches_other_processes(here: Process, there: Process, network: Network) -> None:
    watcher = Receiver()
    there.online.watch("alice", watcher, ["bob"])
    await here.come("bob")
    here.online.check()
    network.bring()
    assert watcher.latest_events == [Presence("bob", True)]
    here.go("bob")
    here.online.check()
    here.clock.now += GRACE_SECONDS
    here.online.check()
    network.bring()
    assert watcher.latest_events == [Presence("bob", False)]


async def test_person_moving_to_another_process_stays_online(
    here: Process, there: Process, network: Network
) -> None:
    await here.come("bob")
    watcher = Receiver()
    here.online.watch("alice", watcher, ["bob"])
    here.go("bob")
    here.online.check()
    await there.come("bob")
    there.online.check()
    network.bring()
    here.clock.now += GRACE_SECONDS
    here.online.check()
    network.bring()
    assert watcher.latest_events == []
    assert online(here, "bob") == online(there, "bob") == ("bob",)


async def test_lost_presence_delta_is_requested_again(
    here: Process, there: Process, network: Network
) -> None:
    await here.come("bob")
    here.online.check()
    network.bring(losing=PresenceDelta)
    await here.come("charlie")
    here.online.check()
    network.bring()
    assert online(there, "bob", "charlie") == ("bob", "charlie")


async def test_new_process_requests_presence(here: Process) -> None:
    await here.come("bob", "charlie")
    here.online.check()
    here.say()
    late = Process("late", here.clock)
    here.clock.now += BEAT_SECONDS
    here.online.check()
    Network(here, late).bring()
    assert online(late, "bob", "charlie") == ("bob", "charlie")


async def test_presence_snapshot_omits_people_who_left_since(
    here: Process, there: Process, network: Network
) -> None:
    await here.come("bob", "charlie")
    here.online.check()
    network.bring()
    watcher = Receiver()
    there.online.watch("alice", watcher, ["bob", "charlie"])
    here.go("bob")
    here.online.check()
    here.clock.now += GRACE_SECONDS
    here.online.check()
    network.bring(losing=PresenceDelta)
    here.clock.now += BEAT_SECONDS
    here.online.check()
    network.bring()
    assert watcher.latest_events == [Presence("bob", False)]


async def test_lost_snapshot_is_requested_again(
    here: Process, there: Process, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PEOPLE_PER_EVENT", 2)
    await here.come("alice", "bob", "charlie")
    here.online.check()
    network.bring(losing=PresenceDelta)
    here.clock.now += BEAT_SECONDS
    here.online.check()
    network.bring(losing=PresenceSnapshot)
    assert online(there, "bob") == ()
    here.clock.now += max(BEAT_SECONDS, ANSWER_SECONDS)
    here.online.check()
    network.bring()
    assert online(there, "alice", "bob", "charlie") == ("alice", "bob", "charlie")


def test_presence_snapshot_with_a_missing_part_is_discarded(here: Process) -> None:
    here.online.on_message("there", PresenceDelta(5, (), ()))
    assert here.say() == [PresenceRequest("there")]
    here.online.on_message("there", PresenceSnapshot(5, 0, is_last=False, userids=["alice"]))
    here.online.on_message("there", PresenceSnapshot(5, 2, is_last=True, userids=["charlie"]))
    assert online(here, "alice", "charlie") == ()
    here.online.on_message("there", PresenceSnapshot(5, 0, is_last=False, userids=["alice"]))
    here.online.on_message("there", PresenceSnapshot(5, 1, is_last=True, userids=["bob"]))
    assert online(here, "alice", "bob", "charlie") == ("alice", "bob")


def test_presence_is_requested_once_for_several_lost_deltas(here: Process) -> None:
    for number in range(5, 9):
        here.online.on_message("there", PresenceDelta(number, ["bob"], ()))
    assert here.say() == [PresenceRequest("there")]


def test_repeated_presence_delta_changes_nothing(here: Process) -> None:
    for delta in (
        PresenceDelta(1, ["bob"], ()),
        PresenceDelta(2, (), ["bob"]),
        PresenceDelta(1, ["bob"], ()),
    ):
        here.online.on_message("there", delta)
    assert online(here, "bob") == ()
    assert PresenceRequest("there") not in here.say()


def test_only_the_addressed_process_answers(here: Process) -> None:
    here.online.on_message("there", PresenceRequest("elsewhere"))
    assert here.say() == []
    here.online.on_message("there", PresenceRequest("here"))
    assert here.posted == [(PresenceSnapshot(0, 0, is_last=True, userids=[]), "there")]


async def test_silent_process_is_forgotten(here: Process, there: Process, network: Network) -> None:
    await there.come("bob")
    there.online.check()
    network.bring()
    watcher = Receiver()
    here.online.watch("alice", watcher, ["bob"])
    here.clock.now += LEASE_SECONDS - 0.1
    here.online.check()
    assert watcher.latest_events == []
    here.clock.now += 0.1
    here.online.check()
    assert watcher.latest_events == [Presence("bob", False)]
    # It was only held up.
    there.online.check()
    network.bring()
    assert watcher.latest_events == [Presence("bob", True)]


async def test_process_with_regular_beats_is_not_forgotten(
    here: Process, there: Process, network: Network
) -> None:
    await there.come("bob")
    for _ in range(10):
        here.clock.now += BEAT_SECONDS
        there.online.check()
        network.bring()
        assert online(here, "bob") == ("bob",)


async def test_large_presence_is_sent_in_several_events(
    here: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PEOPLE_PER_EVENT", 2)
    await here.come("alice", "bob", "charlie")
    here.online.check()
    posted = here.say()
    assert [len(delta.came) for delta in posted if isinstance(delta, PresenceDelta)] == [2, 1]
    assert [delta.number for delta in posted if isinstance(delta, PresenceDelta)] == [1, 2]


async def test_repeated_logins_are_published_once(here: Process) -> None:
    for _ in range(3):
        await here.come("bob")
        here.go("bob")
    await here.come("bob")
    here.online.check()
    assert here.say() == [PresenceDelta(1, ["bob"], [])]


async def test_presence_check_runs_in_the_background(here: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.001)
    watcher = Receiver()
    here.online.watch("alice", watcher, ["bob"])
    await here.come("bob")
    looking = asyncio.create_task(here.online.run())
    async with asyncio.timeout(10):
        while not watcher.latest_events:
            await asyncio.sleep(0)
    looking.cancel()


async def test_person_hidden_after_leaving_a_group_is_reported_offline(here: Process) -> None:
    requests: list[tuple[str, set[str]]] = []
    hidden = {"alice": {"bob"}}

    async def read_offline(userid: str, others: Collection[str]) -> set[str]:
        requests.append((userid, set(others)))
        return hidden.get(userid, set()).intersection(others)

    rights = WatchRights(here.hub, here.online, read_offline)
    await here.come("bob", "dave")
    alice, charlie = await come(here.hub, "alice"), await come(here.hub, "charlie")
    here.online.watch("alice", alice, ["bob", "dave"])
    here.online.watch("charlie", charlie, ["bob"])
    here.hub.receive(Batch(0, (MembershipNotice(1, 7, (), ("bob", "erin"), 0),)))
    await rights.check()
    assert sorted(requests) == [("alice", {"bob", "dave"}), ("charlie", {"bob"})]
    assert (alice.latest_events, charlie.latest_events) == ([Presence("bob", False)], [])
    await rights.check()
    assert len(requests) == 2, "nobody else has left"
    here.go("bob")
    here.clock.now += GRACE_SECONDS
    here.online.check()
    here.clock.now += GRACE_SECONDS
    here.online.check()
    assert charlie.latest_events == [Presence("bob", False)]
    await here.come("bob")
    here.online.check()
    assert (alice.latest_events, charlie.latest_events) == ([Presence("bob", False)], [Presence("bob", True)])
