"""The shipped apps in daily use, with IM66_CLIENTS=shipped: what their users see, and how often."""

import asyncio
from collections.abc import Iterator
from itertools import cycle

import pytest

from testkit.phone import Phone
from testkit.phone_apps import Android16, Android17, App, IPhone
from testkit.server import Server
from tests.support.calls import make_group
from tests.support.pair import BOTH, two_processes
from tests.support.postgres import database_of

pytestmark = pytest.mark.slow

SHIPPED = {"IM66_CLIENTS": "shipped"}
APPS = [Android17, IPhone]
ALL_APPS = [Android16, *APPS]

of_apps = pytest.mark.parametrize("app_class", APPS)
of_all_apps = pytest.mark.parametrize("app_class", ALL_APPS)

Servers = tuple[Server, ...]


@pytest.fixture(scope="module", params=["one process", "two processes"])
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The processes of one installation. They do not find each other's rows by polling."""
    if request.param == "two processes":
        database = database_of(request, tmp_path_factory)
        with two_processes(tmp_path_factory, BOTH, database, **SHIPPED) as pair:
            yield pair
        return
    with Server(tmp_path_factory.mktemp("one"), **SHIPPED) as server:
        yield (server,)


def name(app_class: type[App], role: str) -> str:
    return f"{role}{app_class.__name__}"


async def foreground(app: App, servers: Servers, times: int) -> None:
    """Bring the app to the foreground again and again, each time on another process."""
    entries = cycle([server.entry for server in reversed(servers)])
    for _ in range(times):
        app.url = next(entries)
        await app.foreground()
        await app.newest.settle()


@of_apps
async def test_each_message_is_shown_once(servers: Servers, app_class: type[App]) -> None:
    alice, bob = name(app_class, "alice1"), name(app_class, "bob1")
    async with app_class(servers[0].entry, bob) as app, Phone(servers[0].entry, alice) as sender:
        await foreground(app, servers, 3)
        await sender.text(bob, "shown once")
        await app.shows(1)
        await sender.text(bob, "the last")
        assert (await app.shows(2)) == ["shown once", "the last"]
        await asyncio.sleep(1.5)
        assert app.contents == ["shown once", "the last"]
        assert len(app.sockets) == 4


@of_apps
async def test_messages_between_foregroundings_are_shown_once(servers: Servers, app_class: type[App]) -> None:
    alice, bob = name(app_class, "alice2"), name(app_class, "bob2")
    async with app_class(servers[0].entry, bob) as app, Phone(servers[0].entry, alice) as sender:
        for number in range(6):
            await sender.text(bob, str(number))
            await app.shows(number + 1)
            await foreground(app, servers, 1)
        await asyncio.sleep(1.5)
        assert app.contents == [str(number) for number in range(6)]


@of_apps
async def test_30_foregroundings_do_not_lock_the_app_out(servers: Servers, app_class: type[App]) -> None:
    alice, bob = name(app_class, "alice3"), name(app_class, "bob3")
    async with app_class(servers[0].entry, bob) as app, Phone(servers[0].entry, alice) as other:
        await foreground(app, servers, 30)
        await other.text(bob, "still here")
        assert await app.shows(1) == ["still here"]
        await app.newest.text(alice, "and here")
        assert (await other.message()).content == "and here"
        await app.sockets[0].text(alice, "and from the oldest")
        assert (await other.message()).content == "and from the oldest"


@of_all_apps
async def test_offline_messages_are_shown_at_the_start(servers: Servers, app_class: type[App]) -> None:
    alice, bob = name(app_class, "alice4"), name(app_class, "bob4")
    group = await make_group(servers[0], alice, bob)
    async with Phone(servers[0].entry, alice) as sender:
        for number in range(300):
            await sender.text(bob, str(number))
        await sender.group_text(group, "in the group")
        await sender.settle()
    async with app_class(servers[-1].entry, bob) as app:
        assert await app.shows(301) == [*map(str, range(300)), "in the group"]
        assert not app.dropped
        assert not app.crashes


@of_all_apps
async def test_apps_write_to_each_other(servers: Servers, app_class: type[App]) -> None:
    alice, bob = name(app_class, "alice5"), name(app_class, "bob5")
    async with app_class(servers[0].entry, alice) as one, app_class(servers[-1].entry, bob) as other:
        await one.newest.text(bob, "hello")
        assert await other.shows(1) == ["hello"]
        await other.newest.text(alice, "hello back")
        assert await one.shows(1) == ["hello back"]
