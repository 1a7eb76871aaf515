"""A Redis that is shared: with another installation, a copy of this one, and somebody who shouts."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import msgpack  # type: ignore[import-untyped]
import pytest
import redis
from cryptography.fernet import Fernet

from testkit.availability import running
from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS, Server
from testkit.services import Redis
from tests.faults.conftest import MakeServers, Services
from tests.support.waiting import until

FAR = 2**62
# What Redis should bring at once must not come by polling instead.
ONLY_NEWS = {"IM66_POLL_SECONDS": "60"}
POLLED_SOON = {"IM66_POLL_SECONDS": "0.2"}


@pytest.fixture
def shared() -> Iterator[Redis]:
    with running(Redis()) as service:
        yield service


class Two(NamedTuple):
    """Installations on one Redis."""

    one: Server
    other: Server


@pytest.fixture
def start(shared: Redis, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server on the shared Redis, with data in the folder of that name."""
    with ExitStack() as running:

        def start(folder: str, **settings: str) -> Server:
            server = Server(tmp_path / folder, REDIS_URL=shared.url, **WITHOUT_LIMITS, **settings)
            server.data_dir.mkdir(exist_ok=True)
            server.log = tmp_path / f"{secrets.token_hex(4)}.log"  # two may share the data
            server.prepare()
            server.start()
            running.callback(server.stop)
            return server

        yield start


@pytest.fixture(params=["another installation", "a copy of it"])
def two(request: pytest.FixtureRequest, start: Callable[..., Server], tmp_path: Path) -> Two:
    one = start("one", **POLLED_SOON)
    if request.param == "a copy of it":
        one.run_python("from chat.delivery.cluster.installation import installation_key; installation_key()")
        one.stop()
        shutil.copytree(tmp_path / "one", tmp_path / "other")
        one.start()
    return Two(one, start("other", **POLLED_SOON))


async def test_installations_on_one_redis_are_separate(two: Two) -> None:
    async with (
        Phone(two.one.entry, "alice") as alice,
        Phone(two.one.entry, "bob") as bob,
        Phone(two.other.entry, "bob") as namesake,
        Phone(two.other.entry, "charlie") as charlie,
    ):
        for number in range(20):
            await alice.text("bob", f"secret {number}")
        assert await bob.contents(20) == [f"secret {number}" for number in range(20)]
        assert await namesake.receives_nothing()
        # His own ids are those that were used over there.
        await charlie.text("bob", "for you")
        assert await namesake.contents(1) == ["for you"]
        assert await bob.receives_nothing()
    until(lambda: _delivered(two.other) == _end(two.other))
    async with Phone(two.other.entry, "charlie") as charlie:
        await charlie.text("bob", "missed")
        await charlie.settle()
    async with Phone(two.other.entry, "bob") as namesake:
        assert await namesake.contents(1) == ["missed"]


async def _check(here: Server, there: Server, service: Redis) -> None:
    """Two processes, and somebody who shouts at them, hear each other and nobody else."""
    async with Phone(here.entry, "alice") as alice, Phone(there.entry, "bob") as bob:
        client = redis.Redis(port=service.port)
        pubsub = client.pubsub()  # type: ignore[no-untyped-call]
        pubsub.psubscribe("*")
        await alice.text("bob", "before")
        assert await bob.contents(1) == ["before"]
        topic, sealed = _overheard(pubsub)
        assert b"before" not in sealed, "it is encrypted"
        for nonsense in _nonsense(sealed):
            assert client.publish(topic, nonsense) == 3  # both of them, and this test
        assert await bob.receives_nothing()
        await alice.text("bob", "after")
        assert await bob.contents(1) == ["after"]
        pubsub.close()
        client.close()
    for server in (here, there):
        until(lambda: _delivered(server) == _end(server))  # noqa: B023
        text = server.log.read_text()
        assert text.count("messages that this process cannot read") == 1
        assert "Traceback" not in text
        assert "ERROR" not in text


async def test_foreign_messages_in_redis_do_no_harm_on_sqlite(
    start: Callable[..., Server], shared: Redis
) -> None:
    await _check(start("data", **ONLY_NEWS), start("data", **ONLY_NEWS), shared)


@pytest.mark.wide
async def test_foreign_messages_in_redis_do_no_harm_on_postgresql(
    make_servers: MakeServers, services: Services
) -> None:
    here, there = make_servers(ONLY_NEWS, ONLY_NEWS)
    await _check(here, there, services.redis)


async def test_flood_on_the_shared_redis_does_not_stall_delivery(
    start: Callable[..., Server], shared: Redis
) -> None:
    server = start("data", **ONLY_NEWS)
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        client = redis.Redis(port=shared.port)
        # That of the installation; the other one is that of the process.
        topic = min(client.pubsub_channels("im66__group__*"), key=len)
        before = server.memory()
        with client.pipeline(transaction=False) as shouting:
            for _ in range(50_000):
                shouting.publish(topic, bytes(400))
            shouting.execute()
        for number in range(20):
            await alice.text("bob", str(number))
        assert await bob.contents(20) == [str(number) for number in range(20)]
        assert server.memory() - before < 64 * 1024 * 1024
        client.close()


def _nonsense(sealed: bytes) -> list[bytes]:
    """What a stranger may publish who has read the code and overheard a packet, but has no key."""
    packet = {"process": "", "group": "im66", "is_ephemeral": False, "messages": [["Mark", "bob", FAR]]}
    return [
        b"",
        b"\xff" * 7,
        secrets.token_bytes(500),
        msgpack.packb(packet),
        Fernet(Fernet.generate_key()).encrypt(msgpack.packb(packet)),
        sealed[:40] + secrets.token_bytes(len(sealed) - 40),
        sealed[:-1],
        sealed,
    ]


def _overheard(subscription: "redis.client.PubSub") -> tuple[bytes, bytes]:
    """The channel, and a batch."""
    while (message := subscription.get_message(timeout=5)) and message["type"] != "pmessage":
        pass
    assert message
    return message["channel"], message["data"]


def _delivered(server: Server) -> int:
    ((delivered,),) = server.query("SELECT delivered_id FROM accounts_user WHERE userid = 'bob'")
    return int(delivered)


def _end(server: Server) -> int:
    ((last,),) = server.query("SELECT max(id) FROM log_message")
    return int(last)
