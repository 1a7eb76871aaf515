"""What the devices that people have named have acknowledged, and a session on one."""

import json
from collections.abc import Callable
from functools import partial
from operator import not_
from typing import Any

import pytest
from django.db import OperationalError

from accounts.authentication.authentication import Claim
from accounts.models import User
from accounts.selectors import picture_url
from accounts.services import set_account_status
from chat import devices, models
from chat.delivery.connection import backlog
from chat.delivery.connection.client_link import ClientLink, Needs
from chat.delivery.connection.connection import Connection
from chat.delivery.connection.session import Session, open_session
from chat.delivery.loop.hub import Hub
from chat.delivery.loop.names import Names
from chat.devices import acked_id, raise_acked
from chat.failures import CommandRefused
from chat.protocol.bounds import Limits
from chat.protocol.commands import Acknowledge, Amend, Hello, Send
from chat.protocol.json import JsonCodec
from chat.protocol.replies import Accepted, Amended, Failure
from chat.services.pruning import ELSEWHERE, Protected, prune
from log import positions
from log.appending import Draft, append
from log.drafts import Batch
from log.models import Group
from log.rows import RECALL, Entry, Recipient
from server.sockets import PlainSocket
from tests.support.link import Link
from tests.support.rests import finish
from tests.support.stage import Stage, no_previous, until

CODEC = JsonCodec(picture_url, Limits())
NEEDS = Needs(lacks_names=not_, closes=True)
NOTHING_PROTECTED = Protected(User.objects.none().values("pk"), Group.objects.none().values("pk"))


class Device:
    """A session, what it was sent, and the answers to what it sent."""

    def __init__(self, stage: Stage, userid: str) -> None:
        self.stage = stage
        self.userid = userid
        self.frames: list[dict[str, Any]] = []
        self.answers: list[Accepted | Amended | Failure] = []
        self.session: Session
        # Done when the first frame has come, before the next.
        self.on_frame: Callable[[], object] | None = None

    async def open(self, link: Link | None = None, **hello: Any) -> "Device":
        claim = Claim(self.userid)
        client = ClientLink(CODEC, self._take, PlainSocket(), link, NEEDS)
        self.session = await open_session(
            claim, client, print, no_previous, Hello(1, userid=self.userid, **hello)
        )
        self.stage.sessions.append(self.session)
        return self

    async def begin(self, link: Link | None = None, **hello: Any) -> "Device":
        """Open it, and return when it has caught up."""
        await self.open(link, **hello)
        await self.session.start()
        await self.gets(lambda: "caught_up" in self.events)
        return self

    @property
    def events(self) -> list[str]:
        return [frame["ev"] for frame in self.frames]

    @property
    def contents(self) -> list[str]:
        return [frame["content"] for frame in self.frames if frame["ev"] == "message"]

    async def gets(self, condition: Callable[[], bool]) -> None:
        await until(condition)

    async def send(self, to: Recipient, content: str) -> None:
        count = len(self.answers)
        await finish(self.session.send(Send("text", to, content, ""), self.answers.append))
        await until(lambda: len(self.answers) > count)

    async def acknowledge(self, upto: int) -> None:
        await self.session.do(Acknowledge(1, upto), print)

    async def _take(self, frame: str) -> None:
        self.frames.append(json.loads(frame))
        if do := self.on_frame:
            self.on_frame = None
            await self.stage.run.threads.write(do)


async def write(stage: Stage, *contents: str) -> int:
    """Alice writes to Bob. Returns the id of the last message."""
    drafts = [Draft("text", "alice", "bob", content, "") for content in contents]
    await stage.written(lambda: append(drafts))
    return stage.run.hub.cursor


async def test_device_without_since_begins_at_the_end_of_the_log(stage: Stage) -> None:
    head = await write(stage, "before")
    bob = await Device(stage, "bob").begin()
    assert bob.frames == [{"ev": "caught_up", "id": head}]
    await write(stage, "now")
    await bob.gets(lambda: bob.contents == ["now"])


async def test_device_resumes_after_since(stage: Stage) -> None:
    first = await write(stage, "1")
    await write(stage, "2", "3")
    bob = await Device(stage, "bob").begin(since=first, log=stage.run.log_name)
    assert bob.contents == ["2", "3"]
    assert bob.events[-1] == "caught_up"


async def test_device_gets_nothing_before_the_reply_to_hello(stage: Stage) -> None:
    await write(stage, "1")
    bob = await Device(stage, "bob").open(since=0)
    head = await write(stage, "2")
    assert bob.frames == []
    assert (await bob.session.welcome()).user.userid == "bob"
    await bob.session.start()
    await bob.gets(lambda: bob.events[-1:] == ["caught_up"])
    assert bob.contents == ["1", "2"]
    assert bob.frames[-1]["id"] == head


@pytest.mark.parametrize("hello", [{"since": 10**12}, {"since": 0, "log": "another"}])
async def test_gap_is_sent_before_the_backlog(stage: Stage, hello: dict[str, Any]) -> None:
    head = await write(stage, "unseen")
    bob = await Device(stage, "bob").begin(**hello)
    assert bob.frames == [{"ev": "gap", "from": hello["since"], "to": head}, {"ev": "caught_up", "id": head}]


async def test_pruned_rows_are_a_gap_before_the_rest(stage: Stage) -> None:
    since = await write(stage, "seen")
    upto = await write(stage, "pruned", "pruned too")
    await write(stage, "kept")
    await stage.written(lambda: list(prune(ELSEWHERE, upto, NOTHING_PROTECTED)))
    bob = await Device(stage, "bob").begin(since=since)
    assert bob.frames[0] == {"ev": "gap", "from": since, "to": upto}
    assert bob.events == ["gap", "message", "caught_up"]
    assert bob.contents == ["kept"]
    again = await Device(stage, "bob").begin(since=upto)
    assert again.events == ["message", "caught_up"]


async def test_device_behind_pruned_rows_gets_a_gap(stage: Stage) -> None:
    acked = await write(stage, "acknowledged")
    bob = await Device(stage, "bob").begin(device="phone", since=acked)
    await bob.acknowledge(acked)
    await bob.session.close(clean=True)
    upto = await write(stage, "pruned")
    await write(stage, "kept")
    await stage.written(lambda: list(prune(ELSEWHERE, upto, NOTHING_PROTECTED)))
    again = await Device(stage, "bob").begin(device="phone")
    assert again.frames[0] == {"ev": "gap", "from": acked, "to": upto}
    assert again.contents == ["kept"]


async def test_rows_pruned_between_two_pages_are_a_gap(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "PAGE_ROWS", 1)
    since = stage.run.hub.cursor
    first = await write(stage, "first")
    upto = await write(stage, "pruned")
    await write(stage, "kept")
    bob = await Device(stage, "bob").open(since=since)
    bob.on_frame = lambda: list(prune(ELSEWHERE, upto, NOTHING_PROTECTED))
    await bob.session.start()
    await bob.gets(lambda: "caught_up" in bob.events)
    assert bob.contents == ["first", "kept"]
    assert {"ev": "gap", "from": first, "to": upto} in bob.frames


async def test_own_messages_go_to_the_other_devices_only(stage: Stage, group: Group) -> None:
    here, there = await Device(stage, "alice").begin(), await Device(stage, "alice").begin()
    await here.send("bob", "to Bob")
    await here.send(group.pk, "to the group")
    await there.gets(lambda: there.contents == ["to Bob", "to the group"])
    await write(stage, "from elsewhere")
    await here.gets(lambda: here.contents == ["from elsewhere"])
    assert all(isinstance(answer, Accepted) for answer in here.answers)


async def test_own_messages_are_not_echoed_when_the_hub_reads_them_from_the_log(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a row of another process, the hub reads the log, which does not say who has sent a row."""
    monkeypatch.setattr(stage.run.hub, "receive", partial(_receive, stage.run.hub))
    alice, bob = await Device(stage, "alice").begin(), await Device(stage, "bob").begin()
    for number in range(20):
        await finish(alice.session.send(Send("text", "bob", str(number), ""), alice.answers.append))
    await bob.gets(lambda: len(bob.contents) == 20)
    await write(stage, "from elsewhere")
    await alice.gets(lambda: bool(alice.contents))
    assert alice.contents == ["from elsewhere"]


def _receive(hub: Hub, batch: Batch) -> None:
    rows = [row._replace(origin=0) if isinstance(row, Entry) else row for row in batch.rows]
    Hub.receive(hub, Batch(batch.previous, tuple(rows)))


async def test_own_messages_are_in_the_backlog_of_a_later_session(stage: Stage, group: Group) -> None:
    here = await Device(stage, "alice").begin()
    since = stage.run.hub.cursor
    await here.send("bob", "to Bob")
    await here.send("alice", "to herself")
    await here.send(group.pk, "to the group")
    here.session.leave()
    again = await Device(stage, "alice").begin(since=since)
    assert again.contents == ["to Bob", "to herself", "to the group"]


async def test_amendment_is_answered_with_its_id(stage: Stage) -> None:
    target = await write(stage, "oh no")
    alice, bob = await Device(stage, "alice").begin(), await Device(stage, "bob").begin()
    await alice.session.do(Amend(RECALL, target), alice.answers.append)
    await bob.gets(lambda: "recalled" in bob.events)
    await until(lambda: bool(alice.answers))
    assert alice.answers == [Amended(bob.frames[-1]["id"])]
    assert "recalled" not in alice.events


async def test_named_device_resumes_after_its_acknowledged_row(stage: Stage) -> None:
    bob = await Device(stage, "bob").begin(device="web")
    first = await write(stage, "1")
    await write(stage, "2")
    await bob.gets(lambda: bob.contents == ["1", "2"])
    await bob.acknowledge(first)
    await bob.session.close(clean=False)
    assert await stage.run.threads.read(lambda: devices.acked_id(("bob", "web"))) == first
    again = await Device(stage, "bob").begin(device="web")
    assert again.contents == ["2"]


async def test_acknowledgement_beyond_the_log_is_cut_to_its_end(stage: Stage) -> None:
    bob = await Device(stage, "bob").begin(device="web")
    await bob.acknowledge(10**15)
    await bob.session.close(clean=True)
    head = stage.run.hub.cursor
    assert await stage.run.threads.read(lambda: devices.acked_id(("bob", "web"))) == head


async def test_only_named_devices_can_acknowledge(stage: Stage) -> None:
    bob = await Device(stage, "bob").begin()
    with pytest.raises(CommandRefused, match="no device"):
        await bob.acknowledge(1)


async def test_unacknowledging_device_gets_no_further_rows(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MAX_UNACKED_ROWS", 3)
    bob = await Device(stage, "bob").begin(device="web")
    last = await write(stage, *"12345")
    await bob.gets(lambda: bob.contents == ["1", "2", "3"])
    carol = await Device(stage, "bob").begin(since=0)
    assert carol.contents == [*"12345"]
    await bob.acknowledge(last - 3)
    await bob.gets(lambda: bob.contents == [*"12345"])


async def test_device_that_does_not_acknowledge_still_gets_heartbeats(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MAX_UNACKED_ROWS", 1)
    bob = await Device(stage, "bob").begin(device="web")
    await write(stage, "1", "2")
    await bob.gets(lambda: bob.contents == ["1"])
    bob.session._beat()
    await bob.gets(lambda: bob.events[-1] == "heartbeat")


async def test_device_link_needs_no_confirmation_of_delivery(stage: Stage) -> None:
    link = Link()
    bob = await Device(stage, "bob").begin(link, device="web")
    await write(stage, "1")
    await bob.gets(lambda: bob.contents == ["1"])
    assert (link.followed, link.confirm, link.sent_ids) == (bob.session, None, [])


async def test_device_acknowledgement_does_not_move_the_phones_cursor(stage: Stage) -> None:
    bob = await Device(stage, "bob").begin(device="web")
    last = await write(stage, "1")
    await bob.gets(lambda: bob.contents == ["1"])
    await bob.acknowledge(last)
    await bob.session.close(clean=True)
    assert await stage.delivered_to("bob") == 0


async def test_person_banned_before_the_start_position_is_known_is_not_logged_in(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach = stage.run.hub.wait_for_row

    async def lock(last_id: int) -> None:
        await stage.run.threads.write(partial(set_account_status, "bob", banned=True))
        await reach(await stage.run.threads.read(positions.last_id))

    monkeypatch.setattr(stage.run.hub, "wait_for_row", lock)
    bob = Device(stage, "bob")
    with pytest.raises(CommandRefused, match="locked"):
        await bob.open(since=10**12)
    assert not stage.run.hub.is_logged_in("bob")


WEB, BOT = ("alice", "web"), ("alice", "bot")


def test_each_device_has_its_own_cursor(group: Group) -> None:
    assert acked_id(WEB) is None
    raise_acked({WEB: 5, BOT: 7, ("bob", "web"): 9})
    assert [acked_id(device) for device in (WEB, BOT, ("bob", "web"))] == [5, 7, 9]


@pytest.mark.promise("json-31")
def test_acknowledged_id_never_decreases(group: Group) -> None:
    for id_ in (5, 3, 6, 6):
        raise_acked({WEB: id_})
    assert acked_id(WEB) == 6
    assert models.Device.objects.count() == 1


def test_acknowledgement_of_banned_person_is_not_stored(group: Group) -> None:
    """They may have been erased since they acknowledged it."""
    set_account_status("alice", banned=True)
    raise_acked({WEB: 5, ("bob", "web"): 9})
    assert [acked_id(device) for device in (WEB, ("bob", "web"))] == [None, 9]


@pytest.mark.promise("json-31")
def test_number_of_devices_per_person_is_limited(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "MAX_DEVICES", 2)
    raise_acked({("bob", "web"): 1})
    for number in range(1, 5):
        raise_acked({("alice", f"{number}"): number})
    rows = models.Device.objects.order_by("acked_id").values_list("user", "name")
    assert set(rows) == {("bob", "web"), ("alice", "3"), ("alice", "4")}


async def test_failed_hello_may_be_repeated(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    frames: list[dict[str, Any]] = []
    hello = json.dumps({"id": 1, "cmd": "hello", "userid": "bob", "since": 0})

    async def take(frame: str) -> None:
        frames.append(json.loads(frame))

    async def close(code: int) -> None:
        raise AssertionError(code)

    async def fail(*_: object) -> None:
        raise OperationalError("away")

    await stage.written(lambda: append([Draft("text", "alice", "bob", "hi", "")]))
    codec = JsonCodec(picture_url, Limits())
    connection = Connection(ClientLink(codec, take, PlainSocket(), needs=Needs(closes=True)), close)
    try:
        with monkeypatch.context() as away:
            away.setattr(Names, "name_of_person", fail)
            await finish(connection.receive(hello))
        assert [frame["error"]["code"] for frame in frames] == [503]
        await finish(connection.receive(hello))
        await until(lambda: frames[-1].get("ev") == "caught_up")
        assert "ok" in frames[1]
        assert "hi" in [frame.get("content") for frame in frames]
    finally:
        await connection.end(clean=True)
