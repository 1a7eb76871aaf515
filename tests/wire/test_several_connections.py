"""One person on several devices."""

from contextlib import AsyncExitStack

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.wire.conftest import Cast


@pytest.mark.promise("routing-3", "routing-4")
async def test_every_device_gets_all_messages(server: Server, alice: Phone, cast: Cast, group: str) -> None:
    async with AsyncExitStack() as devices:
        three = [await devices.enter_async_context(Phone(server.entry, cast.bob)) for _ in range(3)]
        for number in range(50):
            await alice.text(cast.bob, f"u{number}")
            await alice.group_text(group, f"g{number}")
        expected = [f"{type_}{number}" for number in range(50) for type_ in "ug"]
        for device in three:
            assert await device.contents(100) == expected


@pytest.mark.promise("routing-2")
async def test_message_of_one_device_is_not_echoed_to_the_others(
    server: Server, alice: Phone, bob: Phone, cast: Cast, group: str
) -> None:
    async with Phone(server.entry, cast.alice) as tablet:
        await alice.group_text(group, "from the phone")
        assert (await bob.message()).content == "from the phone"
        assert await tablet.receives_nothing()


@pytest.mark.promise("error-12", "limit-4")
@pytest.mark.slow
@pytest.mark.parametrize("limit", [3])
async def test_connections_of_a_person_are_limited(make_server: MakeServer, limit: int) -> None:
    server = make_server(IM66_MAX_CONNECTIONS_PER_USER=str(limit))
    async with AsyncExitStack() as devices:
        three = [await devices.enter_async_context(Phone(server.entry, "bob")) for _ in range(limit)]
        async with Phone(server.entry) as one_too_many:
            await one_too_many.send("login_bob")
            assert await one_too_many.receive() == "error_403_too many connections"
        await three[0].say_goodbye()
        async with Phone(server.entry, "bob"), Phone(server.entry, "alice") as alice:
            await alice.text("bob", "room again")
            assert (await three[1].message()).content == "room again"
