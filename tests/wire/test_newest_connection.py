"""IM66_LEGACY_CONNECTIONS=newest: of a person's connections, only the newest gets messages."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.calls import make_group
from tests.support.pair import BOTH, Pair, two_processes
from tests.support.postgres import database_of

pytestmark = pytest.mark.slow

NEWEST = {"IM66_LEGACY_CONNECTIONS": "newest"}
# How long a login may take that waits for nobody.
AT_ONCE = 0.5


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("newest"), **NEWEST) as server:
        yield server


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    database = database_of(request, tmp_path_factory)
    with two_processes(tmp_path_factory, BOTH, database, **NEWEST) as servers:
        yield servers


async def elapsed(phone: Phone) -> float:
    """The seconds until the login of `phone`, which is open, has taken effect."""
    clock = asyncio.get_running_loop().time
    began = clock()
    await phone.log_in(phone.userid)
    return clock() - began


@pytest.mark.promise("newest-1")
async def test_only_the_newest_connection_gets_messages(one: Server) -> None:
    async with (
        Phone(one.entry, "alice1") as alice,
        Phone(one.entry, "bob1") as older,
        Phone(one.entry, "bob1") as newest,
    ):
        await alice.text("bob1", "hello")
        assert (await newest.message()).content == "hello"
        assert await older.receives_nothing()


@pytest.mark.promise("newest-3")
async def test_older_connection_may_send_and_query(one: Server) -> None:
    group = await make_group(one, "alice2", "bob2")
    async with (
        Phone(one.entry, "alice2") as alice,
        Phone(one.entry, "bob2") as older,
        Phone(one.entry, "bob2"),
    ):
        await older.text("alice2", "to a person")
        await older.group_text(group, "to a group")
        assert await alice.contents(2) == ["to a person", "to a group"]
        await older.send(f"members_{group}")
        assert (await older.receive()).startswith(f"members_{group}_")
        await older.send("text_alice2_no type")
        assert (await older.receive()).startswith("error_400_")


@pytest.mark.promise("newest-3")
async def test_older_connection_gets_heartbeats(make_server: MakeServer) -> None:
    server = make_server(IM66_HEARTBEAT_SECONDS="0.2", **NEWEST)
    async with Phone(server.entry, "bob") as older, Phone(server.entry, "bob"):
        for _ in range(3):
            await older.heartbeat()


@pytest.mark.promise("newest-5")
async def test_messages_confirmed_by_the_older_connection_are_not_sent_again(one: Server) -> None:
    async with Phone(one.entry, "alice4") as alice, Phone(one.entry, "bob4") as older:
        await alice.text("bob4", "once")
        assert (await older.message()).content == "once"
        # Its library answers the server's ping. The ping that a message is followed by a second later has
        # not come yet.
        async with Phone(one.entry, "bob4") as newest:
            await alice.text("bob4", "later")
            assert await newest.contents(1) == ["later"]


@pytest.mark.promise("newest-6")
async def test_messages_of_a_dead_connection_come_again_within_a_second(one: Server) -> None:
    await outlive_a_dead_one(one, one, "alice5", "bob5")


async def outlive_a_dead_one(here: Server, there: Server, sender: str, userid: str) -> None:
    """Log in there while a connection here neither reads nor answers, and check that what it was sent comes
    again after a second."""
    async with Phone(here.entry, sender) as alice:
        older = Phone(here.entry, userid)
        await older.connect()
        await older.log_in(userid)
        await alice.text(userid, "again")
        assert (await older.message()).content == "again"
        # It reads nothing more, and so answers no ping.
        older.socket.transport.pause_reading()
        newest = Phone(there.entry, userid)
        await newest.connect()
        assert 0.9 < await elapsed(newest) < 3
        assert (await newest.message()).content == "again"
        older.vanish()
        await newest.say_goodbye()


@pytest.mark.promise("newest-7")
async def test_login_does_not_wait_for_an_older_connection_without_messages(one: Server) -> None:
    older = Phone(one.entry, "bob6")
    await older.connect()
    await older.log_in("bob6")
    older.socket.transport.pause_reading()
    newest = Phone(one.entry, "bob6")
    await newest.connect()
    assert await elapsed(newest) < AT_ONCE
    older.vanish()
    await newest.say_goodbye()


@pytest.mark.promise("newest-4")
async def test_older_connections_do_not_count_towards_the_limit(make_server: MakeServer) -> None:
    server = make_server(IM66_MAX_CONNECTIONS_PER_USER="2", **NEWEST)
    async with AsyncExitStack() as devices:
        phones = [await devices.enter_async_context(Phone(server.entry, "bob")) for _ in range(30)]
        alice = await devices.enter_async_context(Phone(server.entry, "alice"))
        await alice.text("bob", "hello")
        assert (await phones[-1].message()).content == "hello"


@pytest.mark.promise("newest-4")
async def test_older_connections_per_person_are_limited(make_server: MakeServer) -> None:
    server = make_server(IM66_MAX_CONNECTIONS_PER_USER="1", **NEWEST)
    async with AsyncExitStack() as devices:
        phones = [await devices.enter_async_context(Phone(server.entry, "bob")) for _ in range(51)]
        async with Phone(server.entry) as one_too_many:
            await one_too_many.send("login_bob")
            assert await one_too_many.receive() == "error_403_too many connections"
        await phones[0].say_goodbye()
        await devices.enter_async_context(Phone(server.entry, "bob"))


@pytest.mark.promise("newest-2")
async def test_newest_connection_may_be_on_another_process(pair: Pair) -> None:
    here, there = pair
    async with (
        Phone(here.entry, "alice1") as alice,
        Phone(here.entry, "bob1") as first,
        Phone(there.entry, "bob1") as second,
    ):
        await alice.text("bob1", "to the second")
        assert (await second.message()).content == "to the second"
        async with Phone(here.entry, "bob1") as third:
            await alice.text("bob1", "to the third")
            assert (await third.message()).content == "to the third"
            assert await first.receives_nothing()
            assert await second.receives_nothing()


@pytest.mark.promise("newest-5")
async def test_messages_confirmed_at_another_process_are_not_sent_again(pair: Pair) -> None:
    here, there = pair
    async with Phone(here.entry, "alice2") as alice, Phone(here.entry, "bob2") as older:
        for number in range(20):
            await alice.text("bob2", str(number))
        assert len(await older.contents(20)) == 20
        async with Phone(there.entry, "bob2") as newest:
            await alice.text("bob2", "later")
            assert await newest.contents(1) == ["later"]


@pytest.mark.promise("newest-6")
async def test_login_waits_a_second_for_a_dead_connection_to_another_process(pair: Pair) -> None:
    await outlive_a_dead_one(*pair, "alice3", "bob3")


@pytest.mark.promise("newest-3")
async def test_older_connection_to_another_process_may_send(pair: Pair) -> None:
    here, there = pair
    group = await make_group(here, "alice4", "bob4")
    async with (
        Phone(here.entry, "alice4") as alice,
        Phone(here.entry, "bob4") as older,
        Phone(there.entry, "bob4"),
    ):
        await older.group_text(group, "still here")
        assert (await alice.message()).content == "still here"


@pytest.mark.promise("newest-8")
async def test_simultaneous_logins_on_two_processes_leave_one_fed_connection(pair: Pair) -> None:
    for number in range(3):
        await log_in_at_once(pair, f"alice{number}racing", f"bob{number}racing")


async def log_in_at_once(servers: Sequence[Server], sender: str, userid: str) -> None:
    """Log in on twenty connections at once, and check that one of them gets the next message."""
    async with Phone(servers[0].entry, sender) as alice, AsyncExitStack() as devices:
        phones = [
            await devices.enter_async_context(Phone(server.entry)) for _ in range(10) for server in servers
        ]
        await asyncio.gather(*(phone.log_in(userid) for phone in phones))
        await alice.text(userid, "hello")
        arrived = [asyncio.create_task(phone.message()) for phone in phones]
        await asyncio.wait(arrived, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0.3)
        assert sum(task.done() for task in arrived) == 1
        for task in arrived:
            task.cancel()


@pytest.mark.promise("newest-2")
async def test_logins_are_polled_without_redis(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("polling")
    servers = [Server(folder, IM66_POLL_SECONDS="0.1", **NEWEST) for _ in range(2)]
    servers[0].prepare()
    with ExitStack() as running:
        for server in servers:
            server.start()
            running.callback(server.stop)
        here, there = servers
        async with (
            Phone(here.entry, "alice") as alice,
            Phone(here.entry, "bob") as older,
            Phone(there.entry, "bob") as newest,
        ):
            await asyncio.sleep(1)
            await alice.text("bob", "hello")
            assert (await newest.message()).content == "hello"
            assert await older.receives_nothing()
