"""Whatever fails, each notice that is due arrives, in the person's order, and the numbers add up."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress

import pytest

from testkit.availability import unavailable
from testkit.device import Device
from testkit.server import WITHOUT_LIMITS, Server
from testkit.services import Postgres, Unavailable
from tests.conftest import MakeServer
from tests.notifications.receiver import Receiver, hang, say, status
from tests.support.hurried import NOTICES_AT_ONCE, hurried

pytestmark = pytest.mark.slow

QUICK = {
    "IM66_PUSH_AFTER_SECONDS": "0.5",
    "IM66_WEBHOOK_PRIVATE": "on",
    "IM66_WEBHOOK_RETRY_SECONDS": "0.1",
    **WITHOUT_LIMITS,
    # A process that was killed sends nothing for so long, and neither does any other.
    **hurried(notifications__lease__SECONDS=6, notifications__lease__RENEW_SECONDS=1, **NOTICES_AT_ONCE),
}
NONSENSE = [
    b"nonsense\r\n\r\n",
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
    b"\x00" * 100_000,
    b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
    b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n",
]
EVERYTHING = "message.created message.edited message.recalled notice.due"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.wide)])
def server(request: pytest.FixtureRequest, make_server: MakeServer) -> Iterator[Server]:
    if request.param == "sqlite":
        yield make_server(**QUICK)
        return
    try:
        with Postgres() as postgres:
            server = make_server(**QUICK, DATABASE_URL=postgres.url)
            yield server
            server.stop()
    except Unavailable as reason:
        unavailable(str(reason))


def begin(server: Server, url: str, events: str = "notice.due", kind: str = "standard") -> None:
    """The cast, and an endpoint."""
    server.run_python(
        "from accounts.services import ensure_users; from notifications.models import Endpoint; "
        "ensure_users(['alice', 'bob', 'charlie']); "
        f"Endpoint.objects.create(name='e', url={url!r}, events={events!r}, kind={kind!r}, with_text=True)"
    )


async def write(server: Server, count: int, begin_at: int = 0, pause: float = 0.0) -> list[int]:
    """Alice writes to Bob and to Charlie in turns."""
    async with Device(server.entry, "alice") as alice:
        ids = []
        for number in range(begin_at, begin_at + count):
            ids.append(await alice.text(f"u:{('bob', 'charlie')[number % 2]}", f"number {number}"))
            await asyncio.sleep(pause)
        return ids


def messages_notified(receiver: Receiver) -> int:
    """Of how many messages people were told."""
    return sum(one["count"] for got in receiver.distinct() for one in got.data["conversations"])


def is_in_order(receiver: Receiver) -> bool:
    """Whether each person was told in the order of the log, as it first arrived."""
    last: dict[str, int] = {}
    for got in receiver.distinct():
        now = max(one["last"]["id"] for one in got.data["conversations"])
        if now <= last.get(got.data["user"], 0):
            return False
        last[got.data["user"]] = now
    return True


async def wait_for_notices(receiver: Receiver, count: int) -> None:
    await asyncio.to_thread(receiver.wait, lambda: messages_notified(receiver) >= count)
    await asyncio.sleep(0.7)  # for what must not come
    assert messages_notified(receiver) == count
    assert is_in_order(receiver)


async def test_endpoint_gets_messages_and_notices(server: Server, receiver: Receiver) -> None:
    begin(server, receiver.url, EVERYTHING)
    (id_,) = await write(server, 1)
    await asyncio.to_thread(receiver.wait, lambda: len(receiver.got) == 2)
    # Each on its own way, so either may come first.
    notice, created = sorted(receiver.got, key=lambda got: got.event["type"], reverse=True)
    assert created.id == str(id_)
    assert created.event["type"] == "message.created"
    assert created.data["content"] == "number 0"
    assert notice.id == f"{id_}-bob"
    assert notice.data["user"] == "bob"
    (conversation,) = notice.data["conversations"]
    assert conversation["conversation"] == "u:alice"
    assert conversation["last"]["content"] == "number 0"


async def test_replay_resends_events_lost_by_receiver(server: Server, receiver: Receiver) -> None:
    begin(server, receiver.url, f"{EVERYTHING} group.created member.joined presence.changed")

    def events(*names: str) -> list[str]:
        return [got.id for got in receiver.got if got.event["type"] in names]

    async def wait(*names: str, count: int) -> None:
        await asyncio.to_thread(receiver.wait, lambda: len(events(*names)) >= count)

    await write(server, 2)
    await wait("message.created", count=2)
    # It is not told of those who came online before the server looked whether anybody wants to know.
    async with asyncio.timeout(60), AsyncExitStack() as guests:
        while not events("presence.changed"):
            await guests.enter_async_context(Device(server.entry, f"guest-{time.time_ns()}"))
            await asyncio.sleep(0.5)
    server.run_python(
        "from groups.services import create_group; create_group('alice', ['bob'], 'friends', by='alice')"
    )
    await wait("group.created", "member.joined", count=2)
    in_log = ("message.created", "group.created", "member.joined")
    before = events(*in_log)
    assert len(set(before)) == len(before)
    server.manage("replaywebhook", "e", "--after", "0")
    await wait(*in_log, count=2 * len(before))
    assert sorted(events(*in_log)) == sorted(2 * before)


async def test_sigkill_loses_no_notice(server: Server, receiver: Receiver) -> None:
    begin(server, receiver.url)
    written = await write(server, 10, pause=0.05)
    receiver.answer = hang(0.2)
    written += await write(server, 20, 10, pause=0.1)
    server.kill()
    server.start()
    written += await write(server, 10, 30)
    server.kill()
    receiver.answer = None
    server.start()
    await wait_for_notices(receiver, len(written))


async def test_endpoint_that_was_down_gets_all_events_later(server: Server, receiver: Receiver) -> None:
    begin(server, receiver.url)
    receiver.stop()
    await write(server, 10, pause=0.1)
    await asyncio.sleep(0.5)
    await write(server, 10, 10)
    receiver.start()
    await wait_for_notices(receiver, 20)


async def test_hanging_endpoint_delays_no_other(server: Server, receiver: Receiver) -> None:
    with Receiver() as hanging:
        hanging.answer = hang(30)
        begin(server, hanging.url, EVERYTHING)
        begin(server, receiver.url, EVERYTHING)
        await write(server, 30)
        began = time.monotonic()
        await asyncio.to_thread(receiver.wait, lambda: len(receiver.distinct()) >= 32)
        assert time.monotonic() - began < 9.0
        assert hanging.requests > 0
        assert not hanging.got


async def test_malformed_answer_causes_retry(server: Server, receiver: Receiver) -> None:
    begin(server, receiver.url)
    left = [*NONSENSE]

    def answer(connection: socket.socket) -> None:
        with suppress(IndexError):  # two are answered at once
            say(left.pop())(connection)
        if not left:
            receiver.answer = None

    receiver.answer = answer
    await write(server, 4)
    await wait_for_notices(receiver, 4)
    assert not left
    assert receiver.requests >= len(NONSENSE) + 2


async def test_webhook_redirect_is_not_followed(server: Server, receiver: Receiver) -> None:
    with Receiver() as inside:
        begin(server, receiver.url)
        receiver.answer = status(307, f"Location: {inside.url}")
        await write(server, 2)
        await asyncio.to_thread(receiver.wait, lambda: receiver.requests >= 4)
        receiver.answer = None
        await wait_for_notices(receiver, 2)
        assert inside.requests == 0


async def test_second_process_takes_over_sending_notices(make_server: MakeServer, receiver: Receiver) -> None:
    try:
        with Postgres() as postgres:
            # Who holds the lease keeps it, however busy the machine is.
            settings = {**QUICK, **hurried(notifications__lease__SECONDS=10, **NOTICES_AT_ONCE)}
            settings["DATABASE_URL"] = postgres.url
            servers = [make_server(**settings) for _ in range(2)]
            begin(servers[0], receiver.url)
            await write(servers[0], 10, pause=0.1)
            await asyncio.to_thread(receiver.wait, lambda: messages_notified(receiver) >= 10)
            # What a process has sent when it is killed, and not noted, comes again.
            async with asyncio.timeout(20):
                while servers[0].query("SELECT id FROM notifications_delivery WHERE arrived_at IS NULL"):
                    await asyncio.sleep(0.05)
            ((holder,),) = servers[0].query("SELECT holder FROM notifications_lease")
            names = dict(servers[0].query("SELECT number, name FROM moderation_process"))
            first, other = sorted(servers, key=lambda server: names[server.pid] != holder)
            first.kill()
            await write(other, 10, 10)
            await wait_for_notices(receiver, 20)
            assert len(receiver.got) == len(receiver.distinct())
            other.stop()
    except Unavailable as reason:
        unavailable(str(reason))
